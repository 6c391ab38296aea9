/** The keyboard around a question, in memory: nothing that was typed before it answers it, however long that takes. */

import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { askOnce } from '../../src/terminal/question-input.js';

const never = new AbortController().signal;

function keyboard() {
  const stdin = Object.assign(new PassThrough(), { setRawMode: () => stdin, isTTY: true });
  return stdin as unknown as PassThrough & NodeJS.ReadStream;
}

/** Asks, and gives what reached the question. */
async function reached(stdin: ReturnType<typeof keyboard>, signal = never) {
  let asked = false;
  const got: string[] = [];
  const asking = askOnce(stdin, signal, async () => {
    asked = true;
    stdin.on('data', (chunk) => got.push(String(chunk)));
    await sleep(200);
    return 'asked';
  });
  return { asking, got, isAsked: () => asked };
}

test('keys that keep coming, as of an Enter that is held down, are waited out', async () => {
  const stdin = keyboard();
  const { asking, got, isAsked } = await reached(stdin);
  // Closer to each other than the quiet that a question waits for, and longer than it.
  const until = performance.now() + 300;
  while (performance.now() < until) {
    stdin.write('\r');
    await sleep(5);
  }
  expect(isAsked()).toBe(false);
  expect(await asking).toBe('asked');
  expect(got).toEqual([]);
});

test('what is typed once it is asked reaches it', async () => {
  const stdin = keyboard();
  stdin.write('yes\r');
  const { asking, got, isAsked } = await reached(stdin);
  while (!isAsked()) await sleep(5);
  stdin.write('n\r');
  await asking;
  expect(got).toEqual(['n\r']);
});

test.each([
  ['Ctrl-C before it', '\x03', false],
  ['Ctrl-C', '\x03', true],
  ['Ctrl-D', '\x04', true],
])('is cancelled by %s', async (_what, key, waits) => {
  const stdin = keyboard();
  let cancelled = false;
  const asking = askOnce(stdin, never, async (signal) => {
    stdin.write(key);
    while (!signal.aborted) await sleep(5);
    cancelled = true;
    throw new Error('cancelled');
  });
  if (!waits) stdin.write(key);
  expect(await asking).toBeNull();
  expect(cancelled).toBe(waits);
});

test('Ctrl-D that was typed before it is thrown away as the rest is', async () => {
  const stdin = keyboard();
  stdin.write('\x04');
  const { asking } = await reached(stdin);
  expect(await asking).toBe('asked');
});
