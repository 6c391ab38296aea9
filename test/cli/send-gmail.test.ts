/** `send` through Gmail, run as a process against the stand-in: what arrives, to whom, and what is refused. */

import { beforeAll, describe, expect, test } from '@jest/globals';
import { FIXTURES, fieldsBut, readFixture, takeApart, valuesOf } from '../support/eml.js';
import { connectSite } from '../support/mail-site.js';
import type { RunResult } from '../support/program.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, SITE } from '../support/workspace.js';

const FROM = ` "Harbour Physio" <${ACCOUNT}>\r\n`;

const { google, newComputer, workspace } = useComputer({ computerFor: 'file' });

beforeAll(async () => {
  await connectSite(workspace);
});

function send(input: string | Buffer, ...args: readonly string[]): Promise<RunResult> {
  return workspace.run(['send', '--json', ...args], { input });
}

function sends(): number {
  return google.requests.filter(({ point }) => point === 'send').length;
}

/** Runs what must end without a request to Gmail. */
async function refused(input: string | Buffer, ...args: readonly string[]): Promise<RunResult> {
  const before = sends();
  const run = await send(input, ...args);
  expect(sends()).toBe(before);
  return run;
}

function message(fields: Readonly<Record<string, string>>, body = 'Text.'): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${lines.join('')}\r\n${body}\r\n`;
}

/** RFC 5322 4.5: white space before the colon is read, and never written. */
const withPlainColon = (field: string) => field.replace(/^([^\s:]+)[ \t]+:/, '$1:');

describe('what arrives', () => {
  test.each(FIXTURES)(
    '%s: byte for byte, but for From, Reply-To, and what it must have',
    async (name) => {
      const input = readFixture(name);
      const run = await send(input);
      expect(run.code).toBe(0);
      const asked = takeApart(input);
      const arrived = takeApart(google.messages.at(-1)?.raw ?? Buffer.alloc(0));
      expect(arrived.rest).toBe(asked.rest);
      const added = ['date', 'message-id'].filter((field) => valuesOf(asked, field).length === 0);
      // Of these, comments behind groups are left out.
      const fixed = name === 'groups' ? ['to', 'cc'] : [];
      expect(fieldsBut(arrived, 'from', 'reply-to', ...fixed, ...added)).toEqual(
        fieldsBut(asked, 'from', 'reply-to', ...fixed).map(withPlainColon),
      );
      for (const field of added) expect(valuesOf(arrived, field)).toHaveLength(1);
      expect(valuesOf(arrived, 'from')).toEqual([FROM]);
      const replyTo = valuesOf(asked, 'reply-to');
      expect(valuesOf(arrived, 'reply-to')).toEqual(
        replyTo.length > 0 ? replyTo : valuesOf(asked, 'from'),
      );
    },
  );

  test('is not changed at all in a whole message with CRLF line ends and the right sender', async () => {
    const input = `From: "Harbour Physio" <${ACCOUNT}>\r\nDate: x\r\nMessage-ID: <x@y>\r\nTo: pat@patient.example\r\n\r\nText.\r\n`;
    await send(input);
    expect(google.messages.at(-1)?.raw.toString('latin1')).toBe(input);
  });

  test('has CRLF line ends, whatever was piped in', async () => {
    await send(readFixture('mixed-line-ends'));
    const raw = google.messages.at(-1)?.raw.toString('latin1') ?? '';
    expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  test.each([
    ['no From at all', { To: 'pat@patient.example' }, 'Harbour Physio'],
    ['a From without an address', { From: 'Logwatch', To: 'pat@patient.example' }, 'Logwatch'],
  ])('with %s has no Reply-To', async (_name, fields, name) => {
    await send(message(fields));
    const arrived = takeApart(google.messages.at(-1)?.raw ?? Buffer.alloc(0));
    expect(valuesOf(arrived, 'from')).toEqual([` "${name}" <${ACCOUNT}>\r\n`]);
    expect(valuesOf(arrived, 'reply-to')).toEqual([]);
  });

  test('has one From, however many were there', async () => {
    await send(
      'From: one@clinic.example\r\nFrom: two@clinic.example\r\nTo: pat@patient.example\r\n\r\nText.\r\n',
    );
    const arrived = takeApart(google.messages.at(-1)?.raw ?? Buffer.alloc(0));
    expect(valuesOf(arrived, 'from')).toEqual([FROM]);
    expect(valuesOf(arrived, 'reply-to')).toEqual([' one@clinic.example\r\n']);
  });

  test('goes by JSON when it is small, and by upload above 5 MB', async () => {
    const paths = () => google.requests.filter(({ point }) => point === 'send').at(-1)?.path;
    await send(readFixture('plain'));
    expect(paths()).toBe('/gmail/v1/users/me/messages/send');
    const large = message(
      { To: 'pat@patient.example' },
      'x'.repeat(70).concat('\r\n').repeat(75_000),
    );
    expect(large.length).toBeGreaterThan(5_000_000);
    const run = await send(large);
    expect(run.code).toBe(0);
    expect(paths()).toBe('/upload/gmail/v1/users/me/messages/send');
    const arrived = takeApart(google.messages.at(-1)?.raw ?? Buffer.alloc(0));
    expect(arrived.rest === takeApart(Buffer.from(large)).rest).toBe(true);
  });
});

describe('what is reported', () => {
  test('as JSON', async () => {
    const run = await send(readFixture('bcc'));
    const sent = google.messages.at(-1);
    expect(run.events).toEqual([
      {
        event: 'result',
        ok: true,
        site: SITE,
        pathway: 'gmail',
        // Gmail puts its own in its place: recipients find the message by Gmail's id alone.
        messageId: null,
        givenMessageId: '<bcc@clinic.example>',
        id: sent?.id,
        recipients: [
          'pat@patient.example',
          'hidden.one@clinic.example',
          'hidden.two@clinic.example',
        ],
        from: ACCOUNT,
      },
    ]);
    expect(sent?.deliveredTo).toEqual(run.result?.recipients);
  });

  test('in lines', async () => {
    const run = await workspace.run(['send'], { input: readFixture('plain') });
    expect(run.stdout).toBe(
      [
        `✓ Sent by Gmail, as ${ACCOUNT}, for the site ${SITE}.`,
        '  To: pat@patient.example',
        `  Gmail’s id: ${google.messages.at(-1)?.id}`,
        '  Message-ID as given: <plain@clinic.example> (Gmail puts its own in its place)',
        '',
      ].join('\n'),
    );
  });

  test('without a Message-ID, none is said to have been given', async () => {
    const run = await send(readFixture('no-message-id'));
    expect(run.result).toMatchObject({ messageId: null, givenMessageId: null });
  });
});

describe('recipients', () => {
  test('of a group with a comment behind it get the message', async () => {
    const to = 'Team:a@example.org,b@example.org; (the whole team)';
    const run = await send(message({ From: 'jo@practice.example', To: to }));
    expect(run.result?.recipients).toEqual(['a@example.org', 'b@example.org']);
    expect(google.messages.at(-1)?.deliveredTo).toEqual(['a@example.org', 'b@example.org']);
  });

  test('named as arguments alone are added as Bcc, beside those who are there', async () => {
    const run = await send(
      readFixture('bcc'),
      'PAT@patient.example',
      'hidden.one@clinic.example,hidden.two@clinic.example',
      'Third Person <third@clinic.example>',
    );
    expect(run.code).toBe(0);
    const arrived = takeApart(google.messages.at(-1)?.raw ?? Buffer.alloc(0));
    expect(valuesOf(arrived, 'bcc')).toEqual([
      ' hidden.one@clinic.example,\r\n hidden.two@clinic.example,\r\n third@clinic.example\r\n',
    ]);
    expect(valuesOf(arrived, 'to')).toEqual([' pat@patient.example\r\n']);
    expect(google.mailbox('third@clinic.example')).toHaveLength(1);
  });

  test('named by the message but not as arguments: refused, nothing is sent', async () => {
    const run = await refused(readFixture('bcc'), 'pat@patient.example');
    expect(run.code).toBe(2);
    expect(run.error).toMatchObject({ code: 'invalid-recipient', sent: 'no' });
    expect(run.error?.message).toContain('hidden.one@clinic.example, hidden.two@clinic.example');
  });

  test('-t takes those that the message names, and no arguments beside them', async () => {
    expect((await send(readFixture('bcc'), '-t')).result?.recipients).toHaveLength(3);
    const run = await refused(readFixture('bcc'), '-t', 'pat@patient.example');
    expect(run.error).toMatchObject({ code: 'usage', exitCode: 2 });
  });

  test('are at most 100', async () => {
    const people = (count: number) =>
      Array.from({ length: count }, (_, at) => `patient${at}@patient.example`);
    const hundred = await send(message({ To: people(60).join(', '), Cc: people(100).join(', ') }));
    expect(hundred.result?.recipients).toHaveLength(100);
    const run = await refused(message({ To: people(101).join(',\r\n ') }));
    expect(run.code).toBe(2);
    expect(run.error).toMatchObject({ code: 'invalid-recipient', sent: 'no' });
    expect(run.error?.message).toContain('101 recipients');
    const added = await refused(message({ To: people(100).join(', ') }), ...people(101));
    expect(added.error).toMatchObject({ code: 'invalid-recipient' });
  });

  test.each([
    ['none', message({ From: 'jane@clinic.example' })],
    ['an empty group', message({ To: 'undisclosed-recipients:;' })],
    ['a user of this computer', message({ To: 'root' })],
    ['half an address', message({ To: 'pat@' })],
    [
      'something in angle brackets that is no address',
      message({ Cc: 'Pat <pat patient.example>' }),
    ],
  ])('%s: invalid-recipient', async (_name, input) => {
    const run = await refused(input);
    expect(run.code).toBe(2);
    expect(run.error).toMatchObject({ code: 'invalid-recipient', sent: 'no' });
  });
});

describe('messages that are refused', () => {
  test.each([
    ['nothing', ''],
    ['text without a header', 'Dear Pat,\nplease come.\n'],
    ['a header line that is none', 'To: pat@patient.example\r\nnot a header\r\n\r\nText.\r\n'],
    ['a folded line without a beginning', ' To: pat@patient.example\r\n\r\nText.\r\n'],
    [
      'a carriage return hidden in a header line',
      'To: pat@patient.example\nSubject: a\rBcc: eve@evil.example\n\nText.\n',
    ],
    ['a NUL character in the header', 'To: pat@patient.example\r\nSubject: a\0b\r\n\r\nText.\r\n'],
  ])('%s: invalid-message', async (_name, input) => {
    const run = await refused(input);
    expect(run.code).toBe(2);
    expect(run.error).toMatchObject({ code: 'invalid-message', sent: 'no' });
    expect(run.error?.hint).toMatch(/^Nothing was sent\./);
  });

  test('by the size that they would have with their new header', async () => {
    const limit = 36_700_160;
    const head = 'From: jane@clinic.example\r\nTo: pat@patient.example\r\n\r\n';
    const run = await refused(
      Buffer.concat([Buffer.from(head), Buffer.alloc(limit - head.length, 'x')]),
    );
    expect(run.code).toBe(2);
    expect(run.error).toMatchObject({ code: 'message-too-large', sent: 'no' });
  });
});

test('a site name, an organisation and a display name can add no header line', async () => {
  const other = await newComputer();
  await connectSite(other);
  const name = 'Häfen "x" <eve@evil.example>, \\ (y)';
  expect((await other.run(['site', 'set', SITE, '--organisation', name])).code).toBe(0);
  const run = await other.run(['send', '--json'], { input: readFixture('plain') });
  expect(run.code).toBe(0);
  const sent = google.messages.at(-1)?.parsed;
  expect(sent?.from?.value).toEqual([{ address: ACCOUNT, name }]);
  const bad = await other.run([
    'site',
    'set',
    SITE,
    '--organisation',
    'x\r\nBcc: eve@evil.example',
  ]);
  expect(bad.code).toBe(2);
});
