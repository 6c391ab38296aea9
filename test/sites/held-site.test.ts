/** Holding a site: what its verbs do to the record and the secrets, and what they refuse. */

import { beforeEach, describe, expect, test } from '@jest/globals';
import { SHARED_KEY_SLOT, type Slot } from '../../src/credentials/credential-reader.js';
import { leftoversCheck } from '../../src/doctor/leftovers.js';
import { MailError } from '../../src/errors.js';
import type { World } from '../../src/kit/world.js';
import type { HeldSite } from '../../src/sites/held-site.js';
import { addSite, holdSite } from '../../src/sites/hold.js';
import { keyOwner } from '../../src/sites/key-owner.js';
import { sealed } from '../../src/sites/secrets.js';
import { storedKey } from '../../src/sites/service-keys.js';
import type { Site } from '../../src/sites/site.js';
import { confirmByPerson, issueWarrant } from '../../src/sites/warrant.js';
import { type Gate, MemorySecrets, MemorySites, openGate } from '../support/memory-store.js';
import { Heard, runIn, twin } from '../support/twin.js';
import { aSite, DELEGATED, GMAIL, SMTP, TEST_MESSAGE } from './a-site.js';

const NOW = new Date('2026-11-20T12:00:00.000Z');
const NAME = 'harbour-physio';

let sites: MemorySites;
let secrets: MemorySecrets;

beforeEach(() => {
  sites = new MemorySites();
  secrets = new MemorySecrets();
  sites.put(aSite({ smtp: SMTP, gmail: GMAIL, credentials: 'vault' }));
  secrets.of(NAME).set('smtp-password', sealed(SMTP.password?.id ?? '', 'the password'));
  secrets.of(NAME).set('google-token-a', sealed(GMAIL.id, 'the token'));
});

function worldBehind(gate: Gate): World {
  const nobodyElse = () => Promise.reject(new Error('nobody else is here'));
  return twin({
    sites: async () => sites.viewOf('run', gate, nobodyElse),
    secrets: async () => secrets.viewOf('run', gate),
  });
}

function hold<T>(
  work: (held: HeldSite) => Promise<T>,
  gate: Gate = openGate,
  name = NAME,
): Promise<T> {
  return holdSite(worldBehind(gate), name, work);
}

/** Fails a call of a port. */
const failing =
  (failed: string): Gate =>
  async (call, work) => {
    if (call === failed) throw new Error('failed');
    return work();
  };

test('a site without secrets is removed where no store of secrets can be opened', async () => {
  sites.put(aSite());
  const world = {
    ...worldBehind(openGate),
    secrets: () => Promise.reject(new Error('no keychain')),
  };
  await holdSite(world, NAME, (held) => held.remove());
  expect(sites.get(NAME)).toBeNull();
});

test('the store is on record before its first secret, so that nothing is left where nobody looks', async () => {
  sites.put(aSite());
  let named: unknown;
  const gate: Gate = async (call, work) => {
    if (call.startsWith('set ')) named = sites.get(NAME)?.credentials;
    return work();
  };
  await hold(
    (held) => held.change({ ...held.site, smtp: { ...SMTP, password: null } }, 'new'),
    gate,
  );
  expect(named).toBe('vault');
});

