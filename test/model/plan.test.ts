/**
 * The plan is the outcome: for every stored state and every option of `migrate`, the dry run says that it would act at
 * just the steps at which the run with a person who plays along does act, and ends as that run ends.
 */

import { expect, test } from '@jest/globals';
import { DelegatedTokens } from '../../src/connection/delegated-tokens.js';
import { MailError } from '../../src/errors.js';
import type { World } from '../../src/kit/world.js';
import { hashReference } from '../../src/sites/reference.js';
import type { GmailConnection, Site } from '../../src/sites/site.js';
import type { Reporter } from '../../src/terminal/reporter.js';
import { aSite, REFERENCE, SMTP } from '../sites/a-site.js';
import { MemorySecrets, MemorySites, openGate } from '../support/memory-store.js';
import { randomOf } from '../support/random.js';
import { person, twin } from '../support/twin.js';
import { ISSUER, MemoryGoogle, mockGoogle, visit } from './memory-google.js';
import { ACCOUNTS } from './world.js';

mockGoogle();
const { dryRun, isMigrated, migrateSite } = await import('../../src/steps/migrate-site.js');
const { holdSite } = await import('../../src/sites/hold.js');

const HOUR = 3_600_000;
const NOW = new Date();
const ago = (ms: number) => new Date(NOW.getTime() - ms).toISOString();
const [INFO = { email: '', subject: '' }, , JANE = INFO] = ACCOUNTS;
const LOGIN = 'jane@harbour-physio.example';
const SEND_AS = 'appointments@harbour-physio.example';

/** Everything that a plan may depend on; each with all that it can be. */
const STATES = {
  smtp: ['at an address', 'of a user that is none', 'none'],
  connection: [
    'none',
    'works',
    'ended',
    'unreachable',
    'token gone',
    'other issuer',
    'other client',
  ],
  lastTest: ['none', 'unanswered', 'confirmed', 'sender seen', 'denied', 'old', 'other sender'],
  sendAs: [null, SEND_AS],
  store: ['vault', 'keychain'],
} as const;
const OPTIONS = {
  yes: [false, true],
  canAsk: [false, true],
  reauthenticate: [false, true],
  account: [null, INFO.email, JANE.email],
  to: [null, LOGIN, 'desk@harbour-physio.example'],
  reference: [null, 'ktm 472', 'XYZ-999'],
} as const;

type OneOf<T extends Readonly<Record<string, readonly unknown[]>>> = {
  readonly [K in keyof T]: T[K][number];
};
type Case = OneOf<typeof STATES> & OneOf<typeof OPTIONS>;

/** Each combination that means something. */
function* allCases(): Generator<Case> {
  const dimensions = Object.entries({ ...STATES, ...OPTIONS });
  const total = dimensions.reduce((count, [, values]) => count * values.length, 1);
  for (let number = 0; number < total; number += 1) {
    let rest = number;
    const one: Record<string, unknown> = {};
    for (const [name, values] of dimensions) {
      one[name] = values[rest % values.length];
      rest = Math.floor(rest / values.length);
    }
    const found = one as Case;
    const isPossible = found.connection !== 'none' || found.lastTest === 'none';
    // The wrong store is refused whatever else is asked for.
    const isTold = found.store === 'vault' || (found.to ?? found.reference) === null;
    if (isPossible && isTold) yield found;
  }
}

/** Where a run or a plan acted, and the error it ended on. */
interface Course {
  readonly acted: readonly string[];
  readonly end: { readonly code: string; readonly message: string } | null;
}

/** Records and secrets, made anew for the plan and for the run. */
class Computer {
  readonly sites = new MemorySites();
  readonly secrets = new MemorySecrets();
  readonly google = new MemoryGoogle();
  readonly site: Site;
  readonly #case: Case;

  constructor(one: Case) {
    this.#case = one;
    const user = one.smtp === 'at an address' ? INFO.email : 'mailer';
    const smtp = one.smtp === 'none' ? null : { ...SMTP, user };
    const gmail = one.connection === 'none' ? null : this.#connection(one);
    const hasSecrets = smtp !== null || gmail !== null;
    this.site = aSite({
      smtp,
      gmail,
      sendAs: one.sendAs,
      login: LOGIN,
      credentials: hasSecrets ? one.store : null,
    });
    this.sites.put(this.site);
    const slots = this.secrets.of(this.site.name);
    if (smtp !== null)
      slots.set('smtp-password', JSON.stringify({ ...smtp.password, secret: 'x' }));
  }

