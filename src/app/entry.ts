/** The first file that runs: answers `--version` by itself, and hands all else to the program. */

import { VERSION } from '../version.js';
import { outlive } from './streams.js';

const [, , first = '', ...rest] = process.argv;
if (rest.length === 0 && (first === '--version' || first === '-V')) {
  outlive(process.stdout);
  process.stdout.write(`${VERSION}\n`);
} else {
  void run();
}

async function run(): Promise<void> {
  const { start } = await import('./start.js');
  process.exitCode = await start(process);
}