describe('SMTP settings go', () => {
  test('by a warrant for the connection on record, made under this claim, now', async () => {
    await hold((held) => held.revertSmtp(issueWarrant(GMAIL.id, held.claimId, NOW), NOW));
    expect(sites.get(NAME)).toMatchObject({ smtp: null, smtpRevertedAt: NOW.toISOString() });
    expect([...secrets.of(NAME).keys()]).toEqual(['google-token-a']);
  });

  test('by the word of a person, whatever is connected', async () => {
    sites.put(aSite({ smtp: SMTP, credentials: 'vault' }));
    await hold((held) => held.revertSmtp(confirmByPerson(), NOW));
    expect(sites.get(NAME)).toMatchObject({ smtp: null, credentials: null });
    expect(secrets.of(NAME).size).toBe(0);
  });

  test('and the history tells what that rested on', async () => {
    await hold((held) => held.revertSmtp(confirmByPerson(), NOW));
    const { id, to } = TEST_MESSAGE;
    const testMessage = { id, to, receipt: 'accepted-by-gmail' };
    const askedFor = { step: 'revert-smtp', proof: { by: 'asked-for', testMessage } };
    expect(sites.history).toMatchObject([askedFor]);
    sites.put(aSite({ smtp: SMTP, gmail: GMAIL, credentials: 'vault' }));
    await hold((held) => held.revertSmtp(issueWarrant(GMAIL.id, held.claimId, NOW), NOW));
    expect(sites.history[1]).toMatchObject({ proof: { by: 'test-message', testMessage } });
  });

  test('never by a change of settings', async () => {
    await hold((held) => held.change({ ...held.site, smtp: null }, null));
    expect(sites.get(NAME)?.smtp).toEqual(SMTP);
    expect(secrets.of(NAME).has('smtp-password')).toBe(true);
  });

  const ELSE = { connection: GMAIL.id, claim: '', at: NOW };
  test.each([
    ['another connection', { ...ELSE, connection: 'connection-0' }],
    ['another claim', { ...ELSE, claim: 'claim-0' }],
    ['two minutes ago', { ...ELSE, at: new Date(NOW.getTime() - 120_000) }],
    ['two minutes from now', { ...ELSE, at: new Date(NOW.getTime() + 120_000) }],
  ])('never by a warrant of %s', async (_what, { connection, claim, at }) => {
    const reverting = hold((held) =>
      held.revertSmtp(issueWarrant(connection, claim === '' ? held.claimId : claim, at), NOW),
    );
    await expect(reverting).rejects.toMatchObject({ code: 'internal' });
    expect(sites.get(NAME)).toMatchObject({ smtp: SMTP });
    expect(secrets.of(NAME).has('smtp-password')).toBe(true);
  });

  test('never by a warrant for a connection that is on record no more, whatever this run remembers', async () => {
    const reverting = hold(async (held) => {
      const warrant = issueWarrant(GMAIL.id, held.claimId, NOW);
      sites.put(
        aSite({ smtp: SMTP, gmail: { ...GMAIL, id: 'connection-2' }, credentials: 'vault' }),
      );
      await held.revertSmtp(warrant, NOW);
    });
    await expect(reverting).rejects.toMatchObject({ code: 'internal' });
    expect(sites.get(NAME)).toMatchObject({ smtp: SMTP });
  });
});

describe('a test message in a store that others can write to', () => {
  const withTest = (gmail: Site['gmail']) => {
    sites.isShared = true;
    sites.put(aSite({ smtp: SMTP, gmail, credentials: 'vault' }));
  };
  const genuineTest = (held: HeldSite) => held.genuine(held.site).then(({ gmail }) => gmail?.test);
  const recorded = async () => {
    withTest({ ...GMAIL, test: null });
    await hold((held) => held.recordTest(GMAIL, TEST_MESSAGE));
    return sites.get(NAME)?.gmail?.test ?? TEST_MESSAGE;
  };

  test('counts where it is sealed by the connection’s secret, and what was said of it with it', async () => {
    expect(await recorded()).toMatchObject({ ...TEST_MESSAGE, seal: expect.any(String) });
    expect(await hold(genuineTest)).toMatchObject(TEST_MESSAGE);
    await hold((held) => held.recordArrival('confirmed', true));
    expect(await hold(genuineTest)).toMatchObject({ arrival: 'confirmed', senderSeen: true });
  });

  test.each<[string, Partial<typeof TEST_MESSAGE>]>([
    ['another id', { id: 'forged' }],
    ['a later time', { acceptedAt: '2026-11-21T10:00:00.000Z' }],
    ['a Yes that nobody said', { arrival: 'confirmed' }],
    ['another sender', { from: 'other@harbour-physio.example' }],
    ['a sender that nobody saw', { senderSeen: true }],
    ['another reference', { referenceHash: '0'.repeat(64) }],
  ])('does not count with %s', async (_what, forged) => {
    withTest({ ...GMAIL, test: { ...(await recorded()), ...forged } });
    expect(await hold(genuineTest)).toBeNull();
  });

  test('does not count without a seal, with one of another connection, or where the secret is gone', async () => {
    const ofConnection = await recorded();
    withTest(GMAIL);
    expect(await hold(genuineTest)).toBeNull();
    withTest({ ...GMAIL, id: 'connection-2', test: ofConnection });
    secrets.of(NAME).set('google-token-a', sealed('connection-2', 'the token'));
    expect(await hold(genuineTest)).toBeNull();
    withTest({ ...GMAIL, test: ofConnection });
    expect(await hold(genuineTest)).toBeNull();
  });

  test('on files of this user alone, the record is enough', async () => {
    expect(await hold(genuineTest)).toEqual(TEST_MESSAGE);
  });
});

