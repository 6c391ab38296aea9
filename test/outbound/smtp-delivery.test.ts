/** Handing a message to a mail server: silence, and who is told what. Answers are in test/cli/send-smtp.test.ts. */

import { afterEach, describe, expect, test } from '@jest/globals';
import { deliverBySmtp } from '../../src/outbound/smtp-delivery.js';
import { politely, startScriptedServer, startSmtpServer } from '../support/mail-server.js';

const ENVELOPE = { from: 'a@clinic.example', to: ['pat@patient.example'] };
const MESSAGE = Buffer.from('To: pat@patient.example\r\n\r\nText.\r\n');
const never = new AbortController().signal;
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

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
      deliverBySmtp(at(server.port), ENVELOPE, [MESSAGE], never, 300),
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
        deliverBySmtp(at(server.port), ENVELOPE, [MESSAGE], never, 300),
      ).rejects.toMatchObject({ code: 'network', details: { sent: 'no' } });
      expect(server.lines).not.toContain('.');
    },
  );
});

test('a large message that is cut off before its end was not sent', async () => {
  const server = await startSmtpServer({
    security: 'none',
    more: { onData: (stream) => stream.once('data', () => stream.destroy()) },
  });
  open.push(server);
  const stop = new AbortController();
  const large = Buffer.alloc(20_000_000, 'x');
  setTimeout(() => stop.abort(), 200);
  await expect(
    deliverBySmtp(at(server.port), ENVELOPE, [MESSAGE, large], stop.signal),
  ).rejects.toMatchObject({ code: 'interrupted' });
});

test('a message without a body goes out', async () => {
  const server = await startSmtpServer({ security: 'none' });
  open.push(server);
  await deliverBySmtp(at(server.port), ENVELOPE, [MESSAGE, Buffer.alloc(0)], never);
  expect(server.messages[0]?.raw.equals(MESSAGE)).toBe(true);
});

test('the WriteUpp mail server’s failures name its setting, not the site’s', async () => {
  await expect(deliverBySmtp(at(1, null), ENVELOPE, [MESSAGE], never)).rejects.toMatchObject({
    code: 'network',
    hint: expect.stringContaining('WRITEUPP_MAIL_SERVER'),
  });
  await expect(deliverBySmtp(at(1), ENVELOPE, [MESSAGE], never)).rejects.toMatchObject({
    code: 'network',
    hint: expect.not.stringContaining('WRITEUPP_MAIL_SERVER'),
  });
});
