/** The test message as a mail program reads it, also when a practice has an awkward name. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import {
  composeTestMessage,
  referenceOf,
  type TestMessageFacts,
} from '../../../src/mail/message/test-message.js';

const FACTS: TestMessageFacts = {
  siteName: 'harbour-physio',
  organisation: 'Harbour Physio',
  account: 'info@harbour-physio.example',
  from: 'info@harbour-physio.example',
  to: 'jane@harbour-physio.example',
  reference: 'KTM-472',
  isForSwitch: true,
  hasSmtp: true,
  date: new Date('2026-11-20T10:00:00.000Z'),
};

const compose = (change: Partial<TestMessageFacts> = {}) =>
  composeTestMessage({ ...FACTS, ...change });
const parse = async (change: Partial<TestMessageFacts> = {}): Promise<ParsedMail> =>
  simpleParser(compose(change));

/** The names of the header lines, folded lines joined to theirs. */
function headerNames(message: Buffer): string[] {
  const [head = ''] = message.toString('latin1').split('\r\n\r\n');
  return [...head.matchAll(/^([^\s:]+):/gm)].map(([, name = '']) => name.toLowerCase()).sort();
}

describe('what it says', () => {
  test('its headers', async () => {
    const message = await parse();
    expect(message.subject).toBe('Gmail Test Connection from WriteUpp');
    expect(message.from?.value).toEqual([{ name: 'Harbour Physio', address: FACTS.account }]);
    expect((message.to as AddressObject).value).toEqual([{ name: '', address: FACTS.to }]);
    expect(message.date).toEqual(FACTS.date);
    expect(message.messageId).toMatch(/^<[0-9a-f]{32}@harbour-physio\.example>$/);
    expect(message.headers.get('auto-submitted')).toBe('auto-generated');
    expect(message.headers.get('mime-version')).toBe('1.0');
  });

  test('which site and which account it proves, and its reference, in text and in HTML', async () => {
    const message = await parse();
    for (const part of [message.text, String(message.html)]) {
      expect(part).toContain('harbour-physio');
      expect(part).toContain(FACTS.account);
      expect(part).toContain('KTM-472');
      expect(part).toContain('Harbour Physio');
    }
  });

  const FOR_GOOD = 'removes the SMTP settings of this practice here, for good';
  test.each([
    [true, true, 'type this reference there', true],
    [true, false, 'type this reference there', false],
    [false, true, 'the program can ask for this reference', true],
    [false, false, 'There is nothing to answer', false],
  ])('what its reference is for (switch %s, SMTP settings %s)', async (...row) => {
    const [isForSwitch, hasSmtp, words, removes] = row;
    const message = await parse({ isForSwitch, hasSmtp });
    for (const part of [message.text, String(message.html)]) {
      const plain = part?.replace(/\s+/g, ' ');
      expect(plain).toContain(words);
      expect(plain?.includes(FOR_GOOD)).toBe(removes);
    }
  });

  test('the sender that it is to be seen with, where it is not the account', async () => {
    const message = await parse({ from: 'desk@harbour-physio.example' });
    expect(message.from?.value).toMatchObject([{ address: 'desk@harbour-physio.example' }]);
    expect(message.text).toMatch(/Sender: +desk@harbour-physio\.example/);
  });

  test('a domain of other letters in its ASCII form', async () => {
    const message = await parse({ to: 'jane@praxis-müller.example' });
    expect((message.to as AddressObject).text).toBe('jane@praxis-müller.example');
    expect(compose({ to: 'jane@praxis-müller.example' }).toString()).toContain(
      'To: jane@xn--praxis-mller-klb.example\r\n',
    );
  });

  test('CRLF line ends alone, and no line beyond 998 octets (RFC 5322 2.1.1)', () => {
    for (const organisation of ['é'.repeat(200), 'x'.repeat(2_000)]) {
      const message = compose({ organisation }).toString('latin1');
      expect(message.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      for (const line of message.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
    }
  });

  test('another Message-ID each time', async () => {
    expect((await parse()).messageId).not.toBe((await parse()).messageId);
  });
});

describe('a practice with an awkward name', () => {
  test.each([
    'Physio, Harbour & Sons',
    'The "Harbour" Practice',
    'Back\\slash',
    'Müller & Söhne – Praxis',
    '診所',
    "O'Brien <physio>",
    'a@b.example, Physio',
  ])('%s: is the sender as it stands', async (organisation) => {
    const message = await parse({ organisation });
    expect(message.from?.value).toEqual([{ name: organisation, address: FACTS.account }]);
  });

  test('can add no header line, recipient or tag, whatever the names are', async () => {
    const plain = headerNames(compose());
    const nasty = fc.string({
      unit: fc.constantFrom(...'\r\n :,;<>"\\@=?&aé\0\t', 'Bcc: ', 'x@evil.example', '<script>'),
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(nasty, nasty, async (organisation, siteName) => {
        const message = compose({ organisation, siteName });
        expect(headerNames(message)).toEqual(plain);
        const parsed = await simpleParser(message);
        expect(parsed.from?.value.map(({ address }) => address)).toEqual([FACTS.account]);
        expect((parsed.to as AddressObject).value).toHaveLength(1);
        expect(String(parsed.html)).not.toContain('<script>');
      }),
      { numRuns: 200 },
    );
  });
});

test('a reference is read out on the phone without mistakes', () => {
  const seen = new Set<string>();
  for (let count = 0; count < 200; count += 1) {
    const reference = referenceOf(['connection', String(count)]);
    expect(reference).toMatch(/^[ACDEFHJKMNPRTUWXY]{3}-[1-9]\d\d$/);
    expect(referenceOf(['connection', String(count)])).toBe(reference);
    seen.add(reference);
  }
  // The same for the same message, and another one for another.
  expect(seen.size).toBeGreaterThan(195);
});