describe('a connection that is kept', () => {
  const connect = (
    held: HeldSite,
    prove: (token: string) => Promise<void> = async () => undefined,
  ) => {
    const { id: _id, tokenSlot: _slot, ...fresh } = GMAIL;
    return held.connect({ ...fresh, email: 'jane@practice.example' }, 'new token', prove);
  };

  test('is proven with what was read back, before it is on record and the old token forgotten', async () => {
    const seen: unknown[] = [];
    await hold((held) =>
      connect(held, async (token) => {
        seen.push(token, sites.get(NAME)?.gmail?.id, [...secrets.of(NAME).keys()].sort());
      }),
    );
    expect(seen).toEqual([
      'new token',
      GMAIL.id,
      ['google-token-a', 'google-token-b', 'smtp-password'],
    ]);
    const gmail = sites.get(NAME)?.gmail;
    expect(gmail).toMatchObject({ email: 'jane@practice.example', tokenSlot: 'b' });
    expect(gmail?.id).not.toBe(GMAIL.id);
    expect([...secrets.of(NAME).keys()].sort()).toEqual(['google-token-b', 'smtp-password']);
  });

  test('and is not accepted: the old one is as it was, and nothing is left', async () => {
    const refused = new Error('refused');
    await expect(hold((held) => connect(held, () => Promise.reject(refused)))).rejects.toBe(
      refused,
    );
    expect(sites.get(NAME)?.gmail).toEqual(GMAIL);
    expect([...secrets.of(NAME).keys()].sort()).toEqual(['google-token-a', 'smtp-password']);
  });

  test('and is read back as another: it is not believed', async () => {
    const swapping: Gate = async (call, work) => {
      const done = await work();
      if (call === 'set google-token-b') {
        secrets.of(NAME).set('google-token-b', sealed('another', 'another token'));
      }
      return done;
    };
    await expect(hold((held) => connect(held), swapping)).rejects.toMatchObject({
      code: 'storage',
    });
    expect(sites.get(NAME)?.gmail).toEqual(GMAIL);
  });

  test('and it is not known whether its record was: the token that storage names stays', async () => {
    const failing: Gate = async (call, work) => {
      const before = sites.get(NAME)?.gmail?.id;
      const done = await work();
      if (call === 'write' && sites.get(NAME)?.gmail?.id !== before) throw new Error('no answer');
      return done;
    };
    await expect(hold((held) => connect(held), failing)).rejects.toThrow('no answer');
    expect(sites.get(NAME)?.gmail).toMatchObject({ tokenSlot: 'b' });
    expect([...secrets.of(NAME).keys()].sort()).toEqual(['google-token-b', 'smtp-password']);
  });
});

describe('that a switch was made in WriteUpp too', () => {
  const done = '2026-11-20T11:00:00.000Z';
  const { tokenSlot: _slot, ...fresh } = GMAIL;
  test.each<[what: string, work: (held: HeldSite) => Promise<unknown>]>([
    ['a new sign-in', (held) => held.connect(fresh, 'new token', async () => null)],
    ['a new delegation', (held) => held.connectByDelegation(DELEGATED, null)],
    ['the removal of SMTP settings', (held) => held.revertSmtp(confirmByPerson(), NOW)],
  ])('%s leaves it to be said again', async (_what, work) => {
    sites.put(aSite({ smtp: SMTP, gmail: GMAIL, credentials: 'vault', doneInWriteUpp: done }));
    await hold(work);
    expect(sites.get(NAME)).toMatchObject({ doneInWriteUpp: null });
  });

  test('is told once', async () => {
    sites.put(aSite({ gmail: GMAIL, credentials: 'vault' }));
    await hold((held) => held.markDoneInWriteUpp(NOW));
    await hold((held) => held.markDoneInWriteUpp(new Date()));
    expect(sites.get(NAME)).toMatchObject({ doneInWriteUpp: NOW.toISOString() });
    expect(sites.history.map(({ step }) => step)).toEqual(['done-in-writeupp']);
  });
});

