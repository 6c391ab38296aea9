/** `npm run transcript`: runs a plain switch against the stand-in, and puts its output into the README. */

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { plainSwitch } from '../test/support/plain-switch.js';
import { withTranscript } from './transcript.js';

// Compiled to build/tools.
const readme = new URL('../../README.md', import.meta.url);
const program = fileURLToPath(new URL('../../bin/writeupp-mail.js', import.meta.url));

await writeFile(readme, withTranscript(await readFile(readme, 'utf8'), await plainSwitch(program)));
