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
import { genuineSite, sealedTest } from '../../src/sites/test-seal.js';
import { type Gate, MemorySecrets, MemorySites, openGate } from '../support/memory-store.js';
import { aSite, DELEGATED, GMAIL, SMTP, TEST_MESSAGE } from './a-site.js';

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

/** One in which a place, or each, is a database that others can write to. */
function worldOf({ from = false, to = false }): ReturnType<typeof newWorld> {
  const world = newWorld();
  world.from.sites.isShared = from;
  world.to.sites.isShared = to;
  return world;
}

/** What a place believes of the connection on record. */
async function believed({ sites, secrets }: Place): Promise<Site['gmail']> {
  const site = sites.get(NAME);
  if (site === null) throw new Error('the site is on record there');
  const credentials = async () => secrets.viewOf('run', openGate);
  return (await genuineSite(site, { othersCanWrite: sites.isShared, credentials })).gmail;
}

/** The site with its test message sealed by its secret, as it is where others can write. */
async function sealedSite(secrets: MemorySecrets, site: Site): Promise<Site> {
  const { gmail } = site;
  if (gmail?.test == null) throw new Error('it has a test message');
  const credentials = async () => secrets.viewOf('run', openGate);
  const test = await sealedTest(site, gmail, gmail.test, { othersCanWrite: true, credentials });
  expect(test.seal).toEqual(expect.any(String));
  return { ...site, gmail: { ...gmail, test } };
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

test.each<[what: string, smtp: Site['smtp']]>([
  ['with an SMTP password', SMTP],
  ['without one', null],
])('a delegated site %s takes its service account’s key along', async (_what, smtp) => {
  const site = aSite({ smtp, gmail: DELEGATED, credentials: 'vault' });
  const world = newWorld();
  world.from.sites.put(site);
  const place = '@mail@practice.iam.gserviceaccount.com';
  world.from.secrets.of(place).set('service-account-key', 'the key');
  await move(world, 'run', openGate);
  expect(world.to.sites.get(NAME)).toEqual(site);
  expect(Object.fromEntries(world.to.secrets.of(place))).toEqual({
    'service-account-key': 'the key',
  });
  expect(world.from.secrets.of(place).size).toBe(0);
});

describe('a test message', () => {
  describe.each<[whose: string, site: Site]>([
    ['of a sign-in', SITE],
    ['of a service account', aSite({ smtp: SMTP, gmail: DELEGATED, credentials: 'vault' })],
  ])('%s', (_whose, site) => {
    function startWith(where: Parameters<typeof worldOf>[0]) {
      const world = worldOf(where);
      world.from.sites.put(site);
      const place = '@mail@practice.iam.gserviceaccount.com';
      world.from.secrets.of(place).set('service-account-key', 'the key');
      return world;
    }

    test('counts in a database as it did in files', async () => {
      const world = startWith({ to: true });
      await move(world, 'run', openGate);
      expect(await believed(world.to)).toMatchObject({ test: TEST_MESSAGE });
    });

    test.each([
      ['files', false],
      ['another database', true],
    ])('that is genuine goes from a database to %s', async (_where, to) => {
      const world = startWith({ from: true, to });
      world.from.sites.put(await sealedSite(world.from.secrets, site));
      await move(world, 'run', openGate);
      expect(await believed(world.to)).toMatchObject({ test: TEST_MESSAGE });
    });

    test.each([
      ['files', false],
      ['another database', true],
    ])('that somebody wrote into a database does not go to %s', async (_where, to) => {
      const world = startWith({ from: true, to });
      await move(world, 'run', openGate);
      expect(world.to.sites.get(NAME)).toEqual({ ...site, gmail: { ...site.gmail, test: null } });
    });
  });

  describe.each<[way: string, where: Parameters<typeof worldOf>[0]]>([
    ['from files to a database', { to: true }],
    ['from a database to files', { from: true }],
  ])('of a move %s that is killed', (_way, where) => {
    test.each(Array.from({ length: 60 }, (_, at) => [at]))('before call %i, counts', async (at) => {
      const world = worldOf(where);
      if (where.from === true) world.from.sites.put(await sealedSite(world.from.secrets, SITE));
      let calls = 0;
      await move(world, 'killed', async (_call, work) => {
        calls += 1;
        if (calls > at) throw new MailError('internal', 'killed', '');
        return work();
      }).catch(() => undefined);
      for (const { sites } of [world.from, world.to]) sites.loseClaims('killed');
      if (world.from.sites.get(NAME) !== null) await move(world, 'next', openGate);
      expect(world.from.sites.get(NAME)).toBeNull();
      expect(await believed(world.to)).toMatchObject({ test: TEST_MESSAGE });
    });
  });
});

test.each<[what: string, fields: Partial<Site>]>([
  ['an SMTP password', { smtp: SMTP }],
  ['a permission', { gmail: GMAIL }],
  ['a service account’s key', { gmail: DELEGATED }],
])('%s that only another computer has is not left behind', async (_what, fields) => {
  const world = newWorld();
  const site = aSite({ ...fields, credentials: null });
  world.from.sites.put(site);
  await expect(move(world, 'run', openGate)).rejects.toMatchObject({
    code: 'invalid-settings',
    message: expect.stringContaining('on another computer'),
  });
  expect(world.from.sites.get(NAME)).toEqual(site);
  expect(world.to.sites.get(NAME)).toBeNull();
});

test('a store that gives back another secret than it was given is not believed', async () => {
  const world = newWorld();
  const swapping: Gate = async (call, work) => {
    const done = await work();
    const stored = world.to.secrets.of(NAME);
    if (call === 'set google-token-a' && stored.size > 0) {
      stored.set('google-token-a', sealed(GMAIL.id, 'another token'));
    }
    return done;
  };
  await expect(move(world, 'run', swapping)).rejects.toMatchObject({ code: 'storage' });
  expect(isWhole(world.from)).toBe(true);
});

test.each<[what: string, site: Site]>([
  ['with secrets', SITE],
  ['without one', aSite()],
])(
  'another site of that name in the target stays as it is, and so does the source, %s',
  async (_what, site) => {
    const world = newWorld();
    world.from.sites.put(site);
    const other = aSite({ organisation: 'Somebody else' });
    world.to.sites.put(other);
    await expect(move(world, 'run', openGate)).rejects.toMatchObject({ code: 'invalid-settings' });
    expect(world.to.sites.get(NAME)).toEqual(other);
    expect(world.from.sites.get(NAME)).toEqual(site);
    expect(isWhole(world.from)).toBe(true);
    expect([...world.to.secrets.of(NAME)]).toEqual([]);
  },
);

test('two places with one store of secrets are noticed before anything is lost', async () => {
  const world = newWorld();
  const copy = { from: world.from, to: { sites: world.to.sites, secrets: world.from.secrets } };
  await expect(move(copy, 'run', openGate)).rejects.toMatchObject({
    code: 'invalid-settings',
    message: expect.stringContaining('one is a copy of the other'),
  });
  expect(isWhole(world.from)).toBe(true);
});
