/** A fault's stack comes from minified code; with the source maps of the build, it is read as one of the source. */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Words of the program that stand in one place of its source. */
const WORDS = 'Something unexpected went wrong';

test('every place in the bundle becomes its place in the source; what is no such place stays', () => {
  const [file = '', line = 0, column = 0] = placeInBundle();
  const stack = [
    `    at x (/usr/lib/node_modules/writeupp-mail/dist/${file}:${line}:${column})`,
    `    at C:\\npm\\writeupp-mail\\dist\\${file}:${line}:${column}`,
    '    at node:internal/timers:1:2',
    '    at y (/srv/dist/not-ours.js:1:2)',
    '',
  ].join('\n');
  const { stdout } = spawnSync(process.execPath, ['build/tools/read-stack.js'], {
    cwd: root,
    input: stack,
    encoding: 'utf8',
  });
  const [first = '', second = '', ...rest] = stdout.split('\n');
  const [, path = '', number] = /^ {4}at x \((src\/[\w/-]+\.ts):(\d+):\d+\)$/.exec(first) ?? [];
  expect(readFileSync(root + path, 'utf8').split('\n')[Number(number) - 1]).toContain(WORDS);
  expect(second).toMatch(new RegExp(`^ {4}at ${path}:${number}:\\d+$`));
  expect(rest).toEqual(stack.split('\n').slice(2));
});

function placeInBundle(): [file: string, line: number, column: number] {
  for (const file of readdirSync(`${root}dist`)) {
    if (!file.endsWith('.js')) continue;
    for (const [index, text] of readFileSync(`${root}dist/${file}`, 'utf8').split('\n').entries()) {
      if (text.includes(WORDS)) return [file, index + 1, text.indexOf(WORDS) + 1];
    }
  }
  throw new Error('the words are not in the bundle');
}