describe('of a connection that is on record no more', () => {
  const former = { ...GMAIL, id: 'connection-0' };
  test.each<[what: string, work: (held: HeldSite) => Promise<void>]>([
    ['no test message is kept', (held) => held.recordTest(former, { ...TEST_MESSAGE, id: 'x' })],
    ['no use is', (held) => held.amend(former, { usedAt: NOW.toISOString() })],
    ['no refusal is', (held) => held.amend(former, { refusals: [] })],
  ])('%s', async (_what, work) => {
    const before = sites.get(NAME);
    await hold(work);
    expect(sites.get(NAME)).toEqual(before);
    expect(sites.history).toEqual([]);
  });

  test('what a person says of one message is said of no other', async () => {
    const test = { ...TEST_MESSAGE, id: 'the next' };
    await hold(async (held) => {
      sites.put(aSite({ smtp: SMTP, gmail: { ...GMAIL, test }, credentials: 'vault' }));
      await held.recordArrival('confirmed', true);
    });
    expect(sites.get(NAME)?.gmail?.test).toEqual(test);
  });
});

describe('an end of the permission at Google', () => {
  test('is not asked for by a run that lost the account or the site meanwhile', async () => {
    const asked: string[] = [];
    const ending = hold((held) =>
      held.disconnect(async (_connection, confirm) => {
        sites.loseClaims('run');
        await confirm();
        asked.push('revoke');
      }),
    );
    await expect(ending).rejects.toMatchObject({ code: 'site-busy' });
    expect(asked).toEqual([]);
    expect(sites.get(NAME)?.gmail).toEqual(GMAIL);
    expect(secrets.of(NAME).has('google-token-a')).toBe(true);
  });

  test('and a connection is not put on record by one', async () => {
    const { tokenSlot: _slot, ...fresh } = GMAIL;
    const losing: Gate = async (call, work) => {
      // The site is still held: the account alone is not.
      if (call === 'confirm account') throw new MailError('site-busy', 'lost', '');
      return work();
    };
    const connecting = hold((held) => held.connect(fresh, 'new', async () => null), losing);
    await expect(connecting).rejects.toMatchObject({ code: 'site-busy' });
    expect(sites.get(NAME)?.gmail).toEqual(GMAIL);
  });
});

