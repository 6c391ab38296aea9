/** Handing a message to a mail server: silence, and who is told what. Answers are in test/cli/send-smtp.test.ts. */

import { afterEach, describe, expect, test } from '@jest/globals';
import { parseRawMessage, type RawMessage } from '../../src/message/raw-message.js';
import { deliverBySmtp } from '../../src/outbound/smtp-delivery.js';
import { SmtpSessions } from '../../src/outbound/smtp-sessions.js';
import { politely, startScriptedServer, startSmtpServer } from '../support/mail-server.js';

const ENVELOPE = { from: 'a@clinic.example', to: ['pat@patient.example'] };
const MESSAGE = message('Text.\r\n');
const never = new AbortController().signal;
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

function message(body: string, header = 'To: pat@patient.example\r\n'): RawMessage {
  return parseRawMessage(Buffer.from(`${header}\r\n${body}`));
}

const at = (port: number, site: string | null = 'harbour-physio') => ({
  ...{ host: '127.0.0.1', port, security: 'none' as const, user: null, password: null, site },
});

async function scripted(...script: Parameters<typeof startScriptedServer>) {
  const server = await startScriptedServer(...script);
  open.push(server);
  return server;
}

describe('a server that falls silent', () => {
  test('after the end of the message: delivery-unknown, and the message went once', async () => {
    const server = await scripted(politely, 'silent');
    await expect(
      deliverBySmtp(at(server.port), ENVELOPE, MESSAGE, never, new SmtpSessions(300)),
    ).rejects.toMatchObject({ code: 'delivery-unknown', details: { sent: 'unknown' } });
    expect(server.lines.filter((line) => line === '.')).toHaveLength(1);
  });

  test.each(['EHLO', 'MAIL', 'RCPT', 'DATA'])(
    'at %s: certain that nothing was sent',
    async (step) => {
      const server = await scripted(
        (line) => (line.startsWith(step) ? 'silent' : politely(line)),
        '250 taken',
      );
      await expect(
        deliverBySmtp(at(server.port), ENVELOPE, MESSAGE, never, new SmtpSessions(300)),
      ).rejects.toMatchObject({ code: 'network', details: { sent: 'no' } });
      expect(server.lines).not.toContain('.');
    },
  );
});

test('a large message that is stopped before its end was not sent', async () => {
  const stop = new AbortController();
  const server = await startSmtpServer({
    security: 'none',
    // What came so far is never read on: the end of the message can't be on its way.
    more: { onData: () => stop.abort() },
  });
  open.push(server);
  const large = message('x'.repeat(20_000_000));
  await expect(deliverBySmtp(at(server.port), ENVELOPE, large, stop.signal)).rejects.toMatchObject({
    code: 'interrupted',
  });
});

test('a message without a body goes out', async () => {
  const server = await startSmtpServer({ security: 'none' });
  open.push(server);
  await deliverBySmtp(at(server.port), ENVELOPE, message(''), never);
  expect(server.messages[0]?.raw.toString()).toBe('To: pat@patient.example\r\n\r\n');
});

/** A server that offers what is named, and nothing else. */
const offering = (...offers: readonly string[]) =>
  scripted((line) => {
    if (!line.startsWith('EHLO')) return politely(line);
    return ['250-here', ...offers.map((one) => `250-${one}`), '250 HELP'].join('\r\n');
  }, '250 taken');

describe('what is beyond ASCII', () => {
  const GREETING = message('Grüße\r\n');

  test('is announced to a server with 8BITMIME, and goes as it is', async () => {
    const server = await offering('8BITMIME');
    await deliverBySmtp(at(server.port), ENVELOPE, GREETING, never);
    expect(server.lines.find((line) => line.startsWith('MAIL'))).toContain('BODY=8BITMIME');
    expect(server.data.join()).toContain('Grüße');
    const plain = await offering('8BITMIME');
    await deliverBySmtp(at(plain.port), ENVELOPE, MESSAGE, never);
    expect(plain.lines.find((line) => line.startsWith('MAIL'))).not.toContain('BODY');
  });

  test('is encoded for one without', async () => {
    const server = await offering();
    await deliverBySmtp(at(server.port), ENVELOPE, GREETING, never);
    expect(server.data.join('\n')).toContain('Gr=C3=BC=C3=9Fe');
    expect(server.data.join('\n')).toContain('Content-Transfer-Encoding: quoted-printable');
    expect(server.lines.join()).not.toContain('8BITMIME');
  });

  test('in an address is for a server with SMTPUTF8 only', async () => {
    const envelope = { ...ENVELOPE, to: ['zoë@häfen.example'] };
    const server = await offering('8BITMIME');
    await expect(deliverBySmtp(at(server.port), envelope, MESSAGE, never)).rejects.toMatchObject({
      code: 'invalid-recipient',
      message: expect.stringContaining('zoë@häfen.example'),
    });
    expect(server.lines.join()).not.toContain('MAIL');
    const other = await offering('8BITMIME', 'SMTPUTF8');
    await deliverBySmtp(at(other.port), envelope, MESSAGE, never);
    expect(other.lines.find((line) => line.startsWith('MAIL'))).toContain('SMTPUTF8');
  });
});

