/** A whole sign-in in memory, but for its listener and a small Google: what can go wrong, and that the same run goes on. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { World } from '../../src/kit/world.js';
import { type PendingSignIn, signIn } from '../../src/sign-in/browser-sign-in.js';
import { signedInPage } from '../../src/sign-in/pages.js';
import type { Site } from '../../src/sites/site.js';
import type { Ask } from '../../src/terminal/prompts.js';
import { aSite, GMAIL, SMTP } from '../sites/a-site.js';
import { SmallGoogle } from '../steps/small-google.js';
import { Heard, person, twin } from '../support/twin.js';

const INFO = 'info@harbour-physio.example';
const HELLO = 'hello@harbour-physio.example';
const google = new SmallGoogle();
beforeAll(() => google.start());
afterAll(() => google.stop());

let heard: Heard;
/** Google's pages in the order in which they were opened. */
let pages: string[];
let waits: (Date | undefined)[];
let copied: string[];
beforeEach(() => {
  heard = new Heard();
  [pages, waits, copied] = [[], [], []];
});

type Visit = (url: string) => Promise<unknown>;

/** Brings an address to the listener, as a browser that follows where it leads. */
const bring = async (address: string) => (await fetch(address)).text();
const signsIn = (email = INFO, more = {}): Visit => {
  return (url) => bring(google.visit(url, google.newGrant(email, more)));
};
const cancels: Visit = (url) => bring(google.visit(url, null));
const makesUpCode: Visit = (url) => {
  const made = new URL(google.visit(url, null));
  made.searchParams.delete('error');
  made.searchParams.set('code', 'made-up-by-somebody-else');
  return bring(made.href);
};

interface Given {
  readonly ask?: Ask | null;
  readonly site?: Partial<Site>;
  readonly world?: Partial<World>;
  readonly useBrowser?: boolean;
}

/** Signs in; each page that is opened is visited by the next of these. */
async function signInWith(visits: readonly Visit[], given: Given = {}): Promise<PendingSignIn> {
  const { ask = null, site = {}, world = {}, useBrowser = true } = given;
  const base = twin();
  const here = twin(
    {
      ask,
      client: async () => ({ id: 'the-client', secret: null }),
      issuer: {
        ...{ id: google.url, isStandIn: true, gmailRootUrl: '', iamRootUrl: '' },
        discoveryUrl: `${google.url}/.well-known/openid-configuration`,
      },
      browser: {
        canOpen: true,
        async open(oneTime) {
          const { headers } = await fetch(oneTime, { redirect: 'manual' });
          const url = headers.get('location') ?? '';
          pages.push(url);
          void visits[pages.length - 1]?.(url);
          return true;
        },
        whyNot: () => [],
      },
      report: {
        ...base.report,
        note: (line) => void heard.notes.push(line),
        waiting: (_what, until) => {
          waits.push(until);
          return () => undefined;
        },
        signInUrl: (url) => void pages.push(url),
        canCopy: () => true,
        copy: (text) => void copied.push(text),
      },
      ...world,
    },
    { heard },
  );
  const request = {
    site: aSite({ smtp: SMTP, ...site }),
    expectedAccount: INFO,
    ...{ useBrowser, readFirst: false, timeoutMs: 20_000, reassurance: null },
  };
  const pending = await signIn(request, here);
  await pending.finish(signedInPage(request.site, pending.identity.email, { isDone: false }));
  return pending;
}

/** Enter at every question. */
const pressesEnter: Ask = {
  ...person([]),
  choose: async (question, [first]) => {
    heard.questions.push(question);
    if (first === undefined) throw new Error('there are choices');
    return first.value;
  },
  until: () => pressesEnter,
};

describe('what ended without a permission is done again in the same run, by Enter', () => {
  test.each<[string, Visit]>([
    ['Cancel', cancels],
    ['a box that was not ticked', signsIn(INFO, { canSend: false })],
    ['a code that Google does not know', makesUpCode],
  ])('%s', async (_what, first) => {
    const { identity } = await signInWith([first, signsIn()], { ask: pressesEnter });
    expect(identity.email).toBe(INFO);
    expect(heard.questions).toEqual(['Sign in again?']);
    const [before, after] = pages.map((page) => new URL(page).searchParams.get('state'));
    expect(after).not.toBe(before);
    // Both waits say how long.
    expect(waits.map((until) => until instanceof Date)).toEqual([true, true]);
  });

  test('a box that was not ticked by another account that was agreed to: it is not asked about again', async () => {
    const answers = [
      [/was expected/, 'use'],
      [/^Sign in again/, 'again'],
    ] as const;
    const visits = [signsIn(HELLO, { canSend: false }), signsIn(HELLO)];
    const { identity } = await signInWith(visits, { ask: person(answers, heard) });
    expect(identity.email).toBe(HELLO);
    expect(heard.questions).toHaveLength(2);
  });

  test('Cancel is not doubted on the page that names it', async () => {
    let seen: Promise<unknown> | null = null;
    const visit: Visit = (url) => {
      seen = cancels(url);
      return seen;
    };
    const ask = person([[/^Sign in again/, 'stop']], heard);
    await expect(signInWith([visit], { ask })).rejects.toMatchObject({ code: 'consent-denied' });
    const page = await seen;
    expect(page).toContain('You chose Cancel. Nothing was changed.');
    expect(page).not.toMatch(/did not choose|in testing/);
  });
});

