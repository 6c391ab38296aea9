/** A site's connection: when it counts, which token is used, what is kept of how it fared, and what its test message proves. */

import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import type { AccessToken } from '../../src/google/oauth.js';
import type { World } from '../../src/kit/world.js';
import type { HeldSite } from '../../src/sites/held-site.js';
import { sealed } from '../../src/sites/secrets.js';
import type { GmailConnection, Site } from '../../src/sites/site.js';
import { aSite, DELEGATED, GMAIL, SMTP, TEST_MESSAGE } from '../sites/a-site.js';
import { type Gate, MemorySecrets, MemorySites, openGate } from '../support/memory-store.js';
import { twin } from '../support/twin.js';

const NOW = new Date('2026-11-20T12:00:00.000Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ago = (ms: number) => new Date(NOW.getTime() - ms).toISOString();

/** Refresh tokens that Google was asked to refresh. */
let refreshed: string[];
let refusal: MailError | null;
/** Messages that Gmail accepted, each by its recipient. */
let sent: string[];

jest.unstable_mockModule('../../src/google/oauth.js', () => ({
  noToken: () => new Error('not here'),
  revokeToken: () => Promise.reject(new Error('not here')),
  refreshAccessToken: async (_app: unknown, token: string): Promise<AccessToken> => {
    refreshed.push(token);
    if (refusal !== null) throw refusal;
    return { token: `fresh ${refreshed.length}`, expiresAt: NOW.getTime() + 60 * MINUTE };
  },
}));
jest.unstable_mockModule('../../src/google/metadata.js', () => ({
  oauthEndpoints: async () => ({}),
}));
jest.unstable_mockModule('../../src/google/transport.js', () => ({
  newOAuth2Client: () => null,
  postForm: () => Promise.reject(new Error('not here')),
  postJson: () => Promise.reject(new Error('not here')),
}));
jest.unstable_mockModule('../../src/google/gmail.js', () => ({
  sendMessage: async (_issuer: unknown, _token: unknown, message: Buffer) => {
    sent.push(message.toString());
    return `message-${sent.length}`;
  },
}));
const { requireConnection } = await import('../../src/connection/prove-connection.js');
const { refreshConnection, useConnection } = await import('../../src/connection/access-token.js');
const { proveAndRecord } = await import('../../src/connection/connection-history.js');
const { saveConnection } = await import('../../src/connection/save-connection.js');
const { sendTestMessage } = await import('../../src/connection/send-test-message.js');
const { holdSite } = await import('../../src/sites/hold.js');

const NAME = 'harbour-physio';
const CLIENT = { id: GMAIL.clientId, secret: null };
let sites: MemorySites;
let secrets: MemorySecrets;

beforeEach(() => {
  [refreshed, refusal, sent] = [[], null, []];
  [sites, secrets] = [new MemorySites(), new MemorySecrets()];
  put({});
  secrets.of(NAME).set('google-token-a', sealed(GMAIL.id, 'the token'));
});

function put(gmail: Partial<typeof GMAIL>): Site {
  const site = aSite({ smtp: SMTP, credentials: 'vault', gmail: { ...GMAIL, ...gmail } });
  sites.put(site);
  return site;
}

function worldWith(expected: Partial<World> = {}, gate: Gate = openGate): World {
  const nobodyElse = () => Promise.reject(new Error('nobody else is here'));
  return twin({
    client: async () => CLIENT,
    sites: async () => sites.viewOf('run', gate, nobodyElse),
    secrets: async () => secrets.viewOf('run', gate),
    ...expected,
  });
}
const hold = <T>(work: (held: HeldSite) => Promise<T>) => holdSite(worldWith(), NAME, work);
const gmail = () => sites.get(NAME)?.gmail as GmailConnection;
const needed = (reason: 'revoked-or-expired' | 'not-connected' | undefined) =>
  new MailError('sign-in-needed', 'No.', 'Sign in.', reason === undefined ? {} : { reason });

describe('a connection counts', () => {
  const of = (given: GmailConnection | null, client: () => Promise<typeof CLIENT>) =>
    requireConnection(aSite({ gmail: given }), worldWith({ client }));
  const unexpected = () => Promise.reject(new Error('no client is needed'));

  test('from this issuer and with this client; a delegation without any', async () => {
    expect(await of(GMAIL, async () => CLIENT)).toEqual(GMAIL);
    expect(await of(DELEGATED, unexpected)).toEqual(DELEGATED);
  });

  test.each<[what: string, given: GmailConnection | null, client: string, words: string]>([
    ['none', null, CLIENT.id, 'not connected to a Google account'],
    [
      'one of another issuer',
      { ...GMAIL, issuer: 'http://127.0.0.1:4000' },
      CLIENT.id,
      'never counts',
    ],
    ['one of another client', GMAIL, 'another', 'another Google client file'],
    [
      'a delegation of a rehearsal',
      { ...DELEGATED, issuer: 'http://127.0.0.1:4000' },
      '',
      'never counts',
    ],
  ])('%s does not', async (_what, given, id, words) => {
    await expect(of(given, async () => ({ id, secret: null }))).rejects.toMatchObject({
      code: 'sign-in-needed',
      details: { reason: 'not-connected' },
      message: expect.stringContaining(words),
    });
  });
});

describe('the access token that is kept', () => {
  const keep = (content: string) => secrets.of(NAME).set('google-access-token', content);
  const token = (ms: number) => JSON.stringify({ token: 'kept', expiresAt: NOW.getTime() + ms });

  test.each<[what: string, content: string, used: string]>([
    ['with more than a minute to live is used', sealed(GMAIL.id, token(MINUTE + 1)), 'kept'],
    ['with a minute is not', sealed(GMAIL.id, token(MINUTE)), 'fresh 1'],
    ['of an earlier connection is not', sealed('connection-0', token(60 * MINUTE)), 'fresh 1'],
    ['that is no token is not', sealed(GMAIL.id, '{"token":"","expiresAt":9e15}'), 'fresh 1'],
    ['without an end is not', sealed(GMAIL.id, '{"token":"kept"}'), 'fresh 1'],
    ['that is not whole is not', sealed(GMAIL.id, '{'), 'fresh 1'],
  ])('%s', async (_what, content, used) => {
    keep(content);
    const { accessToken, fromCache } = await useConnection(put({}), worldWith());
    expect([accessToken.token, fromCache]).toEqual([used, used === 'kept']);
  });

  test('is the one that Google gave last, for the next run', async () => {
    await useConnection(put({}), worldWith());
    expect(await useConnection(put({}), worldWith())).toMatchObject({
      accessToken: { token: 'fresh 1' },
      fromCache: true,
    });
    expect((await refreshConnection(put({}), worldWith())).accessToken.token).toBe('fresh 2');
  });

  test('is remembered within a run, for its own connection and while it lives', async () => {
    const tokens: NonNullable<World['tokens']> = {};
    const world = worldWith({ tokens, secrets: async () => secrets.viewOf('run', openGate) });
    await useConnection(put({}), world);
    secrets.of(NAME).delete('google-access-token');
    expect((await useConnection(put({}), world)).accessToken.token).toBe('fresh 1');
    const later = { ...world, now: () => new Date(NOW.getTime() + 59 * MINUTE) };
    expect((await useConnection(put({}), later)).accessToken.token).toBe('fresh 2');
    secrets.of(NAME).set('google-token-a', sealed('connection-2', 'another token'));
    await useConnection(put({ id: 'connection-2' }), world);
    expect(refreshed.at(-1)).toBe('another token');
  });

  test('is refreshed all the same where it can’t be kept, and the site is held by another run', async () => {
    const other = sites.viewOf('other', openGate, () => Promise.reject(new Error('nobody')));
    await other.claim(NAME, {
      ...{ command: 'send', signal: new AbortController().signal, onWait: () => undefined },
    });
    const { accessToken } = await useConnection(put({}), worldWith());
    expect([accessToken.token, secrets.of(NAME).has('google-access-token')]).toEqual([
      'fresh 1',
      false,
    ]);
  });

  test.each([
    ['a day', DAY, NOW.toISOString()],
    ['less', DAY - 1, ago(DAY - 1)],
  ])('and the use is put on record where the last one is %s old', async (_age, ms, usedAt) => {
    await refreshConnection(put({ usedAt: ago(ms) }), worldWith());
    expect(gmail().usedAt).toBe(usedAt);
  });

  test('a permission that is not in the store is named so, by whether it was ever there', async () => {
    secrets.of(NAME).clear();
    await expect(useConnection(put({}), worldWith())).rejects.toMatchObject({
      message: expect.stringContaining('is no longer in'),
    });
    sites.put(aSite({ gmail: GMAIL, credentials: null }));
    const site = sites.get(NAME) as Site;
    await expect(useConnection(site, worldWith())).rejects.toMatchObject({
      message: expect.stringContaining('is not in'),
    });
  });
});

describe('how a connection fared is kept', () => {
  const REFUSED = 'revoked-or-expired' as const;
  const refusals = (...times: string[]) => times.map((at) => ({ at, reason: REFUSED }));
  const CONNECTED = Date.parse(GMAIL.connectedAt);
  const before = new Date(CONNECTED - 1).toISOString();
  const since = new Date(CONNECTED).toISOString();

  test.each<[what: string, earlier: string[], kept: string[]]>([
    ['the first', [], [NOW.toISOString()]],
    ['after that of an earlier connection', [before], [before, NOW.toISOString()]],
    ['not a second time of this one', [since], [since]],
    ['the latest five', [1, 2, 3, 4, 5].map((n) => ago(n * 90 * DAY)), []],
  ])('a refusal: %s', async (_what, earlier, kept) => {
    put({ refusals: refusals(...earlier) });
    refusal = needed(REFUSED);
    await expect(hold((held) => proveAndRecord(held, worldWith()))).rejects.toBe(refusal);
    const expected = kept.length > 0 ? kept : [...earlier.slice(1), NOW.toISOString()];
    expect(gmail().refusals?.map(({ at }) => at)).toEqual(expected);
  });

  test.each<[what: string, error: MailError]>([
    ['an outage', new MailError('google-unavailable', '', '')],
    ['a permission that is not there', needed('not-connected')],
    ['no reason', needed(undefined)],
  ])('%s is no refusal', async (_what, error) => {
    refusal = error;
    const there = gmail();
    await expect(hold((held) => proveAndRecord(held, worldWith()))).rejects.toBe(error);
    expect(gmail()).toEqual(there);
  });

  test('a refusal of this connection was not its end where Google accepts it again', async () => {
    put({ refusals: refusals(before, since), usedAt: ago(DAY) });
    const { connection } = await hold((held) => proveAndRecord(held, worldWith()));
    expect(connection).toEqual(gmail());
    expect(gmail()).toMatchObject({ usedAt: NOW.toISOString(), refusals: refusals(before) });
  });
});

describe('what Google refused before', () => {
  const EARLIER = [{ at: ago(9 * DAY), reason: 'testing-mode-expiry' as const }];
  const signInAs = (subject: string) => {
    put({ refusals: EARLIER });
    const identity = { email: 'desk@harbour-physio.example', subject, hostedDomain: null };
    const tokens = { refreshToken: 'new', refreshTokenLife: null };
    const signedIn = { identity, tokens } as unknown as Parameters<typeof saveConnection>[1];
    return hold((held) => saveConnection(held, signedIn, worldWith()));
  };

  test('stays with the account, whatever its address is now: a habit shows over several connections', async () => {
    await signInAs(GMAIL.subject);
    expect(gmail()).toMatchObject({ email: 'desk@harbour-physio.example', refusals: EARLIER });
  });

  test('says nothing of another account: no end is foreseen for it that only the other one had', async () => {
    await signInAs('another account');
    expect(gmail().refusals ?? []).toEqual([]);
  });
});

/** As a person reads it in the last message. */
const referenceSent = () => /\b[A-Z]{3}-\d{3}\b/.exec(sent.at(-1) ?? '')?.[0] ?? 'none';

describe('the reference of a test message', () => {
  const send = (to = TEST_MESSAGE.to, world = worldWith()) =>
    hold((held) =>
      sendTestMessage(
        held,
        { connection: held.site.gmail ?? GMAIL, accessToken: { token: 't', expiresAt: 0 } },
        to,
        world,
      ),
    );

  test('is another one for each: what a person read in one proves no other', async () => {
    put({ test: null });
    const references: string[] = [];
    for (let number = 0; number < 4; number += 1) {
      await send();
      references.push(referenceSent());
    }
    expect(new Set(references).size).toBe(4);
    expect(gmail().test).toMatchObject({
      id: 'message-4',
      arrival: 'unanswered',
      senderSeen: false,
    });
  });

  test('is another one to another address, from another sender and over another connection', async () => {
    const references = new Set<string>();
    for (const [given, to] of [
      [{ test: null }, TEST_MESSAGE.to],
      [{ test: null }, 'desk@harbour-physio.example'],
      [{ test: null, email: 'hello@harbour-physio.example' }, TEST_MESSAGE.to],
      [{ test: null, id: 'connection-2' }, TEST_MESSAGE.to],
    ] as const) {
      put(given);
      await send(to);
      references.add(referenceSent());
    }
    expect(references.size).toBe(4);
  });

  test('is the same for one that is sent again because a run was killed before it knew', async () => {
    put({ test: null });
    const { referenceHash } = await send();
    const reference = referenceSent();
    put({ test: null });
    expect((await send()).referenceHash).toBe(referenceHash);
    expect(referenceSent()).toBe(reference);
  });
});
