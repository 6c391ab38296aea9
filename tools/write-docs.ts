/** `npm run docs`: brings the README's troubleshooting table, docs/commands.md and the manual page up to date. */

import { readFile, writeFile } from 'node:fs/promises';
import { commandsPage } from './commands-page.js';
import { manPage } from './man-page.js';
import { withTroubleshootingTable } from './readme-table.js';

// From build/test/docs, where this is compiled to.
const readme = new URL('../../README.md', import.meta.url);

await writeFile(readme, withTroubleshootingTable(await readFile(readme, 'utf8')));
await writeFile(new URL('../../docs/commands.md', import.meta.url), await commandsPage());
await writeFile(new URL('../../docs/writeupp-mail.1', import.meta.url), await manPage());
