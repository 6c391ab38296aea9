/** The signs ✓ and ✗: Windows's own console shows them as boxes. */

import { expect, test } from '@jest/globals';
import { lookOf } from '../../src/terminal/look.js';
import { withSigns } from '../../src/terminal/style.js';

test.each<[platform: NodeJS.Platform, variables: NodeJS.ProcessEnv, isTTY: boolean, shown: string]>(
  [
    ['win32', {}, true, '√ ×'],
    ['win32', { WT_SESSION: 'x' }, true, '✓ ✗'],
    ['win32', { TERM_PROGRAM: 'vscode' }, true, '✓ ✗'],
    ['win32', {}, false, '✓ ✗'],
    ['linux', {}, true, '✓ ✗'],
  ],
)('%s, %j, a terminal: %s', (platform, variables, isTTY, shown) => {
  expect(withSigns('✓ ✗', { isTTY }, lookOf(variables, false, platform))).toBe(shown);
});
