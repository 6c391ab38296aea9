/** A site moved between two stores, killed at every call: nothing is lost, and the next move finishes it. */

import { describe, expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import { moveSite } from '../../src/sites/move-site.js';
import {
  accountedSlots,
  passwordSlot,
  sealed,
  tokenSlot,
  unsealed,
} from '../../src/sites/secrets.js';
import type { Site } from '../../src/sites/site.js';
import { type Gate, MemorySecrets, MemorySites, openGate } from '../support/memory-store.js';
import { aSite, GMAIL, SMTP } from './a-site.js';

const SITE = aSite({ smtp: SMTP, gmail: GMAIL, credentials: 'vault' });
const NAME = SITE.name;

interface Place {
  readonly sites: MemorySites;
  readonly secrets: MemorySecrets;
}

function newWorld(): { readonly from: Place; readonly to: Place } {
  const place = () => ({ sites: new MemorySites(), secrets: new MemorySecrets() });
  const world = { from: place(), to: place() };
  world.from.sites.put(SITE);
  const slots = world.from.secrets.of(NAME);
  slots.set(passwordSlot('a'), sealed(SMTP.password?.id ?? '', 'password'));
  if (GMAIL.method === 'oauth') {
    slots.set(tokenSlot(GMAIL.tokenSlot), sealed(GMAIL.id, 'token'));
  }
  slots.set('google-access-token', sealed(GMAIL.id, 'access'));
  return world;
}

/** One run of the move. */
function move({ from, to }: ReturnType<typeof newWorld>, run: unknown, gate: Gate) {
  const busy = async () => {
    throw new MailError('site-busy', 'busy', '');
  };
  const view = ({ sites }: Place) => sites.viewOf(run, gate, busy);
  const [old, fresh] = [from.secrets.viewOf(run, gate), to.secrets.viewOf(run, gate)];
  return moveSite(NAME, {
    from: { store: view(from), credentials: async () => old },
    to: { store: view(to), credentials: async () => fresh },
    lock: { command: 'site move', signal: new AbortController().signal, onWait: () => undefined },
  });
}

/** Whether a place alone lets the site send by both its ways. */
function isWhole({ sites, secrets }: Place): boolean {
  const site = sites.get(NAME);
  return site !== null && secretsOf(site, secrets).every((secret) => secret !== null);
}

function secretsOf(site: Site, secrets: MemorySecrets): (string | null)[] {
  const id = (slot: string) =>
    slot.startsWith('smtp') ? (site.smtp?.password?.id ?? '') : GMAIL.id;
  return [...accountedSlots(site)].map((slot) =>
    unsealed(secrets.of(NAME).get(slot) ?? null, id(slot)),
  );
}

function expectMoved({ from, to }: ReturnType<typeof newWorld>): void {
  expect(to.sites.get(NAME)).toEqual(SITE);
  expect(secretsOf(SITE, to.secrets)).toEqual(secretsOf(SITE, newWorld().from.secrets));
  expect(from.sites.get(NAME)).toBeNull();
  expect([...from.secrets.of(NAME)]).toEqual([]);
}

test('takes the record, the secrets and the history along, and leaves nothing behind', async () => {
  const world = newWorld();
  let calls = 0;
  await move(world, 'run', async (_call, work) => {
    calls += 1;
    return work();
  });
  expect(calls).toBeGreaterThan(25);
  expectMoved(world);
  expect(world.to.sites.history.at(-1)).toMatchObject({ step: 'move-site', from: 'memory' });
});

describe('killed at any call', () => {
  test.each(Array.from({ length: 60 }, (_, at) => [at]))('before call %i', async (at) => {
    const world = newWorld();
    let calls = 0;
    await move(world, 'killed', async (_call, work) => {
      calls += 1;
      // All that comes after a kill, tidying up included, does not happen.
      if (calls > at) throw new MailError('internal', 'killed', '');
      return work();
    }).catch(() => undefined);
    expect([isWhole(world.from), isWhole(world.to)]).toContain(true);
    for (const { sites } of [world.from, world.to]) sites.loseClaims('killed');
    if (world.from.sites.get(NAME) !== null) await move(world, 'next', openGate);
    expectMoved(world);
  });
});

test('another site of that name in the target stays as it is, and so does the source', async () => {
  const world = newWorld();
  const other = aSite({ organisation: 'Somebody else' });
  world.to.sites.put(other);
  await expect(move(world, 'run', openGate)).rejects.toMatchObject({ code: 'invalid-settings' });
  expect(world.to.sites.get(NAME)).toEqual(other);
  expect(isWhole(world.from)).toBe(true);
  expect([...world.to.secrets.of(NAME)]).toEqual([]);
});

test('two places with one store of secrets are noticed before anything is lost', async () => {
  const world = newWorld();
  const copy = { from: world.from, to: { sites: world.to.sites, secrets: world.from.secrets } };
  await expect(move(copy, 'run', openGate)).rejects.toMatchObject({
    code: 'invalid-settings',
    message: expect.stringContaining('one is a copy of the other'),
  });
  expect(isWhole(world.from)).toBe(true);
});
