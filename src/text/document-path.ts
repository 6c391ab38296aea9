/** Paths of the documents in docs/, which are installed with the program. */

import { fileURLToPath } from 'node:url';

/** The absolute path. The running code is in dist/, next to docs/. */
export function documentPath(name: string): string {
  return fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
}
