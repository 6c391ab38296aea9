#!/usr/bin/env node
/** The executable: calls main, sets the exit code, nothing else. */
import { start } from '../dist/app/start.js';

process.exitCode = await start(process);
