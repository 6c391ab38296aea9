/** Puts mutants into the files under test, as part of the usual transformation. */

import { relative } from 'node:path';
import { createTransformer } from '@swc/jest';
import { instrument } from './instrument.js';

type Swc = ReturnType<typeof createTransformer>;
type Given = Parameters<NonNullable<Swc['process']>>;

/** The interface that jest expects of a transformer. */
export function createMutantTransformer(options: Parameters<typeof createTransformer>[0]) {
  const swc = createTransformer(options);
  return {
    process: (text: string, path: string, how: Given[2]) =>
      swc.process?.(instrument(text, relative(how.config.rootDir, path)).code, path, how),
  };
}

export default { createTransformer: createMutantTransformer };
