/** The papers of docs/, by the place where they lie on this computer: they come with the program. */

import { fileURLToPath } from 'node:url';

/** The whole path of a paper. The code that asks is in dist/ when it runs, beside docs/. */
export function paper(name: string): string {
  return fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
}