test('a NUL is refused before anything is said', async () => {
  const server = await offering('8BITMIME');
  await expect(
    deliverBySmtp(at(server.port), ENVELOPE, message('a\0b'), never),
  ).rejects.toMatchObject({ code: 'invalid-message', details: { sent: 'no' } });
  expect(server.lines).toEqual([]);
});

describe('the log in', () => {
  const logIn = (port: number) => ({ ...at(port), user: 'jane', password: 'hunter2' });

  test('goes only to a server that offers one', async () => {
    const server = await offering('8BITMIME');
    await expect(deliverBySmtp(logIn(server.port), ENVELOPE, MESSAGE, never)).rejects.toMatchObject(
      {
        code: 'smtp-refused',
        message: expect.stringContaining('offers no log in'),
        details: { sent: 'no', refusedAt: 'log-in' },
      },
    );
    await expect(
      deliverBySmtp({ ...logIn(server.port), site: null }, ENVELOPE, MESSAGE, never),
    ).rejects.toMatchObject({ code: 'smtp-refused', details: { refusedAt: 'log-in' } });
    expect(server.lines.join()).not.toContain('AUTH');
  });

  test.each([
    ['LOGIN', 'AUTH LOGIN'],
    ['PLAIN LOGIN CRAM-MD5', 'AUTH CRAM-MD5'],
  ])('in the clear is by the method of %s that shows least', async (offered, said) => {
    const server = await offering(`AUTH ${offered}`);
    await expect(deliverBySmtp(logIn(server.port), ENVELOPE, MESSAGE, never)).rejects.toThrow();
    expect(server.lines.find((line) => line.startsWith('AUTH'))).toBe(said);
  });
});

describe('sessions', () => {
  test('take one message after another over one connection', async () => {
    const server = await offering('8BITMIME');
    const sessions = new SmtpSessions();
    for (let count = 0; count < 3; count += 1) {
      await deliverBySmtp(at(server.port), ENVELOPE, MESSAGE, never, sessions);
    }
    sessions.end();
    expect(server.lines.filter((line) => line.startsWith('EHLO'))).toHaveLength(1);
    expect(server.lines.filter((line) => line === '.')).toHaveLength(3);
  });

  test('that the server has closed are opened anew, and the message is sent once', async () => {
    let mails = 0;
    const server = await scripted((line) => {
      if (!line.startsWith('MAIL')) return politely(line);
      mails += 1;
      return mails === 2 ? '421 too many messages over this connection' : '250 ok';
    }, '250 taken');
    const sessions = new SmtpSessions();
    for (let count = 0; count < 2; count += 1) {
      await deliverBySmtp(at(server.port), ENVELOPE, MESSAGE, never, sessions);
    }
    sessions.end();
    expect(server.lines.filter((line) => line === '.')).toHaveLength(2);
    expect(mails).toBe(3);
  });

  test('never take a message twice whose answer was lost', async () => {
    let ends = 0;
    const server = await scripted(politely, () => {
      ends += 1;
      return ends === 2 ? 'cut' : '250 taken';
    });
    const sessions = new SmtpSessions();
    await deliverBySmtp(at(server.port), ENVELOPE, MESSAGE, never, sessions);
    await expect(
      deliverBySmtp(at(server.port), ENVELOPE, MESSAGE, never, sessions),
    ).rejects.toMatchObject({ code: 'delivery-unknown' });
    sessions.end();
    expect(ends).toBe(2);
  });
});

test('the WriteUpp mail server’s failures name its setting, not the site’s', async () => {
  await expect(deliverBySmtp(at(1, null), ENVELOPE, MESSAGE, never)).rejects.toMatchObject({
    code: 'network',
    hint: expect.stringContaining('WRITEUPP_MAIL_SERVER'),
  });
  await expect(deliverBySmtp(at(1), ENVELOPE, MESSAGE, never)).rejects.toMatchObject({
    code: 'network',
    hint: expect.not.stringContaining('WRITEUPP_MAIL_SERVER'),
  });
});
