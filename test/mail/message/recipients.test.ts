/** Who gets a message: the rules where the header and the arguments meet. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MailError } from '../../../src/errors.js';
import { parseRawMessage } from '../../../src/mail/message/raw-message.js';
import {
  envelopeRecipients,
  gmailRecipients,
  readAskedRecipients,
} from '../../../src/mail/message/recipients.js';

const message = (text: string) => parseRawMessage(Buffer.from(`${text}\r\n\r\nx\r\n`));
/** Empty where there are none: that alone is no fault of a list. */
const recipientsOf = (header: string) => {
  const added = message(`${header}\r\nBcc: last@x.example`);
  return envelopeRecipients(added, asked()).filter((one) => one !== 'last@x.example');
};
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
    ['To: Zoë <zoë@häfen.example>', ['zoë@häfen.example']],
    ['X-To: y@x.example\r\nTo: a@x.example', ['a@x.example']],
    // RFC 5322 A.5.
    ['To: Team:a@example.org,b@example.org; (the whole team)', ['a@example.org', 'b@example.org']],
  ])('%s', (header, addresses) => {
    expect(recipientsOf(header)).toEqual(addresses);
  });

  test.each([
    'To: root',
    'Cc: a@x.example, b',
    'Bcc: <>',
    'To: a@x.example b@x.example',
    'To: a@localhost',
    'To: root, Jo <jo@x.example>',
    'To: Pat, the patient <a@x.example>',
    'To: a@x.example; b@x.example',
    'To: a@x.example <b@y.example>',
    'To: <@r.example:a@x.example>',
    'To: (a@x.example',
    'To: . <a@x.example>',
    'To: .: a@x.example;',
    'To: "a@x.example',
    'To: Team: a@x.example',
  ])('%s: invalid-recipient', (header) => {
    expect(() => envelopeRecipients(message(header), asked())).toThrow(
      expect.objectContaining({ code: 'invalid-recipient' }),
    );
  });
});

describe('a refused list is told by its entry', () => {
  const refusal = (header: string) => {
    try {
      envelopeRecipients(message(header), asked());
    } catch (error) {
      return `${(error as MailError).message}\n${(error as MailError).hint}`;
    }
    throw new Error('was accepted');
  };

  test.each([
    ['To: root, Jo <jo@x.example>', ['"root"', 'has no @', '"root, Jo" <jo@x.example>']],
    ['To: a@x.example, Smith, Jo <jo@x.example>', ['"Smith"', '"Smith, Jo" <jo@x.example>']],
    ['To: Jo <jo@x.example>, root', ['"root"', 'has no @']],
    [`To: ${'a'.repeat(65)}@x.example`, ['64 characters']],
    ['To: a..b@x.example', ['a dot']],
    ['To: .a@x.example', ['a dot']],
    ['To: a@box', ['name of a computer']],
    ['To: a@[192.0.2.1]', ['number of a computer']],
    ['To: "q q"@x.example', ['quotation marks']],
    ['To: a@x.example; b@x.example', ['a@x.example; b@x.example', 'stand commas']],
  ])('%s', (header, words) => {
    for (const word of words) expect(refusal(header)).toContain(word);
  });
});

describe('a message that was sent again (RFC 5322 3.6.6)', () => {
  const original = 'From: o@x.example\r\nTo: old@x.example\r\nBcc: oldhidden@x.example';
  const first = 'Resent-From: one@x.example\r\nResent-To: first@x.example';
  const second =
    'Resent-From: two@x.example\r\nResent-To: second@x.example\r\nResent-Bcc: hidden@x.example';

  test('goes to those of the latest resending, and to nobody else', () => {
    const twice = message(`${second}\r\n${first}\r\n${original}`);
    expect(envelopeRecipients(twice, readAskedRecipients(true, []))).toEqual([
      'second@x.example',
      'hidden@x.example',
    ]);
    expect(envelopeRecipients(twice, asked('arg@x.example'))).toEqual(['arg@x.example']);
  });

  test('names nobody in its latest resending: refused', () => {
    const nobody = message(`Resent-From: two@x.example\r\nReceived: x\r\n${first}\r\n${original}`);
    expect(() => envelopeRecipients(nobody, asked())).toThrow(
      expect.objectContaining({ code: 'invalid-recipient' }),
    );
  });

  test('can’t go through Gmail, which would mail the first recipients again', () => {
    expect(() => gmailRecipients(message(`${first}\r\n${original}`), asked())).toThrow(
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

test('a call for some of the recipients says what a mail server must set', () => {
  const message = parseRawMessage(Buffer.from('To: a@one.example, b@two.example\r\n\r\n'));
  expect(() =>
    gmailRecipients(message, { fromHeader: false, addresses: ['a@one.example'] }),
  ).toThrow(
    expect.objectContaining({
      code: 'invalid-recipient',
      hint: expect.stringMatching(/Postfix: .*_recipient_limit = 100.*Exim: batch_max = 100/),
    }),
  );
});