  #connection({ connection, lastTest, sendAs }: Case): GmailConnection {
    const grant = this.google.grant(INFO);
    if (connection === 'ended') this.google.end(INFO.subject, 'outside');
    if (connection !== 'token gone') {
      const content = JSON.stringify({ id: 'connection-1', secret: grant.token });
      this.secrets.of('harbour-physio').set('google-token-a', content);
    }
    const isConfirmed = lastTest === 'confirmed' || lastTest === 'sender seen';
    return {
      id: 'connection-1',
      method: 'oauth',
      ...INFO,
      issuer: connection === 'other issuer' ? 'https://issuer.example' : ISSUER,
      clientId: connection === 'other client' ? 'another-client' : 'the-client',
      tokenSlot: 'a',
      connectedAt: ago(40 * HOUR),
      usedAt: ago(HOUR),
      test:
        lastTest === 'none'
          ? null
          : {
              to: LOGIN,
              id: this.google.accept(grant),
              referenceHash: hashReference('connection-1', REFERENCE),
              acceptedAt: ago(lastTest === 'old' ? 25 * HOUR : HOUR),
              arrival: lastTest === 'denied' ? 'denied' : isConfirmed ? 'confirmed' : 'unanswered',
              from: lastTest === 'other sender' ? JANE.email : (sendAs ?? INFO.email),
              senderSeen: lastTest === 'sender seen',
            },
    };
  }

  /** What both need; the person plays along. */
  world(report: Reporter): World {
    const signal = new AbortController().signal;
    // What happens after a person was at Google can't be foreseen.
    let isAway = this.#case.connection === 'unreachable';
    visit(signal, this.google, {
      gate: async (call, work) => {
        if (isAway && call === 'refresh at Google') {
          throw new MailError('google-unavailable', 'Google does not answer.', 'Wait.');
        }
        return work();
      },
      signsIn: (expected) => {
        isAway = false;
        return ACCOUNTS.find(({ email }) => email === expected) ?? INFO;
      },
      agreesTo: () => true,
      accepted: () => undefined,
      sent: () => undefined,
    });
    return twin({
      client: async () => ({ id: 'the-client', secret: null }),
      delegation: async () => new DelegatedTokens({}),
      issuer: { id: ISSUER, isStandIn: false, discoveryUrl: '', gmailRootUrl: '', iamRootUrl: '' },
      now: () => NOW,
      signal,
      report,
      ask: this.#case.canAsk ? this.#playsAlong() : null,
      sites: async () =>
        this.sites.viewOf(null, openGate, () => Promise.reject(new Error('nobody else is here'))),
      secrets: async () => this.secrets.viewOf(null, openGate),
    });
  }

  #playsAlong() {
    return person([
      [/Press Enter/, undefined],
      [/^Type its reference/, REFERENCE],
      [/^Which sender/, 'send-as'],
    ]);
  }

  options() {
    const { yes, reauthenticate, account, to, reference } = this.#case;
    const asked = { yes, reauthenticate, account, to, reference };
    return { ...asked, serviceAccount: null, useBrowser: true, readFirst: true, timeoutMs: 1_000 };
  }
}

async function planOf(one: Case): Promise<Course> {
  const computer = new Computer(one);
  const before = computer.site;
  const course = await courseOf((report) =>
    dryRun(computer.site, computer.options(), computer.world(report)),
  );
  expect(computer.sites.get(computer.site.name)).toEqual(before);
  expect(computer.sites.changes + computer.secrets.changes).toBe(1);
  return course;
}

/** As the command: a site that is done is told so, and nothing is asked. */
async function runOf(one: Case): Promise<Course> {
  const computer = new Computer(one);
  return courseOf((report) => {
    const world = computer.world(report);
    return holdSite(world, computer.site.name, async (held) => {
      if (await isMigrated(held, computer.options(), world)) return;
      await migrateSite(held, computer.options(), world);
    });
  });
}

async function courseOf(work: (report: Reporter) => Promise<unknown>): Promise<Course> {
  const acted: string[] = [];
  const report: Reporter = {
    ...twin().report,
    ended: ({ name }, { status, facts }) => {
      // The first step and the last change nothing.
      if (name === 'check-settings' || name === 'confirm-pathway') return;
      if (status === 'done' || facts?.dryRun === true) acted.push(name);
    },
    failed: () => undefined,
  };
  try {
    await work(report);
    return { acted, end: null };
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    return { acted, end: { code: error.code, message: error.message } };
  }
}

test('for every stored state and every option', async () => {
  const all = [...allCases()];
  // Shares no factor with how many values anything has: with 3, every case met had the same kind of SMTP settings.
  const step = Number(process.env.PLAN_STEP ?? (process.env.TEST_ALL === '1' ? 5 : 23));
  const offset = Number(
    process.env.PLAN_OFFSET ?? Math.floor(randomOf('Which states are planned')() * step),
  );
  const wrong: unknown[] = [];
  const ends = new Map<string, number>();
  for (let index = offset; index < all.length && wrong.length < 3; index += step) {
    const one = all[index] as Case;
    const [plan, outcome] = [await planOf(one), await runOf(one)];
    if (JSON.stringify(plan) !== JSON.stringify(outcome)) wrong.push({ ...one, plan, outcome });
    const end = outcome.end?.code ?? 'done';
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  expect(wrong).toEqual([]);
  // Every end must have been met, or little was tested.
  const met = [...ends].filter(([, count]) => count > 3).map(([end]) => end);
  expect(met.sort()).toEqual([
    'done',
    'google-unavailable',
    'invalid-settings',
    'not-interactive',
    'usage',
  ]);
}, 1_200_000);
