/** The first file that runs: answers `--version` itself, and leaves everything else to the program. */

import { writeSync } from 'node:fs';
import { VERSION } from '../version.js';
import { outlive } from './streams.js';

const [, , first = '', ...rest] = process.argv;
if (rest.length === 0 && (first === '--version' || first === '-V')) {
  tellVersion();
} else {
  void run();
}

/** Without the stream where that works: creating it takes most of the time. */
function tellVersion(): void {
  try {
    writeSync(1, `${VERSION}\n`);
  } catch {
    outlive(process.stdout);
    process.stdout.write(`${VERSION}\n`);
  }
}

async function run(): Promise<void> {
  const { start } = await import('./start.js');
  process.exitCode = await start(process);
}
