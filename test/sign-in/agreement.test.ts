/** Who may go through after a sign-in: the expected account, or one that the person agrees to in time. */

import { describe, expect, test } from '@jest/globals';
import { agreeOnAccount } from '../../src/sign-in/agreement.js';
import type { Deadline } from '../../src/sign-in/deadline.js';
import type { Talk } from '../../src/sign-in/talk.js';
import type { Site } from '../../src/sites/site.js';
import { aSite, GMAIL, ISSUER } from '../sites/a-site.js';

const INFO = 'info@harbour-physio.example';
const HELLO = 'hello@harbour-physio.example';

type Decision = Awaited<ReturnType<Talk['askAboutAccount']>>;

/** What becomes of it; what the browser was told, and whether the person was asked. */
async function agree(
  actual: string,
  expected: string | null,
  answer: (() => Promise<Decision>) | null,
  given: { readonly site?: Partial<Site>; readonly over?: Deadline['over'] } = {},
) {
  const heard = { asked: 0, told: 0, renamed: 0 };
  const talk = {
    canAsk: answer !== null,
    askAboutAccount: () => {
      heard.asked += 1;
      return answer?.() ?? Promise.reject(new Error('nobody is there'));
    },
    tellRenamed: () => {
      heard.renamed += 1;
    },
  } as unknown as Talk;
  const deadline = {
    signal: new AbortController().signal,
    over: given.over ?? new Promise(() => undefined),
  } as unknown as Deadline;
  const site = aSite(given.site);
  const request = {
    ...{ site, expectedAccount: expected, timeoutMs: 300_000 },
    ...{ useBrowser: true, readFirst: false, reassurance: null },
  };
  const outcome = await agreeOnAccount(
    { email: actual, subject: GMAIL.subject },
    request,
    talk,
    deadline,
    ISSUER,
    () => {
      heard.told += 1;
    },
  ).catch(({ code }) => code);
  return [outcome, heard] as const;
}

const QUIET = { asked: 0, told: 0, renamed: 0 };
const ASKED = { asked: 1, told: 1, renamed: 0 };
const says = (decision: Decision) => async () => decision;

describe('an account', () => {
  test.each<[string, string, string | null, (() => Promise<Decision>) | null, string, object]>([
    [
      'that is expected is not asked about',
      INFO,
      INFO.toUpperCase(),
      says('stop'),
      'agreed',
      QUIET,
    ],
    ['that is expected needs nobody', INFO, INFO, null, 'agreed', QUIET],
    ['that is not is agreed to', HELLO, INFO, says('use'), 'agreed', ASKED],
    ['that is not is signed in again', HELLO, INFO, says('again'), 'again', ASKED],
    ['that is not ends it', HELLO, INFO, says('stop'), 'cancelled', ASKED],
    ['where none is expected is asked about', INFO, null, says('use'), 'agreed', ASKED],
    ['that is not, with nobody', HELLO, INFO, null, 'account-mismatch', QUIET],
    ['where none is expected, with nobody', INFO, null, null, 'usage', QUIET],
    // The end of the input, or of the time, at the question: never a Yes, and never another round.
    ['whose question was closed is none', HELLO, INFO, says(null), 'sign-in-timeout', ASKED],
  ])('%s', async (_what, actual, expected, answer, outcome, heard) => {
    expect(await agree(actual, expected, answer)).toEqual([outcome, heard]);
  });

  test('that nobody agrees to in time is none, once the question has given the terminal back', async () => {
    let isClosed = false;
    const question = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      isClosed = true;
      return null;
    };
    const over = Promise.resolve('time-out') as Deadline['over'];
    expect(await agree(HELLO, INFO, question, { over })).toEqual(['sign-in-timeout', ASKED]);
    expect(isClosed).toBe(true);
  });

  test('that Google renamed is the same, by its key at this issuer', async () => {
    const site = { gmail: GMAIL, sendAs: 'desk@harbour-physio.example' };
    const renamed = { ...QUIET, renamed: 1 };
    expect(await agree(HELLO, INFO, says('stop'), { site })).toEqual(['agreed', renamed]);
    for (const other of [
      { subject: '2' },
      { issuer: 'http://127.0.0.1:4000' },
      { email: 'x@y.example' },
    ]) {
      const gmail = { ...GMAIL, ...other };
      expect(await agree(HELLO, INFO, null, { site: { ...site, gmail } })).toEqual([
        'account-mismatch',
        QUIET,
      ]);
    }
  });
});
