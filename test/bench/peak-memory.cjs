/** Loaded into the program by `--require`: its last words are the most memory that it ever took, in KiB. */

const { writeSync } = require('node:fs');

process.once('exit', () => writeSync(2, `\n${process.resourceUsage().maxRSS}`));