describe('the key of a service account', () => {
  const withKey = (name: string, more: Partial<Site> = {}) =>
    aSite({ name, gmail: DELEGATED, credentials: 'vault', ...more });
  const key = () => {
    const owner = keyOwner(DELEGATED);
    return owner && storedKey(owner, secrets.viewOf('test', openGate));
  };
  const keep = (name: string) =>
    hold((held) => held.connectByDelegation(DELEGATED, 'the key'), openGate, name);
  const KEYLESS = { serviceAccount: { ...DELEGATED.serviceAccount, signing: 'keyless' as const } };
  const end = (name: string) => hold((held) => held.disconnect(async () => null), openGate, name);

  test('is kept once, the record says which store may hold it, and it goes with the last sign-out', async () => {
    for (const name of ['quay', 'pier']) {
      sites.put(aSite({ name }));
      await keep(name);
    }
    expect(sites.get('quay')).toMatchObject({ credentials: 'vault' });
    expect(await key()).toBe('the key');
    await end('quay');
    expect(await key()).toBe('the key');
    await end('pier');
    expect(await key()).toBeNull();
  });

  test('is given back where another site was connected with it while it was forgotten', async () => {
    sites.put(aSite({ name: 'pier' }));
    await keep('pier');
    const meanwhile: Gate = async (call, work) => {
      // The other run finds the key there, and so stores none; its record comes right before the deletion.
      if (call === `delete ${SHARED_KEY_SLOT}`) sites.put(withKey('quay'));
      return work();
    };
    await hold((held) => held.disconnect(async () => null), meanwhile, 'pier');
    expect(await key()).toBe('the key');
  });

  test('stays where a record that can’t be read may need it', async () => {
    sites.put(aSite({ name: 'quay' }));
    await keep('quay');
    sites.damage('pier');
    await end('quay');
    expect(await key()).toBe('the key');
  });

  test.each<[string, (held: HeldSite) => Promise<unknown>]>([
    ['signing out', (held) => held.disconnect(async () => null)],
    [
      'connecting in another way',
      (held) => held.connectByDelegation({ ...DELEGATED, ...KEYLESS }, null),
    ],
  ])('stays named while a record that can’t be read may need it: %s', async (_what, work) => {
    sites.put(aSite({ name: 'quay' }));
    await keep('quay');
    sites.damage('pier');
    await hold(work, openGate, 'quay');
    for (let run = 0; run < 2; run += 1) {
      expect(sites.get('quay')?.keysToForget).toEqual([keyOwner(DELEGATED)]);
      expect(await key()).toBe('the key');
      await hold((held) => held.tidy(), openGate, 'quay');
    }
    sites.put(aSite({ name: 'pier' }));
    await hold((held) => held.tidy(), openGate, 'quay');
    expect(await key()).toBeNull();
    expect(sites.get('quay')).not.toHaveProperty('keysToForget');
  });

  const named = { issuer: DELEGATED.issuer, email: DELEGATED.serviceAccount.email };
  test.each<[what: string, given: Partial<Site>, work: (held: HeldSite) => Promise<unknown>]>([
    ['that has no other secret', { keysToForget: [named] }, async () => undefined],
    [
      'whose secrets were opened before it was named',
      { gmail: DELEGATED, credentials: 'vault' },
      (held) => held.connectByDelegation({ ...DELEGATED, ...KEYLESS }, null),
    ],
  ])('that is still named is forgotten with a site %s', async (_what, given, work) => {
    sites.put(aSite({ name: 'quay' }));
    await keep('quay');
    sites.put(aSite({ name: 'quay', ...given }));
    sites.damage('pier');
    const removing = async (held: HeldSite) => {
      await work(held);
      expect([await key(), held.site.keysToForget]).toEqual(['the key', [named]]);
      sites.put(aSite({ name: 'pier' }));
      await held.remove();
    };
    await hold(removing, openGate, 'quay');
    expect([await key(), sites.get('quay')]).toEqual([null, null]);
  });

  test('is named no more once another site is known to use it', async () => {
    sites.put(withKey('quay'));
    await keep('quay');
    sites.damage('harbour-physio');
    sites.put(withKey('pier'));
    await end('quay');
    expect(await key()).toBe('the key');
    expect(sites.get('quay')).not.toHaveProperty('keysToForget');
  });

  /** Ends a run at its n-th call: before it has an effect, or after. Nothing it does later has one either. */
  const killedAt = (at: number, isAfter: boolean) => {
    let count = 0;
    const gate: Gate = async (_call, work) => {
      count += 1;
      if (count < at) return work();
      if (count === at && isAfter) await work();
      throw new Error('killed');
    };
    return { gate, isOver: () => count < at };
  };
  const leftovers = () =>
    leftoversCheck({
      home: '/nowhere',
      found: () => ({
        sites: sites.names().flatMap((name) => sites.get(name) ?? []),
        isWhole: true,
      }),
      credentials: async () => secrets.viewOf('doctor', openGate),
      tidy: (name) => hold((held) => held.tidy(), openGate, name),
    }).run(new AbortController().signal);

  test.each<[string, Partial<Site>, (held: HeldSite) => Promise<unknown>]>([
    ['connecting by it', {}, (held) => held.connectByDelegation(DELEGATED, 'the key')],
    [
      'connecting in another way',
      { gmail: DELEGATED, credentials: 'vault' },
      (held) => held.connectByDelegation({ ...DELEGATED, ...KEYLESS }, null),
    ],
    [
      'signing in',
      { gmail: DELEGATED, credentials: 'vault' },
      (held) => held.connect(GMAIL, 'a token', async () => null),
    ],
    [
      'signing out',
      { gmail: DELEGATED, credentials: 'vault' },
      (held) => held.disconnect(async () => null),
    ],
    ['removing the site', { gmail: DELEGATED, credentials: 'vault' }, (held) => held.remove()],
  ])(
    'that a run killed anywhere left, %s: doctor finds it, and the next command forgets it',
    async (_what, given, work) => {
      let kills = 0;
      let found = 0;
      for (const isAfter of [false, true]) {
        for (let at = 1; ; at += 1) {
          [sites, secrets] = [new MemorySites(), new MemorySecrets()];
          sites.put(aSite({ name: 'quay', ...given }));
          const owner = keyOwner(DELEGATED);
          if (owner === null) throw new Error('it has a key');
          if (given.gmail !== undefined) {
            await secrets
              .viewOf('test', openGate)
              .set(`@${owner.email}`, SHARED_KEY_SLOT, 'the key');
          }
          const { gate, isOver } = killedAt(at, isAfter);
          await hold(work, gate, 'quay').catch(() => undefined);
          if (isOver()) break;
          kills += 1;
          sites.loseClaims('run');
          const isUsed = () => keyOwner(sites.get('quay')?.gmail ?? null) !== null;
          if ((await key()) !== null && !isUsed()) {
            found += 1;
            expect(await leftovers()).toMatchObject({ status: 'warn' });
            await (await leftovers())?.fix?.();
          } else if (sites.get('quay') !== null) {
            await hold((held) => held.tidy(), openGate, 'quay');
          }
          if ((await key()) !== null) expect([at, isAfter, isUsed()]).toEqual([at, isAfter, true]);
          expect(sites.get('quay')?.keysToForget).toBeUndefined();
        }
      }
      expect(kills).toBeGreaterThan(3);
      expect(found).toBeGreaterThanOrEqual(_what.startsWith('connecting') ? 1 : 0);
    },
  );

  test('of another one at another issuer is another', async () => {
    sites.put(withKey('quay', { gmail: { ...DELEGATED, issuer: 'http://127.0.0.1:4000' } }));
    sites.put(aSite({ name: 'pier' }));
    await keep('pier');
    await end('pier');
    expect(await key()).toBeNull();
  });
});

