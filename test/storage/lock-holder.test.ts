/** Who holds a lock is told in one line, whatever stands in its file or row. */

import { expect, test } from '@jest/globals';
import { describeHolder, holderIn, parseHolder } from '../../src/storage/lock-holder.js';

test('a name in it ends no line, and moves no terminal', () => {
  const holder = { pid: 1, host: 'desk\n✓ Done', command: 'x\u001b[2J', since: '2026-11-20' };
  expect(describeHolder(parseHolder(JSON.stringify(holder)))).not.toMatch(/\p{Cc}/u);
});

test.each([
  ['no object', ['x']],
  ['a number as text', { pid: '1', host: 'desk', command: 'x', since: '2026-11-20' }],
  ['no command', { pid: 1, host: 'desk', since: '2026-11-20' }],
])('a value that names none is nobody: %s', (_what, value) => {
  expect(holderIn(value)).toBeNull();
});
