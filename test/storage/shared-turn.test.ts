/** One flush for many: never one that began before they asked. */

import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { sharedTurns } from '../../src/storage/shared-turn.js';

/** Work whose pieces end when they are told to. */
function work() {
  const begun: { readonly path: string; end(error?: Error): void }[] = [];
  const turns = sharedTurns(
    (path) =>
      new Promise((resolve, reject) => {
        begun.push({ path, end: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
  );
  return { begun, turns };
}

test('whoever asks while a piece is under way shares the next one', async () => {
  const { begun, turns } = work();
  const first = turns('a');
  await setImmediate();
  let isServed = false;
  const both = Promise.all([turns('a'), turns('a')]).then(() => {
    isServed = true;
  });
  begun[0]?.end();
  await first;
  await setImmediate();
  expect(begun).toHaveLength(2);
  expect(isServed).toBe(false);
  begun[1]?.end();
  await both;
  expect(begun).toHaveLength(2);
});

test('a piece that fails fails for its own, and holds up no other', async () => {
  const { begun, turns } = work();
  const first = turns('a');
  await setImmediate();
  const second = turns('a');
  begun[0]?.end(new Error('full'));
  await expect(first).rejects.toThrow('full');
  await setImmediate();
  begun[1]?.end();
  await second;
});

test('paths do not wait for each other', async () => {
  const { begun, turns } = work();
  const both = [turns('a'), turns('b')];
  await setImmediate();
  expect(begun.map(({ path }) => path)).toEqual(['a', 'b']);
  for (const { end } of begun) end();
  await Promise.all(both);
});
