/** The history of many sites together: by time, and each site's own lines in the order in which they were made. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { HistoryEvent } from '../../src/sites/site-history.js';
import { openFileHistory } from '../../src/stores/files/file-history.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'history-'));
});
afterEach(() => rm(home, { recursive: true }));

let count = 0;
function line(site: string, step: string, time: string): HistoryEvent {
  count += 1;
  const who = { who: 'jane', host: 'desk', command: 'migrate' };
  return {
    ...{ id: `id-${count}`, at: `2026-11-20T${time}:00.000Z`, site, step, outcome: 'done', ...who },
  } as HistoryEvent;
}

async function together(...lines: readonly HistoryEvent[]): Promise<string[]> {
  const history = openFileHistory(home, async () => []);
  await history.append(lines);
  const steps: string[] = [];
  for await (const { site, step } of history.read(null)) steps.push(`${site} ${step}`);
  return steps;
}

test('sites that were worked on side by side are told by time', async () => {
  const lines = [
    line('quay', 'sign-in', '10:00'),
    line('quay', 'revert-smtp', '10:02'),
    line('harbour', 'sign-in', '10:01'),
  ];
  expect(await together(...lines)).toEqual(['quay sign-in', 'harbour sign-in', 'quay revert-smtp']);
});

test('the clock was set back during a switch: no removal stands before its proof', async () => {
  const lines = [
    line('quay', 'sign-in', '10:00'),
    line('quay', 'test-message', '10:05'),
    line('harbour', 'sign-in', '10:06'),
    line('Quay', 'revert-smtp', '09:00'),
  ];
  const told = await together(...lines);
  const ofQuay = told.filter((one) => /^quay/i.test(one)).map((one) => one.split(' ')[1]);
  expect(ofQuay).toEqual(['sign-in', 'test-message', 'revert-smtp']);
  expect(told).toHaveLength(4);
});
