/** `npm run docs`: brings the README's troubleshooting table up to date. */

import { readFile, writeFile } from 'node:fs/promises';
import { withTroubleshootingTable } from './readme-table.js';

// From build/test/docs, where this is compiled to.
const readme = new URL('../../README.md', import.meta.url);

await writeFile(readme, withTroubleshootingTable(await readFile(readme, 'utf8')));
