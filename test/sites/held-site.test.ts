/** Holding a site: what its verbs do to the record and the secrets, and what they refuse. */

import { beforeEach, describe, expect, test } from '@jest/globals';
import type { HeldSite } from '../../src/sites/held-site.js';
import { holdSite } from '../../src/sites/hold.js';
import { sealed } from '../../src/sites/secrets.js';
import { issueWarrant, takePersonsWord } from '../../src/sites/warrant.js';
import { type Gate, MemorySecrets, MemorySites, openGate } from '../support/memory-store.js';
import { aSite, GMAIL, SMTP } from './a-site.js';

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

function hold<T>(work: (held: HeldSite) => Promise<T>, gate: Gate = openGate): Promise<T> {
  const ports = {
    store: sites.viewOf('run', gate, () => Promise.reject(new Error('nobody else is here'))),
    lock: { command: 'test', signal: new AbortController().signal, onWait: () => undefined },
    openCredentials: async () => secrets.viewOf('run', gate),
  };
  return holdSite(NAME, ports, work);
}

describe('SMTP settings go', () => {
  test('by a warrant for the connection on record, made under this claim, now', async () => {
    await hold((held) => held.revertSmtp(issueWarrant(GMAIL.id, held.claimId, NOW), NOW));
    expect(sites.get(NAME)).toMatchObject({ smtp: null, smtpRevertedAt: NOW.toISOString() });
    expect([...secrets.of(NAME).keys()]).toEqual(['google-token-a']);
  });

  test('by the word of a person, whatever is connected', async () => {
    sites.put(aSite({ smtp: SMTP, credentials: 'vault' }));
    await hold((held) => held.revertSmtp(takePersonsWord(), NOW));
    expect(sites.get(NAME)).toMatchObject({ smtp: null, credentials: null });
    expect(secrets.of(NAME).size).toBe(0);
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

test('a token that another run put there since a sign-out is cleared by the next command', async () => {
  sites.put(aSite());
  secrets.of(NAME).clear();
  secrets.of(NAME).set('google-token-a', sealed('overtaken', 'a token'));
  await hold((held) => held.proveCredentials());
  expect(secrets.of(NAME).size).toBe(0);
});

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
