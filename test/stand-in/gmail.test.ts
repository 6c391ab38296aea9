/** What the stand-in's Gmail refuses, as Gmail does. */
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