describe('an answer that somebody else made up', () => {
  const forgeries: [string, Visit][] = [
    ['a refusal', cancels],
    ['a code', makesUpCode],
  ];

  test.each(forgeries)('%s: the wait goes on, and says how long', async (_what, forge) => {
    const ask = person(
      [
        [
          /^Sign in again/,
          () => {
            setTimeout(() => void signsIn()(pages[0] ?? ''), 50);
            return 'wait';
          },
        ],
      ],
      heard,
    );
    const { identity } = await signInWith([forge], { ask });
    expect(identity.email).toBe(INFO);
    expect(pages).toHaveLength(1);
    expect(waits.map((until) => until instanceof Date)).toEqual([true, true]);
  });

  test.each(forgeries)('%s: the person’s own answer counts while it is asked', async (_, forge) => {
    const asks: Ask = {
      ...person([]),
      until: (signal) => ({
        ...asks,
        choose: () => {
          void signsIn()(pages[0] ?? '');
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          });
        },
      }),
    };
    const { identity } = await signInWith([forge], { ask: asks });
    expect(identity.email).toBe(INFO);
  });

  test.each([
    ['a refusal', cancels, 'consent-denied'],
    ['a code', makesUpCode, 'sign-in-needed'],
  ] as const)('%s ends it where nobody can be asked', async (_what, forge, code) => {
    await expect(signInWith([forge])).rejects.toMatchObject({ code });
  });
});

describe('a Google account that was renamed', () => {
  const renamed = (more: Partial<Site> = {}, issuer = google.url): Partial<Site> => ({
    gmail: { ...GMAIL, subject: 'one-key', email: INFO, issuer },
    ...more,
  });
  const visits = [signsIn(HELLO, { subject: 'one-key' })];
  const TOLD = `The Google account ${INFO} has the address ${HELLO} now. It is the same account.`;

  test('is asked about, since patients see another sender, and goes on', async () => {
    const ask = person([[/has the address/, 'use']], heard);
    const { identity } = await signInWith(visits, { ask, site: renamed() });
    expect(identity.email).toBe(HELLO);
    expect(heard.questions).toEqual([TOLD]);
  });

  test('goes on where nobody can be asked, and its new address is told', async () => {
    const { identity } = await signInWith(visits, { site: renamed() });
    expect(identity.email).toBe(HELLO);
    expect(heard.notes).toContain(TOLD);
  });

  test('is told and not asked about where patients see the same sender', async () => {
    const site = renamed({ sendAs: 'desk@harbour-physio.example' });
    const { identity } = await signInWith(visits, { ask: person([]), site });
    expect(identity.email).toBe(HELLO);
    expect(heard.notes).toContain(TOLD);
  });

  test.each([
    ['another key', 'another', () => google.url],
    ['the same key at another issuer', 'one-key', () => 'https://accounts.google.com'],
  ])('is none by %s', async (_what, subject, issuer) => {
    const signing = signInWith([signsIn(HELLO, { subject })], { site: renamed({}, issuer()) });
    await expect(signing).rejects.toMatchObject({ code: 'account-mismatch' });
  });
});

test('without a browser the same is said as with one, how long there is, and c copies the address', async () => {
  const answers = ['c', () => google.visit(pages[0] ?? '', google.newGrant(INFO))];
  const ask: Ask = {
    ...person([]),
    textUntil: async () => {
      const answer = answers.shift();
      return typeof answer === 'function' ? answer() : (answer ?? null);
    },
  };
  const { identity } = await signInWith([], { ask, useBrowser: false });
  expect(identity.email).toBe(INFO);
  expect(copied).toEqual([pages[0]]);
  const said = heard.notes.join('\n');
  expect(said).toContain(`There: sign in as ${INFO}, tick "Send email on your behalf"`);
  expect(said).toContain('press c, then Enter');
  expect(said).toContain('You have 20 s.');
});
