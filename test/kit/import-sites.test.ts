/** Carrying out an import: side by side, each site whole, and nothing begun after a failure. */

import { expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import { importSites } from '../../src/kit/import-sites.js';
import type { RowPlan } from '../../src/kit/plan-import.js';
import { unsealed } from '../../src/sites/secrets.js';
import { aSite, SMTP } from '../sites/a-site.js';
import { type Gate, MemorySecrets, MemorySites, openGate } from '../support/memory-store.js';
import { twin } from '../support/twin.js';

const PLANS: RowPlan[] = Array.from({ length: 100 }, (_, index) => ({
  kind: 'add',
  site: aSite({
    name: `p${index}`,
    smtp: { ...SMTP, password: null },
    gmail: null,
    credentials: null,
  }),
  password: `secret ${index}`,
}));

function computer(gate: Gate = openGate, signal = new AbortController().signal) {
  const [sites, secrets] = [new MemorySites(), new MemorySecrets()];
  const world = twin({
    signal,
    sites: async () => sites.viewOf('run', gate, async () => undefined),
    secrets: async () => secrets.viewOf('run', gate),
  });
  return { sites, secrets, world };
}

test('each site has its password, and its record said before where that is', async () => {
  const { sites, secrets, world } = computer();
  const said: unknown[] = [];
  secrets.onSet = () => said.push(sites.get('p0')?.credentials);
  await importSites(PLANS.slice(0, 1), world, () => undefined);
  expect(said).toEqual(['vault']);
  // The record, then with its password: each of them waits for the disk.
  expect([sites.changes, secrets.changes]).toEqual([2, 1]);
  await importSites(PLANS.slice(1), world, () => undefined);
  for (const [index, plan] of PLANS.entries()) {
    const password = sites.get(`p${index}`)?.smtp?.password;
    const content = secrets.of(`p${index}`).get('smtp-password') ?? null;
    expect(unsealed(content, password?.id ?? '')).toBe('password' in plan && plan.password);
  }
});

test('several are in hand at once, and never all', async () => {
  let inHand = 0;
  let most = 0;
  const { world, sites } = computer(async (call, work) => {
    if (call.startsWith('claim')) inHand += 1;
    most = Math.max(most, inHand);
    await new Promise((resolve) => setImmediate(resolve));
    if (call === 'release') inHand -= 1;
    return work();
  });
  const done: number[] = [];
  await importSites(PLANS, world, (count) => done.push(count));
  expect(sites.names()).toHaveLength(PLANS.length);
  expect(most).toBeGreaterThan(4);
  expect(most).toBeLessThan(50);
  expect(done).toEqual([...done].sort((a, b) => a - b));
});

test('after a failure no site is begun, and those in hand are whole', async () => {
  const full = new MailError('storage', 'The disk is full.', 'Free some space.');
  const { world, sites, secrets } = computer(async (call, work) => {
    await new Promise((resolve) => setImmediate(resolve));
    if (call === 'claim p20') throw full;
    return work();
  });
  await expect(importSites(PLANS, world, () => undefined)).rejects.toBe(full);
  const names = sites.names();
  expect(names.length).toBeGreaterThan(10);
  expect(names.length).toBeLessThan(60);
  for (const name of names) {
    expect(sites.get(name)?.smtp?.password).not.toBeNull();
    expect(secrets.of(name).size).toBe(1);
  }
});
