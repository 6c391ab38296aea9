/** Who gets a message: the rules where the header and the arguments meet. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRawMessage } from '../../src/message/raw-message.js';
import {
  envelopeRecipients,
  gmailRecipients,
  headerRecipients,
  readAskedRecipients,
} from '../../src/message/recipients.js';

const message = (text: string) => parseRawMessage(Buffer.from(`${text}\r\n\r\nx\r\n`));
const asked = (...args: readonly string[]) => readAskedRecipients(false, args);

describe('addresses in a header', () => {
  test.each([
    ['To: a@x.example', ['a@x.example']],
    [
      'To: "B, b" <b@x.example>, a@x.example (comment, c@x.example)',
      ['b@x.example', 'a@x.example'],
    ],
    [
      'To: Carers: a@x.example, "b" <b@x.example>;, c@x.example',
      ['a@x.example', 'b@x.example', 'c@x.example'],
    ],
    ['To: undisclosed-recipients:;', []],
    ['To:', []],
    ['To: A@x.example, a@X.example', ['A@x.example']],
    [
      'Cc: c@x.example\r\nTo: a@x.example\r\nBcc: b@x.example\r\nTo: d@x.example',
      ['a@x.example', 'd@x.example', 'c@x.example', 'b@x.example'],
    ],
    ['To: "evil@y.example" <a@x.example>', ['a@x.example']],
    ['To: a@x.example <a@x.example>, b@x.example <b@x.example>', ['a@x.example', 'b@x.example']],
    ['To: Pat (at (the @ desk) "x") <a@x.example>', ['a@x.example']],
    ['To: "a, \\"b@y.example\\"" <a@x.example>', ['a@x.example']],
    ['To: Pat, the patient <a@x.example>', ['a@x.example']],
    ['To: Zoë <zoë@häfen.example>', ['zoë@häfen.example']],
    ['Resent-To: r@x.example\r\nX-To: y@x.example\r\nTo: a@x.example', ['a@x.example']],
  ])('%s', (header, addresses) => {
    expect(headerRecipients(message(header))).toEqual(addresses);
  });

  test.each([
    'To: root',
    'Cc: a@x.example, b',
    'Bcc: <>',
    'To: a@x.example b@x.example',
    'To: a@localhost',
  ])('%s: invalid-recipient', (header) => {
    expect(() => headerRecipients(message(header))).toThrow(
      expect.objectContaining({ code: 'invalid-recipient' }),
    );
  });
});

describe('through Gmail', () => {
  test('by property: everyone asked for gets it and nobody else, or it is refused', () => {
    const people = fc.subarray(['a@x.example', 'b@x.example', 'c@x.example', 'd@x.example']);
    fc.assert(
      fc.property(people, people, fc.boolean(), (named, args, shouts) => {
        const to = message(named.length > 0 ? `To: ${named.join(', ')}` : 'Subject: x');
        const wanted = shouts ? args.map((one) => one.toUpperCase()) : args;
        const isRefused =
          args.length === 0 ? named.length === 0 : named.some((one) => !args.includes(one));
        const decide = () => gmailRecipients(to, asked(...wanted));
        if (isRefused) {
          expect(decide).toThrow(expect.objectContaining({ code: 'invalid-recipient' }));
          return;
        }
        const { all, added } = decide();
        const expected = args.length > 0 ? args : named;
        expect(all.map((one) => one.toLowerCase()).sort()).toEqual([...expected].sort());
        expect(added.map((one) => one.toLowerCase())).toEqual(
          args.filter((one) => !named.includes(one)),
        );
      }),
    );
  });

  test('100 are taken and 101 are not', () => {
    const people = (count: number) => Array.from({ length: count }, (_, at) => `p${at}@x.example`);
    expect(gmailRecipients(message('Subject: x'), asked(...people(100))).all).toHaveLength(100);
    expect(() => gmailRecipients(message('Subject: x'), asked(...people(101)))).toThrow(
      expect.objectContaining({ code: 'invalid-recipient' }),
    );
  });
});

describe('through a server with an envelope', () => {
  test('the arguments decide, whoever the header names', () => {
    const to = message('To: a@x.example, not an address');
    expect(envelopeRecipients(to, asked('b@x.example'))).toEqual(['b@x.example']);
  });

  test('without arguments, and with -t, the header does', () => {
    const to = message('To: a@x.example\r\nBcc: b@x.example');
    expect(envelopeRecipients(to, asked())).toEqual(['a@x.example', 'b@x.example']);
    expect(envelopeRecipients(to, readAskedRecipients(true, []))).toHaveLength(2);
  });

  test('nobody: invalid-recipient', () => {
    expect(() => envelopeRecipients(message('Subject: x'), asked())).toThrow(
      expect.objectContaining({ code: 'invalid-recipient' }),
    );
  });
});

describe('arguments', () => {
  test('may hold several addresses, and names', () => {
    expect(asked('a@x.example,b@x.example', '"C" <c@x.example>', 'A@x.example').addresses).toEqual([
      'a@x.example',
      'b@x.example',
      'c@x.example',
    ]);
  });

  test.each([['root'], [''], ['a@x.example\r\nRCPT TO:<b@x.example>'], ['-x']])(
    '%j is none',
    (arg) => {
      expect(() => asked(arg)).toThrow(expect.objectContaining({ code: 'invalid-recipient' }));
    },
  );

  test('beside -t: usage', () => {
    expect(() => readAskedRecipients(true, ['a@x.example'])).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });
});