describe('a password', () => {
  test('that is left behind with its server is gone at once', async () => {
    await hold((held) => {
      const smtp = { ...SMTP, host: 'other.example', password: null };
      return held.change({ ...held.site, smtp }, null);
    });
    expect([...secrets.of(NAME).keys()]).toEqual(['google-token-a']);
  });
});

describe('a new site', () => {
  const fresh = aSite({ name: 'quay', smtp: { ...SMTP, password: null } });

  test('whose password can’t be stored is not kept by half', async () => {
    const adding = addSite(fresh, 'a password', worldBehind(failing('set smtp-password')));
    await expect(adding).rejects.toThrow('failed');
    expect(sites.get('quay')).toBeNull();
    expect(secrets.of('quay').size).toBe(0);
  });

  test('that a killed run left without its password is finished by the same command', async () => {
    sites.put({ ...fresh, credentials: 'vault' });
    await addSite(fresh, 'a password', worldBehind(openGate));
    expect(sites.get('quay')?.smtp?.password).toMatchObject({ slot: 'a' });
  });

  test.each<[what: string, there: Site]>([
    ['a connected one without SMTP settings', aSite({ name: 'quay', gmail: GMAIL })],
    [
      'one with another server',
      aSite({ name: 'quay', smtp: { ...SMTP, password: null, port: 25 } }),
    ],
    ['one with its password', aSite({ name: 'quay', smtp: SMTP })],
  ])('is not put in the place of %s', async (_what, there) => {
    sites.put(there);
    const adding = addSite(fresh, 'a password', worldBehind(openGate));
    await expect(adding).rejects.toMatchObject({ code: 'invalid-settings' });
    expect(sites.get('quay')).toEqual(there);
    expect(secrets.of('quay').size).toBe(0);
  });
});

test('a token that another run put there since a sign-out is cleared by the next command', async () => {
  sites.put(aSite());
  secrets.of(NAME).clear();
  secrets.of(NAME).set('google-token-a', sealed('overtaken', 'a token'));
  await hold((held) => held.proveCredentials());
  expect(secrets.of(NAME).size).toBe(0);
});

test.each<[command: string, slot: Slot, said: string]>([
  ['revert-smtp', 'smtp-password', 'There are no SMTP settings to remove.'],
  ['sign-out', 'google-token-a', 'No Google account is connected.'],
])(
  'what a killed %s left is cleared by the next one, which finds nothing to do',
  async (...row) => {
    const [command, slot, said] = row;
    sites.put(aSite({ credentials: 'vault' }));
    secrets.of(NAME).clear();
    secrets.of(NAME).set(slot, sealed('killed', 'a secret'));
    const heard = new Heard();
    expect(await runIn(twin({}, { sites, secrets, heard }), command, '--site', NAME)).toBeNull();
    expect(heard.lines[0]).toContain(said);
    expect(secrets.of(NAME).size).toBe(0);
  },
);

describe('an access token is kept', () => {
  test('for the connection on record, with its id', async () => {
    await hold((held) => held.keepAccessToken(GMAIL, 'the access token'));
    expect(secrets.of(NAME).get('google-access-token')).toBe(sealed(GMAIL.id, 'the access token'));
  });

  test('for no other: who refreshed it before another sign-in has nothing to keep', async () => {
    const former = { ...GMAIL, id: 'connection-0' };
    await hold((held) => held.keepAccessToken(former, 'the access token'));
    expect(secrets.of(NAME).has('google-access-token')).toBe(false);
  });
});
