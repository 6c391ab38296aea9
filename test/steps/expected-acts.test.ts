/**
 * What `migrate` is to do in a state, written down: a rule that is wrong in the dry run and in the run alike is seen here
 * (that both agree is seen by test/model/plan.test.ts).
 */

import { describe, expect, jest, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import type { NamedServiceAccount } from '../../src/google/service-account.js';
import { sealed } from '../../src/sites/secrets.js';
import type { DelegatedConnection, OAuthConnection, Site } from '../../src/sites/site.js';
import { sealedTest } from '../../src/sites/test-seal.js';
import type { MigrationOptions } from '../../src/steps/situation.js';
import { aSite, DELEGATED, GMAIL, SMTP, TEST_MESSAGE } from '../sites/a-site.js';
import { MemorySecrets, MemorySites, openGate } from '../support/memory-store.js';
import { person, twin } from '../support/twin.js';

type Google = 'accepts' | 'refuses' | 'is away';
let google: Google = 'accepts';
jest.unstable_mockModule('../../src/connection/prove-connection.js', () => ({
  requireConnection: () => Promise.reject(new Error('not here')),
  proveConnection: async ({ gmail }: Site) => {
    if (google === 'is away') throw new MailError('google-unavailable', 'Google is away.', 'Wait.');
    if (google === 'refuses') throw new MailError('sign-in-needed', 'It ended.', 'Sign in.');
    return { connection: gmail, accessToken: { token: 't', expiresAt: 0 } };
  },
}));
const { dryRun } = await import('../../src/steps/migrate-site.js');

const NOW = new Date('2026-11-20T12:00:00.000Z');
const DAY = 24 * 60 * 60_000;
const ago = (ms: number) => new Date(NOW.getTime() - ms).toISOString();
const INFO = GMAIL.email;
const HELLO = 'hello@harbour-physio.example';
const SEND_AS = 'appointments@harbour-physio.example';
const ALL = ['sign-in', 'save-tokens', 'test-message', 'confirm-receipt', 'revert-smtp'];
const FROM_TEST = ALL.slice(2);

const tested = (given: Partial<typeof TEST_MESSAGE> = {}): OAuthConnection => ({
  ...GMAIL,
  test: { ...TEST_MESSAGE, ...given },
});
const UNTESTED: OAuthConnection = { ...GMAIL, test: null };
const smtp = (given: Partial<Site> = {}) => aSite({ smtp: SMTP, credentials: 'vault', ...given });
const without = (given: Partial<Site> = {}) => aSite({ credentials: 'vault', ...given });

const { email, clientId } = DELEGATED.serviceAccount;
const BY_KEY: NamedServiceAccount = { email, clientId, key: 'the key' };
const KEYLESS: NamedServiceAccount = { email, clientId: null, key: null };
const delegated = (signing: 'key' | 'keyless' = 'key'): DelegatedConnection => ({
  ...DELEGATED,
  serviceAccount: { ...DELEGATED.serviceAccount, signing },
});

function secretsWith(token: string): MemorySecrets {
  const secrets = new MemorySecrets();
  secrets.of(smtp().name).set('google-token-a', sealed(GMAIL.id, token));
  return secrets;
}

/** The steps that a dry run says it would act at, what it says of the sign-in, and the error that it ends on. */
async function plan(
  site: Site,
  given: Partial<MigrationOptions> & {
    readonly canAsk?: boolean;
    readonly google?: Google;
    readonly isShared?: boolean;
  },
) {
  const { canAsk = true, google: answers = 'accepts', isShared = false, ...options } = given;
  google = answers;
  const [sites, secrets] = [new MemorySites(), secretsWith('the token')];
  sites.isShared = isShared;
  sites.put(site);
  secrets.of(`@${email}`).set('service-account-key', 'the key');
  const acts: string[] = [];
  let signIn = '';
  const base = twin();
  const world = twin(
    {
      ask: canAsk ? person([]) : null,
      now: () => NOW,
      report: {
        ...base.report,
        ended({ name }, { facts }) {
          if (facts?.dryRun !== true || name === 'confirm-pathway') return;
          acts.push(name);
          if (name === 'sign-in') signIn = String(facts.would);
        },
      },
    },
    { sites, secrets },
  );
  const all: MigrationOptions = {
    ...{ yes: false, reauthenticate: false, account: null, to: null, reference: null },
    ...{ serviceAccount: null, useBrowser: true, readFirst: true, timeoutMs: 1_000 },
    ...options,
  };
  const end = await dryRun(site, all, world).then(
    () => 'done',
    (error) => (error instanceof MailError ? error.code : error),
  );
  expect(sites.get(site.name)).toEqual(site);
  return { acts, signIn, end };
}

type Row = readonly [
  state: string,
  site: Site,
  given: Parameters<typeof plan>[1],
  acts: readonly string[],
  end?: string,
];

async function expectPlan(...[, site, given, acts, end = 'done']: Row): Promise<void> {
  expect(await plan(site, given)).toMatchObject({ acts, end });
}

describe('where others can write the record too, a test message', () => {
  test.each([
    ['whose seal fits counts', 'the token', ALL.slice(3)],
    ['with another seal is sent anew', 'another token', FROM_TEST],
  ])('%s', async (what, token, acts) => {
    const credentials = async () => secretsWith(token).viewOf('run', openGate);
    const sealing = { othersCanWrite: true, credentials };
    const test = await sealedTest(smtp(), GMAIL, TEST_MESSAGE, sealing);
    await expectPlan(what, smtp({ gmail: tested(test) }), { isShared: true }, acts);
  });
});

describe('with a person', () => {
  test.each<Row>([
    ['SMTP alone', smtp(), {}, ALL],
    ['connected, never tested', smtp({ gmail: UNTESTED }), {}, FROM_TEST],
    ['tested, nobody said that it came', smtp({ gmail: tested() }), {}, ALL.slice(3)],
    ['it came', smtp({ gmail: tested({ arrival: 'confirmed' }) }), {}, ['revert-smtp']],
    ['it did not come', smtp({ gmail: tested({ arrival: 'denied' }) }), {}, FROM_TEST],
    [
      'it came just under a day ago',
      smtp({ gmail: tested({ arrival: 'confirmed', acceptedAt: ago(DAY - 1) }) }),
      {},
      ['revert-smtp'],
    ],
    [
      'it came a day ago',
      smtp({ gmail: tested({ arrival: 'confirmed', acceptedAt: ago(DAY) }) }),
      {},
      FROM_TEST,
    ],
    [
      'it came in the future',
      smtp({ gmail: tested({ arrival: 'confirmed', acceptedAt: ago(-60_000) }) }),
      {},
      FROM_TEST,
    ],
    ['from another sender', smtp({ gmail: tested({ from: HELLO }) }), {}, FROM_TEST],
    [
      'it came, and nobody saw its sender',
      smtp({ sendAs: SEND_AS, gmail: tested({ arrival: 'confirmed', from: SEND_AS }) }),
      {},
      ALL.slice(3),
    ],
    ['to another address', smtp({ gmail: tested() }), { to: HELLO }, FROM_TEST],
    ['to the same address', smtp({ gmail: tested() }), { to: TEST_MESSAGE.to }, ALL.slice(3)],
    ['the permission ended', smtp({ gmail: tested() }), { google: 'refuses' }, ALL],
    ['Google is away', smtp({ gmail: tested() }), { google: 'is away' }, [], 'google-unavailable'],
    ['sign in again', smtp({ gmail: tested() }), { reauthenticate: true }, ALL],
    ['another account is wanted', smtp({ gmail: tested() }), { account: HELLO }, ALL],
    [
      'the same account is wanted',
      smtp({ gmail: tested() }),
      { account: INFO.toUpperCase() },
      ALL.slice(3),
    ],
    ['the secrets are elsewhere', smtp({ credentials: 'keychain' }), {}, [], 'invalid-settings'],
    ['neither SMTP nor Gmail', without(), {}, ALL.slice(0, 4)],
    ['without SMTP, tested', without({ gmail: tested() }), {}, ['confirm-receipt']],
    ['without SMTP, it came', without({ gmail: tested({ arrival: 'confirmed' }) }), {}, []],
    [
      'without SMTP, it came long ago',
      without({ gmail: tested({ arrival: 'confirmed', acceptedAt: ago(90 * DAY) }) }),
      {},
      [],
    ],
    [
      'without SMTP, it did not come',
      without({ gmail: tested({ arrival: 'denied' }) }),
      {},
      FROM_TEST.slice(0, 2),
    ],
  ])('%s', expectPlan);
});

describe('with nobody', () => {
  const alone = { canAsk: false };
  const yes = { canAsk: false, yes: true };
  const AGREED = ALL.filter((step) => step !== 'confirm-receipt');
  test.each<Row>([
    ['and nothing for a person’s word', smtp(), alone, [], 'not-interactive'],
    ['--yes is enough', smtp(), yes, AGREED],
    ['--yes is enough with a person too', smtp(), { yes: true }, AGREED],
    [
      '--yes, it did not come',
      smtp({ gmail: tested({ arrival: 'denied' }) }),
      yes,
      ['test-message', 'revert-smtp'],
    ],
    ['--yes and no account', smtp({ smtp: { ...SMTP, user: 'mailer' } }), yes, [], 'usage'],
    [
      'the reference of the message',
      smtp({ gmail: tested() }),
      { ...alone, reference: 'ktm 472' },
      ALL.slice(3),
    ],
    [
      'another reference',
      smtp({ gmail: tested() }),
      { ...alone, reference: 'XYZ-999' },
      [],
      'not-interactive',
    ],
    [
      'a reference of a message that is not sent yet',
      smtp({ gmail: UNTESTED }),
      { ...alone, reference: 'KTM-472' },
      ['test-message'],
      'not-interactive',
    ],
    [
      'a sender that somebody must see',
      smtp({ sendAs: SEND_AS, gmail: tested({ from: SEND_AS }) }),
      { ...alone, reference: 'KTM-472' },
      [],
      'not-interactive',
    ],
    [
      'many sites, and somebody must sign in',
      smtp(),
      { ...yes, withoutSignIn: true },
      [],
      'sign-in-needed',
    ],
    ['without SMTP, nobody is needed', without({ gmail: tested() }), alone, []],
  ])('%s', expectPlan);
});

describe('by a service account', () => {
  const same = { ...BY_KEY, email };
  test.each<Row>([
    ['SMTP alone', smtp(), { serviceAccount: BY_KEY }, ALL],
    [
      'nobody knows the account',
      smtp({ smtp: { ...SMTP, user: 'mailer' } }),
      { serviceAccount: BY_KEY },
      [],
      'usage',
    ],
    [
      'by this one, with this key',
      smtp({ gmail: delegated() }),
      { serviceAccount: same },
      ALL.slice(3),
    ],
    [
      'with another key',
      smtp({ gmail: delegated() }),
      { serviceAccount: { ...BY_KEY, key: 'new' } },
      ALL,
    ],
    ['from a key to none', smtp({ gmail: delegated() }), { serviceAccount: KEYLESS }, ALL],
    ['from none to a key', smtp({ gmail: delegated('keyless') }), { serviceAccount: BY_KEY }, ALL],
    [
      'without a key as before',
      smtp({ gmail: delegated('keyless') }),
      { serviceAccount: KEYLESS },
      ALL.slice(3),
    ],
    [
      'by another one',
      smtp({ gmail: delegated() }),
      { serviceAccount: { ...BY_KEY, email: 'other@x.iam.gserviceaccount.com' } },
      ALL,
    ],
    ['in place of a sign-in', smtp({ gmail: tested() }), { serviceAccount: BY_KEY }, ALL],
    // No browser mends it: only the key does, given again.
    ['its key is gone', smtp({ gmail: delegated() }), { google: 'refuses' }, [], 'sign-in-needed'],
    [
      'its key is gone, and given again',
      smtp({ gmail: delegated() }),
      { google: 'refuses', serviceAccount: BY_KEY },
      ALL,
    ],
  ])('%s', expectPlan);
});

describe('the account to sign in with', () => {
  const mailer = { ...SMTP, user: 'mailer' };
  test.each<[which: string, site: Site, account: string | null, expected: string]>([
    [
      'the one named',
      smtp({ account: HELLO, gmail: UNTESTED }),
      'desk@x.example',
      ' for desk@x.example.',
    ],
    ['the one on record', smtp({ account: HELLO }), null, ` for ${HELLO}.`],
    ['the SMTP user', smtp(), null, ` for ${INFO}.`],
    ['none where that is no address', smtp({ smtp: mailer }), null, ' page.'],
    ['none where that is the send-as address', smtp({ sendAs: INFO }), null, ' page.'],
  ])('%s', async (_which, site, account, expected) => {
    expect((await plan(site, { account })).signIn).toContain(expected);
  });

  test('is the one that is connected, before the one on record: whoever agreed to it is not asked again', async () => {
    const site = smtp({ account: HELLO, gmail: tested() });
    expect(await plan(site, {})).toMatchObject({ acts: ALL.slice(3), end: 'done' });
    expect((await plan(site, { google: 'refuses' })).signIn).toContain(` for ${INFO}.`);
  });
});
