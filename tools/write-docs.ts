/** `npm run docs`: brings the README's troubleshooting table and docs/commands.md up to date. */

import { readFile, writeFile } from 'node:fs/promises';
import { commandsPage } from './commands-page.js';
import { withTroubleshootingTable } from './readme-table.js';

// From build/test/docs, where this is compiled to.
const readme = new URL('../../README.md', import.meta.url);

await writeFile(readme, withTroubleshootingTable(await readFile(readme, 'utf8')));
await writeFile(new URL('../../docs/commands.md', import.meta.url), await commandsPage());
