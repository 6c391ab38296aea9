/** The states that a trace of system calls gives: none and all of many changes too, and none by a call that is not modelled. */

import { expect, test } from '@jest/globals';
import { statesAfter, type Tree } from './crash-states.js';

const ROOT = '/home/jane/writeupp-mail';
const hex = (text: string) =>
  [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
const at = (path: string) => `"${hex(`${ROOT}/${path}`)}"`;
const open = (path: string) => `3<${hex(path.startsWith('/') ? path : `${ROOT}/${path}`)}>`;

/** Calls as strace writes them. */
function states(calls: readonly string[], before: Tree = new Map()) {
  const log = calls.map((call) => `7 ${call} = 0\n`).join('');
  return statesAfter(before, log, { root: ROOT, marker: '', seed: 1 });
}

const create = (path: string) => `openat(AT_FDCWD, ${at(path)}, O_WRONLY|O_CREAT|O_EXCL, 0600)`;

test('of many changes, each may be there alone, and none and all of them', () => {
  const names = Array.from({ length: 40 }, (_, number) => `file-${number}`);
  const sizes = states(names.map(create)).flatMap(({ tree, isEnd }) => (isEnd ? tree.size : []));
  expect(sizes.length).toBeGreaterThan(100);
  expect(sizes.slice(0, 2)).toEqual([0, 40]);
});

test.each([
  ['made shorter', `ftruncate(${open('a')}, 3)`, 'con'],
  ['made longer', `ftruncate(${open('a')}, 8)`, 'content\0'],
  ['written at a place', `pwrite64(${open('a')}, "${hex('rol')}", 3, 4)`, 'control'],
  ['written behind its end', `pwrite64(${open('a')}, "${hex('x')}", 1, 8)`, 'content\0x'],
])('a file that is changed is as it was, or %s', (_how, call, changed) => {
  const before = new Map([['a', Buffer.from('content')]]);
  const found = new Set(states([call], before).map(({ tree }) => `${tree.get('a')}`));
  expect(found).toEqual(new Set(['content', changed]));
});

test.each([
  [
    'a write at a place, of pieces',
    `pwritev(${open('a')}, [{iov_base="${hex('x')}", iov_len=1}], 1, 0)`,
  ],
  ['a file made shorter by its name', `truncate(${at('a')}, 0)`],
  ['a file emptied', `openat(AT_FDCWD, ${at('a')}, O_WRONLY|O_CREAT|O_TRUNC, 0600)`],
  ['a file emptied, as it must be there', `openat(AT_FDCWD, ${at('a')}, O_WRONLY|O_TRUNC)`],
  ['a copy', `copy_file_range(${open('/etc/hosts')}, NULL, ${open('a')}, NULL, 9, 0)`],
  ['a rename from elsewhere', `rename("${hex('/tmp/b')}", ${at('a')})`],
  ['a rename of what was never made', `rename(${at('b')}, ${at('a')})`],
  ['a rename in a folder that is open', `renameat(${open('')}, "${hex('a')}", 4<>, "b")`],
  ['a file that was never made', `unlink(${at('b')})`],
  ['a folder removed', `rmdir(${at('folder')})`],
  ['a symbolic link', `symlink("${hex('/etc/hosts')}", ${at('b')})`],
  ['a write to what was never made', `write(${open('b')}, "${hex('x')}", 1)`],
])('a call that is not modelled is not passed over: %s', (_what, call) => {
  const before = new Map([['a', Buffer.from('content')]]);
  expect(() => states([call], before)).toThrow('is not modelled');
});

test.each([
  ['elsewhere', `ftruncate(${open('/tmp/a')}, 0)`],
  ['a lock', `ftruncate(${open('locks/a.lock')}, 0)`],
  ['a lock taken away', `unlink(${at('locks/a.lock')})`],
  ['a file only read', `openat(AT_FDCWD, ${at('a')}, O_RDONLY|O_NOFOLLOW)`],
  ['a line that names a file', `write(1</dev/pts/0>, ${at('a')}, 9)`],
])('what changes nothing of ours goes through: %s', (_what, call) => {
  const before = new Map([['a', Buffer.from('content')]]);
  expect(states([call], before).map(({ tree }) => [...tree.keys()])).toEqual([['a']]);
});
