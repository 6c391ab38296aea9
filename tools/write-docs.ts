/** `npm run docs`: writes every document that is generated from the program itself. */

import { writeFile } from 'node:fs/promises';
import { GENERATED } from './generated-documents.js';

// Compiled to build/tools.
const top = new URL('../../', import.meta.url);

for (const { path, make } of GENERATED) await writeFile(new URL(path, top), await make());
