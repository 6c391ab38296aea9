/** The stand-in's Gmail takes, refuses and delivers messages as Gmail does. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { useStandIn } from '../support/use-stand-in.js';
import { connect, post, send } from './program.js';

const INFO = 'info@harbour-physio.example';
const UPLOAD = '/upload/gmail/v1/users/me/messages/send';

const { google } = useStandIn();
let accessToken: string;
let before: number;
beforeAll(async () => {
  accessToken = (await connect(google, { account: INFO })).access_token;
});
beforeEach(() => {
  before = google.messages.length;
});

const message = (headers: string, from = `From: Harbour <${INFO}>\r\n`) =>
  `${from}${headers}\r\nSubject: Caf=?utf-8?q?=C3=A9?=\r\n\r\nGood day\r\n`;

describe('an accepted message', () => {
  test('is kept byte for byte, and delivered without Bcc', async () => {
    const raw = message(
      'To: ann@p.example\r\nCc: Bob <Bob@p.example>\r\nBcc: eve@p.example,\r\n f@p.example',
    );
    const { status, body } = await send(google, accessToken, raw);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      threadId: body.id,
      labelIds: ['SENT'],
    });
    const sent = google.messages.at(-1);
    expect(sent).toMatchObject({ id: body.id, account: INFO });
    expect(sent?.raw.toString()).toBe(raw);
    expect(sent?.deliveredTo).toEqual([
      'ann@p.example',
      'bob@p.example',
      'eve@p.example',
      'f@p.example',
    ]);
    const [delivered] = google.mailbox('eve@P.example');
    const [messageId, ...rest] = delivered?.raw.toString().split('\r\n') ?? [];
    expect(messageId).toMatch(/^Message-ID: <CA[\w-]+@mail\.gmail\.com>$/);
    expect(rest.join('\r\n')).toBe(raw.replace(/Bcc:.*\r\n .*\r\n/, ''));
    expect(delivered?.parsed.text).toBe('Good day\n');
  });

  test.each([
    ['an unknown', 'From: Someone <someone@else.example>\r\n', `"Harbour Physio" <${INFO}>`],
    ['no', '', `"Harbour Physio" <${INFO}>`],
    [
      'its own',
      `From: "Reception" <${INFO.toUpperCase()}>\r\n`,
      `"Reception" <${INFO.toUpperCase()}>`,
    ],
  ])('with %s From leaves as the account', async (_, from, expected) => {
    const raw = message('To: from-test@p.example', from);
    expect((await send(google, accessToken, raw)).status).toBe(200);
    expect(google.messages.at(-1)?.raw.toString()).toBe(raw);
    expect(google.mailbox('from-test@p.example').at(-1)?.parsed.from?.text).toBe(expected);
  });

  test.each([
    ['media', 'message/rfc822', message('To: up@p.example')],
    [
      'multipart',
      'multipart/related; boundary=foo',
      `--foo\r\nContent-Type: application/json\r\n\r\n{}\r\n--foo\r\nContent-Type: message/rfc822\r\n\r\n${message('To: up@p.example')}\r\n--foo--`,
    ],
  ])('may be uploaded as %s', async (uploadType, type, body) => {
    const path = `${UPLOAD}?uploadType=${uploadType}`;
    expect((await post(google, accessToken, path, { type, body })).status).toBe(200);
    expect(google.messages.at(-1)?.raw.toString()).toBe(message('To: up@p.example'));
  });
});

describe('a refused message', () => {
  afterEach(() => expect(google.messages.length).toBe(before));

  test.each([
    ['no recipient', 'X-None: 1', 'Recipient address required'],
    ['a broken To', 'To: not an address', 'Invalid To header'],
    ['a broken Cc', 'To: a@p.example\r\nCc: nobody@', 'Invalid Cc header'],
  ])('%s', async (_, headers, expected) => {
    const { status, body } = await send(google, accessToken, message(headers));
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      message: expected,
      errors: [{ reason: 'invalidArgument' }],
    });
  });

  test('a wrong token, no token, another mailbox', async () => {
    const raw = message('To: a@p.example');
    const wrong = await send(google, 'ya29.wrong', raw);
    expect([wrong.status, wrong.body.error.message]).toEqual([401, 'Invalid Credentials']);
    const none = await send(google, '', raw);
    expect([none.status, none.body.error.message]).toEqual([401, 'Login Required.']);
    const other = await send(google, accessToken, raw, 'jane@harbour-physio.example');
    expect([other.status, other.body.error.message]).toEqual([
      403,
      'Delegation denied for jane@harbour-physio.example',
    ]);
  });

  test('an account without a mailbox', async () => {
    const tokens = await connect(google, { account: 'nomail@harbour-physio.example' });
    const { status, body } = await send(google, tokens.access_token, message('To: a@p.example'));
    expect([status, body.error.message]).toEqual([400, 'Mail service not enabled']);
  });

  test.each([
    ['JSON over 5 MB', '/gmail/v1/users/me/messages/send', 'application/json', 5_100_000],
    ['an upload over 35 MiB', `${UPLOAD}?uploadType=media`, 'message/rfc822', 36_700_161],
    ['an upload far over 35 MiB', `${UPLOAD}?uploadType=media`, 'message/rfc822', 40_000_000],
  ])('%s gets a page', async (_, path, type, size) => {
    const { status, body } = await post(google, accessToken, path, {
      type,
      body: 'x'.repeat(size),
    });
    expect(status).toBe(413);
    expect(body).toContain('<title>Error 413');
  });

  test('no content, or not base64url', async () => {
    const json = (body: object) =>
      post(google, accessToken, '/gmail/v1/users/me/messages/send', {
        type: 'application/json',
        body: JSON.stringify(body),
      });
    expect((await json({})).body.error.message).toMatch(/^'raw' RFC822 payload/);
    expect((await json({ raw: 'a+/b' })).status).toBe(400);
    expect((await json({ raw: 'VG86IGFAYi5j', threadId: 'x' })).status).toBe(404);
  });
});
