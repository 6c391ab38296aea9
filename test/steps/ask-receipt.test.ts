/** The question before the deed: what is said with it, and that neither habit nor a mistake answers it. */

import { describe, expect, test } from '@jest/globals';
import type { HeldSite } from '../../src/sites/held-site.js';
import type { Site, TestMessage } from '../../src/sites/site.js';
import type { MigrationOptions } from '../../src/steps/situation.js';
import { beginning } from '../../src/steps/situation.js';
import { confirmReceiptStep } from '../../src/steps/test-steps.js';
import type { Ask } from '../../src/terminal/prompts.js';
import { aSite, GMAIL, REFERENCE, SMTP, TEST_MESSAGE } from '../sites/a-site.js';
import { Heard, person, twin } from '../support/twin.js';

const SEND_AS = 'appointments@harbour-physio.example';
const PLAIN: MigrationOptions = {
  ...{ yes: false, reauthenticate: false, account: null, to: null, reference: null },
  ...{ useBrowser: true, readFirst: true, serviceAccount: null, timeoutMs: 5_000 },
};

/** The step with a person; what was said and asked, in its order, and what was recorded. */
async function receiptOf(
  ask: Ask,
  heard: Heard,
  { site: given = {}, options = {} }: { site?: Partial<Site>; options?: object } = {},
) {
  const gmail = { ...GMAIL, test: { ...TEST_MESSAGE, from: given.sendAs ?? GMAIL.email } };
  const site = aSite({ smtp: SMTP, gmail, ...given });
  const world = twin({ ask }, { heard });
  const recorded: string[] = [];
  const held = {
    site,
    recordArrival: async (arrival: string) => void recorded.push(arrival),
  } as unknown as HeldSite;
  const hands = { accessToken: null, pending: null, delegated: null };
  const situation = beginning(site, { ...PLAIN, ...options }, world);
  const error = await confirmReceiptStep.act(situation, { held, hands, world }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { error, recorded, said: heard.notes.join('\n') };
}

describe('what typing the reference does is said before it is typed', () => {
  const FOR_GOOD = 'removes the SMTP settings for good';
  const SHAPE = 'three letters, three digits';

  test.each<[string, Partial<Site>, boolean]>([
    ['with SMTP settings', {}, true],
    ['with nothing to remove', { smtp: null }, false],
  ])('%s', async (_which, given, removes) => {
    const heard = new Heard();
    const typed = (question: string) => {
      expect(question).toMatch(/^Type its reference/);
      expect(question).toContain(SHAPE);
      expect(heard.notes.join('\n').includes(FOR_GOOD)).toBe(removes);
      return REFERENCE;
    };
    const { error, recorded } = await receiptOf(person([[/./, typed]]), heard, { site: given });
    expect(error).toBeNull();
    expect(recorded).toEqual(['confirmed']);
  });

  test('also where it was given with the command, and only the sender is asked for', async () => {
    const heard = new Heard();
    const asked = (question: string) => {
      expect(question).toMatch(/^Which sender/);
      expect(heard.notes.join('\n')).toContain('the SMTP settings are removed for good');
      return 'send-as';
    };
    const given = { options: { reference: REFERENCE }, site: { sendAs: SEND_AS } };
    const { recorded } = await receiptOf(person([[/./, asked]]), heard, given);
    expect(recorded).toEqual(['confirmed']);
  });
});

test('a wrong reference is refused in its field, Enter alone is taken, and is neither Yes nor No', async () => {
  const heard = new Heard();
  const questions: string[] = [];
  const ask: Ask = {
    ...person([[/^What now/, 'stop']], heard),
    text: async (question, check) => {
      questions.push(question);
      expect(check('ABC-123')).toContain('That is not the reference of this message.');
      expect(check(REFERENCE.toLowerCase().replace('-', ' '))).toBeNull();
      expect(check(' ')).toBeNull();
      return '';
    },
  };
  const { error, recorded } = await receiptOf(ask, heard);
  expect(error).toMatchObject({ code: 'cancelled' });
  expect(recorded).toEqual([]);
});

test('Enter alone at the sender is neither a Yes nor a No: it is asked again', async () => {
  const heard = new Heard();
  let times = 0;
  const ask: Ask = {
    ...person([[/^Type its reference/, REFERENCE]], heard),
    // Enter takes the first.
    choose: async (_question, [first, second]) => {
      times += 1;
      const taken = times < 3 ? first : second;
      if (taken === undefined) throw new Error('there are choices');
      return taken.value;
    },
  };
  const { recorded } = await receiptOf(ask, heard, { site: { sendAs: SEND_AS } });
  expect(times).toBe(3);
  expect(recorded).toEqual(['confirmed']);
});

test('once it was sent to another address, the reference of that message counts, and the one before no more', async () => {
  const heard = new Heard();
  const ELSEWHERE = 'desk@harbour-physio.example';
  const sent: { test: TestMessage; reference: string }[] = [];
  const typed: (string | null)[] = [];
  const ask: Ask = {
    ...person([[/^What now/, () => (sent.length === 0 ? 'elsewhere' : 'stop')]], heard),
    text: async (question, check) => {
      if (/^Send it to which/.test(question)) return ELSEWHERE;
      const [second] = sent;
      if (second === undefined) return '';
      typed.push(check(REFERENCE), check(second.reference));
      return second.reference;
    },
  };
  const gmail = { ...GMAIL, test: TEST_MESSAGE };
  const site = aSite({ smtp: SMTP, gmail });
  const recorded: string[] = [];
  const held = {
    ...{ site, handsOver: true },
    testByWriteUpp: async (_live: unknown, test: TestMessage, message: Buffer) => {
      const reference = /\b[A-Z]{3}-\d{3}\b/.exec(message.toString())?.[0] ?? '';
      sent.push({ test, reference });
      return { ...test, id: 'second' };
    },
    recordArrival: async (arrival: string) => void recorded.push(arrival),
  } as unknown as HeldSite;
  const world = twin({ ask }, { heard });
  const situation = { ...beginning(site, PLAIN, world), live: gmail };
  const accessToken = { token: 't', expiresAt: 0 };
  const hands = { accessToken, pending: null, delegated: null };
  await confirmReceiptStep.act(situation, { held, hands, world }).catch(() => undefined);
  expect(sent.map(({ test }) => test.to)).toEqual([ELSEWHERE]);
  expect(typed).toEqual([expect.stringContaining('That is not the reference'), null]);
  expect(recorded).toEqual(['confirmed']);
});
