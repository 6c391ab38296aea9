/** `npm run docs`: writes every document that is made from the program itself. */

import { writeFile } from 'node:fs/promises';
import { GENERATED } from './generated-documents.js';

// From build/tools, where this is compiled to.
const top = new URL('../../', import.meta.url);

for (const { path, make } of GENERATED) await writeFile(new URL(path, top), await make());
