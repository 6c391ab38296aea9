/** What is changed before a message leaves, by property: From, Reply-To and Bcc, and never anything else. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import {
  parseRawMessage,
  piecesOf,
  type RawMessage,
} from '../../../src/mail/message/raw-message.js';
import {
  completed,
  forGmail,
  forSmtp,
  forWriteUpp,
  fromAddress,
} from '../../../src/mail/message/rewrite.js';
import { fieldsBut, takeApart, valuesOf } from '../../support/eml.js';

const SENDER = {
  organisation: 'Harbour Physio',
  address: 'info@harbour-physio.example',
  name: null,
};

const partsOf = (message: RawMessage) => takeApart(Buffer.concat(piecesOf(message)));
const parse = (text: string) => parseRawMessage(Buffer.from(text, 'latin1'));

const field = fc.constantFrom(
  'From: jane@clinic.example\r\n',
  'FROM :\r\n "J, H" <jane@clinic.example>\r\n',
  'From: Info <INFO@harbour-physio.example>\r\n',
  'From: root\r\n',
  'Reply-To: desk@clinic.example\r\n',
  'Reply-To:\r\n',
  'Resent-Bcc: h@x.example\r\n',
  'To: a@x.example,\r\n\tb@x.example\r\n',
  'Cc: =?utf-8?q?C?= <c@x.example>\r\n',
  'Bcc: d@x.example\r\n',
  'bcc: "E" <e@x.example>,\r\n f@x.example\r\n',
  'Subject: caf\xe9 \xff\r\n',
  'X-From: not a sender\r\n',
);
const anyMessage = fc
  .tuple(fc.array(field, { maxLength: 8 }), fc.string({ maxLength: 40 }))
  .map(([fields, body]) => parse(`${fields.join('')}\r\n${body.replace(/[\r\n]/g, '')}`));

describe('for Gmail', () => {
  test('only From, Reply-To and Bcc are changed, and there is one From', () => {
    fc.assert(
      fc.property(anyMessage, fc.boolean(), (message, adds) => {
        const before = partsOf(message);
        const after = partsOf(forGmail(message, SENDER, adds ? ['g@x.example'] : []));
        expect(after.rest).toBe(before.rest);
        const changed = ['from', 'reply-to', 'resent-bcc', 'to', 'cc', 'bcc'];
        expect(fieldsBut(after, ...changed)).toEqual(fieldsBut(before, ...changed));
        const [first] = valuesOf(before, 'from');
        const name = first === ' root\r\n' ? 'root' : 'Harbour Physio';
        expect(valuesOf(after, 'from')).toEqual([` "${name}" <info@harbour-physio.example>\r\n`]);
        const own = valuesOf(before, 'reply-to').filter((value) => value.trim() !== '');
        expect(valuesOf(after, 'resent-bcc')).toEqual([]);
        if (own.length > 0) expect(valuesOf(after, 'reply-to')).toEqual(own);
        for (const name of ['to', 'cc', 'bcc']) {
          const [given, left] = [valuesOf(before, name), valuesOf(after, name)];
          if (given.length === 1 && !(adds && name === 'bcc')) expect(left).toEqual(given);
          else expect(left.length).toBeLessThanOrEqual(1);
          const addresses = given.join().match(/\w+@x.example/g) ?? [];
          expect(left.join().match(/\w+@x.example/g) ?? []).toEqual(
            expect.arrayContaining(addresses),
          );
        }
      }),
    );
  });

  test.each([
    [
      'another sender',
      'From: "J, H" <jane@clinic.example>\r\n',
      [' "J, H" <jane@clinic.example>\r\n'],
    ],
    ['the account itself, in other letters', 'From: <Info@Harbour-Physio.example>\r\n', []],
    ['no sender', 'To: a@x.example\r\n', []],
    ['a sender without an address', 'From: root\r\n', []],
    ['a header without a line end', 'From: jane@clinic.example', [' jane@clinic.example\r\n']],
  ])('answers to %s', (_name, text, replyTo) => {
    expect(valuesOf(partsOf(forGmail(parse(text), SENDER, [])), 'reply-to')).toEqual(replyTo);
  });

  test('a comment behind a group, which many programs take for an address, is left out', () => {
    const message = parse(
      'To: Team:"a (b)" <a@x.example>,\r\n b@x.example; (the (whole) team)\r\nCc: c@x.example (c)\r\n\r\n',
    );
    const after = partsOf(forGmail(message, SENDER, []));
    expect(valuesOf(after, 'to')).toEqual([' Team:"a (b)" <a@x.example>, b@x.example;\r\n']);
    expect(valuesOf(after, 'cc')).toEqual([' c@x.example (c)\r\n']);
  });

  test('there is one To, one Cc and one Bcc, where the first of each stood', () => {
    const message = parse(
      'Bcc: "E, F" <e@x.example>,\r\n f@x.example\r\nTO: a@x.example\r\nSubject: x\r\nbcc: g@x.example\r\nBcc:\r\nTo: "caf\xe9" <b@x.example>\r\n\r\n',
    );
    const after = partsOf(forGmail(message, SENDER, []));
    expect(fieldsBut(after, 'from')).toEqual([
      'Bcc: "E, F" <e@x.example>,\r\n f@x.example,\r\n g@x.example\r\n',
      'To: a@x.example,\r\n "caf\xe9" <b@x.example>\r\n',
      'Subject: x\r\n',
    ]);
  });

  test('no field has white space before its colon', () => {
    const message = parse(
      'Bcc : h@x.example\r\nTo\t : a@x.example\r\nSUBJECT: a : b\r\n\r\nx : y\r\n',
    );
    const after = partsOf(forGmail(message, SENDER, []));
    expect(fieldsBut(after, 'from')).toEqual([
      'Bcc: h@x.example\r\n',
      'To: a@x.example\r\n',
      'SUBJECT: a : b\r\n',
    ]);
    expect(after.rest).toBe('\r\nx : y\r\n');
  });

  test('hidden recipients are added to those who are there', () => {
    const message = parse('Bcc: "E" <e@x.example>\r\nTo: a@x.example\r\nbcc: f@x.example\r\n\r\n');
    const after = partsOf(forGmail(message, SENDER, ['g@x.example', 'h@x.example']));
    expect(valuesOf(after, 'bcc')).toEqual([
      ' e@x.example,\r\n f@x.example,\r\n g@x.example,\r\n h@x.example\r\n',
    ]);
  });

  test('no organisation’s name can add a header line, an address or a recipient', async () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }),
      fc.constantFrom(
        'a\r\nBcc: e@evil.example',
        '"',
        '\\',
        'a" <e@evil.example>, "b',
        '=?utf-8?q?=0D=0ABcc?=',
      ),
    );
    await fc.assert(
      fc.asyncProperty(name, async (organisation) => {
        const after = forGmail(parse('To: a@x.example\r\n\r\nx'), { ...SENDER, organisation }, []);
        const bytes = Buffer.concat(piecesOf(after));
        expect(takeApart(bytes).fields).toHaveLength(2);
        const { from, to, bcc } = await simpleParser(bytes);
        expect(from?.value.map(({ address }) => address)).toEqual([SENDER.address]);
        expect([to].flat().flatMap((one) => one?.value.map(({ address }) => address))).toEqual([
          'a@x.example',
        ]);
        expect(bcc).toBeUndefined();
        for (const line of bytes.toString('latin1').split('\r\n'))
          expect(line.length).toBeLessThan(998);
      }),
    );
  });
});

describe('for the WriteUpp mail server', () => {
  test('answers go to the organisation, in place of every other Reply-To', () => {
    const message = parse(
      'Reply-To: x@y.example\r\nFrom: a@x.example\r\nReply-To: z@y.example\r\nBcc: h@x.example\r\n\r\n',
    );
    const after = partsOf(forWriteUpp(message, SENDER, 'desk@clinic.example'));
    expect(valuesOf(after, 'reply-to')).toEqual([' desk@clinic.example\r\n']);
    expect(valuesOf(after, 'bcc')).toEqual([]);
  });
});

describe('for SMTP', () => {
  test('what is changed is Bcc, and a From that is missing, doubled or no whole address', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const before = partsOf(message);
        const after = partsOf(forSmtp(message, SENDER));
        const changed = ['from', 'bcc', 'resent-bcc'];
        expect(fieldsBut(after, ...changed)).toEqual(fieldsBut(before, ...changed));
        expect(after.rest).toBe(before.rest);
        const [first = ' root\r\n'] = valuesOf(before, 'from');
        const [from] = valuesOf(after, 'from');
        expect(valuesOf(after, 'from')).toHaveLength(1);
        if (first.includes('@')) expect(from).toBe(first);
        else expect(from).toContain('<info@harbour-physio.example>');
        expect(valuesOf(after, 'bcc')).toEqual([]);
      }),
    );
  });

  test.each<[string, string, string | null, string]>([
    ['nothing', '', null, ' "Harbour Physio" <info@harbour-physio.example>\r\n'],
    ['nothing, with -F', '', 'Reminders', ' "Reminders" <info@harbour-physio.example>\r\n'],
    ['an empty one', 'From:\r\n', 'Reminders', ' "Reminders" <info@harbour-physio.example>\r\n'],
    [
      'cron’s',
      'From: root (Cron Daemon)\r\n',
      'CronDaemon',
      ' "Cron Daemon" <info@harbour-physio.example>\r\n',
    ],
    ['logwatch’s', 'From: Logwatch\r\n', null, ' "Logwatch" <info@harbour-physio.example>\r\n'],
    [
      'a computer’s',
      'From: =?utf-8?q?B=C3=BCro?= <www-data@web>\r\n',
      null,
      ' =?utf-8?q?B=C3=BCro?= <info@harbour-physio.example>\r\n',
    ],
    [
      'no name, no domain',
      'From: nagios@localhost\r\n',
      null,
      ' "Harbour Physio" <info@harbour-physio.example>\r\n',
    ],
    [
      'two, one of them none',
      'From: jane@clinic.example, root\r\n',
      null,
      ' "Harbour Physio" <info@harbour-physio.example>\r\n',
    ],
    [
      'a name with a comma',
      'From: Smith, Jo <jo@clinic.example>\r\n',
      null,
      ' "Smith, Jo" <jo@clinic.example>\r\n',
    ],
  ])('From is fixed: %s', (_name, text, name, from) => {
    const after = partsOf(forSmtp(parse(`${text}To: a@x.example\r\n\r\n`), { ...SENDER, name }));
    expect(valuesOf(after, 'from')).toEqual([from]);
  });
});

test.each([
  ['someone else’s', 'www-data@web.example', true, false],
  ['the new sender’s own', 'INFO@harbour-physio.example', true, true],
  ['someone else’s, where From was the account', 'www-data@web.example', false, true],
])('a Sender that is %s', (_name, sender, isForeign, stays) => {
  const from = isForeign ? 'visitor@x.example' : SENDER.address;
  const message = parse(`From: ${from}\r\nSender: ${sender}\r\n\r\n`);
  for (const sent of [forGmail(message, SENDER, []), forWriteUpp(message, SENDER, null)]) {
    expect(valuesOf(partsOf(sent), 'sender')).toHaveLength(stays ? 1 : 0);
  }
});

test.each(['Reply-To:\r\n', 'Reply-To: nobody:;\r\n', 'Reply-To: root\r\n'])(
  'a Reply-To that nobody can use (%j) counts as none',
  (field) => {
    const message = parse(`From: Visitor <visitor@x.example>\r\n${field}\r\n`);
    expect(valuesOf(partsOf(forGmail(message, SENDER, [])), 'reply-to')).toEqual([
      ' Visitor <visitor@x.example>\r\n',
    ]);
  },
);

describe('what a message must have is added where it is missing', () => {
  const now = new Date('2026-11-16T09:30:00.000Z');

  test.each(['', 'Date:\r\nMessage-ID: \r\n'])('%j', (fields) => {
    const after = partsOf(completed(parse(`${fields}To: a@x.example\r\n\r\n`), 'a@y.example', now));
    expect(valuesOf(after, 'date')).toEqual([' Mon, 16 Nov 2026 09:30:00 +0000\r\n']);
    expect(valuesOf(after, 'message-id')).toEqual([
      expect.stringMatching(/^ <[0-9a-f]{32}@y\.example>\r\n$/),
    ]);
  });

  test('and nothing where it is there', () => {
    const message = parse('Date: yesterday\r\nMessage-ID: <x>\r\n\r\n');
    expect(completed(message, 'a@y.example', now)).toBe(message);
  });
});

test('the address in From', () => {
  expect(fromAddress(parse('From: "a@b.example" <jane@clinic.example>\r\n'))).toBe(
    'jane@clinic.example',
  );
  expect(fromAddress(parse('To: jane@clinic.example\r\n'))).toBeNull();
});
