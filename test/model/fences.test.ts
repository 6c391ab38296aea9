/** The table of fences still names what stands in the program. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { FENCES } from './fences.js';

// A fence that was moved or renamed must be named anew there, or its mutant is the program as it is.
test.each(FENCES)('$file holds what stands for $without, once', async ({ file, replace }) => {
  const text = await readFile(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
  expect(replace.map(([code]) => text.split(code).length - 1)).toEqual(replace.map(() => 1));
});
