/** The documents generated from the program itself: `npm run docs` writes them, and a test keeps them current. */

import { commandsPage } from './commands-page.js';
import { jsonSchema } from './json-schema.js';
import { manPage } from './man-page.js';
import { siteFileSchema } from './site-file-schema.js';
import { troubleshootingPage } from './troubleshooting-page.js';

/** Each document, by its path from the project's root. */
export const GENERATED: readonly {
  readonly path: string;
  readonly make: () => string | Promise<string>;
}[] = [
  { path: 'docs/commands.md', make: commandsPage },
  { path: 'docs/writeupp-mail.1', make: manPage },
  { path: 'docs/troubleshooting.md', make: troubleshootingPage },
  { path: 'docs/json-events.schema.json', make: jsonSchema },
  { path: 'docs/site-file.schema.json', make: siteFileSchema },
];
