/** `send` by SMTP and by the WriteUpp mail server, run as a process against servers on this computer. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { FIXTURES, fieldsBut, readFixture, takeApart, valuesOf } from '../support/eml.js';
import {
  type Certificate,
  type Exim,
  makeCertificate,
  politely,
  smtpError,
  startExim,
  startScriptedServer,
  startSmtpServer,
  type TestMailServer,
} from '../support/mail-server.js';
import { addSmtpSite } from '../support/mail-site.js';
import { describeWith } from '../support/system-part.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE, SMTP_PASSWORD } from '../support/workspace.js';

const LOG_IN = { user: 'info@harbour-physio.example', password: SMTP_PASSWORD };

const { workspace } = useComputer();
let folder: string;
let certificate: Certificate;
const servers: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'send-smtp-'));
  certificate = await makeCertificate(folder);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function started<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  servers.push(server);
  return server;
}

const trusting = () => ({ NODE_EXTRA_CA_CERTS: certificate.path });

function send(...args: readonly string[]) {
  return workspace.run(['send', '--json', ...args], {
    input: readFixture('bcc'),
    env: trusting(),
  });
}

describeWith(['exim4'], 'by Exim', () => {
  let exim: Exim;
  beforeEach(async () => {
    exim = await started(startExim());
    await addSmtpSite(workspace, { port: exim.port, security: 'none' });
  });

  test('every message arrives byte for byte, but for Bcc and what it must have', async () => {
    for (const name of FIXTURES) {
      const run = await workspace.run(['send', '--json', 'pat@patient.example'], {
        input: readFixture(name),
      });
      expect(run.result).toMatchObject({ pathway: 'smtp', id: null });
    }
    const mailbox = await exim.mailbox(FIXTURES.length);
    const arrived = new Map(
      mailbox.map((raw) => {
        const parts = takeApart(raw);
        return [valuesOf(parts, 'subject').join(), parts] as const;
      }),
    );
    for (const name of FIXTURES) {
      const asked = takeApart(readFixture(name));
      const parts = arrived.get(valuesOf(asked, 'subject').join());
      // Exim's own trace field is the first; a message without an end of line gets one.
      const added = ['date', 'message-id'].filter((field) => valuesOf(asked, field).length === 0);
      const [received, ...fields] = fieldsBut(parts ?? { fields: [], rest: '' }, ...added);
      expect(received).toMatch(/^Received: from .*\(helo=|^Received: from /);
      const wanted = fieldsBut(asked, 'bcc').map((field) => field.replace(/(?:\r\n)?$/, '\r\n'));
      expect([name, fields]).toEqual([name, wanted]);
      expect([name, parts?.rest]).toEqual([
        name,
        (asked.rest === '' ? '\r\n' : asked.rest).replace(/(?<!\r\n)$/, '\r\n'),
      ]);
    }
  });

  test('some recipients are refused: told by name, and that the others have it', async () => {
    const run = await send(
      '-f',
      'bounces@clinic.example',
      'nobody@patient.example',
      'pat@patient.example',
    );
    expect(run.code).toBe(1);
    expect(run.error).toMatchObject({
      code: 'smtp-refused',
      sent: 'partly',
      refused: ['nobody@patient.example'],
    });
    expect(run.error?.hint).toContain('No such mailbox here');
    expect(await exim.mailbox(1)).toHaveLength(1);
  });

  test('all recipients are refused: nothing was sent', async () => {
    const run = await send('nobody@patient.example');
    expect(run.code).toBe(1);
    expect(run.error).toMatchObject({ code: 'smtp-refused', sent: 'no' });
    expect(run.error?.message).toContain('nobody@patient.example');
  });

  test('the largest message goes through', async () => {
    const head = 'From: jane@clinic.example\r\nTo: pat@patient.example\r\n\r\n';
    const line = `${'x'.repeat(74)}\r\n`;
    const body = line.repeat(Math.floor((36_700_160 - head.length) / line.length));
    const run = await workspace.run(['send', '--json'], { input: head + body });
    expect(run.code).toBe(0);
    const [raw] = await exim.mailbox(1);
    expect(takeApart(raw ?? Buffer.alloc(0)).rest === `\r\n${body}`).toBe(true);
  });
});

describe('by SMTP with a login', () => {
  test.each(['starttls', 'tls'] as const)(
    '%s: encrypted, logged in, hidden recipients hidden',
    async (security) => {
      const server = await started(startSmtpServer({ security, certificate, login: LOG_IN }));
      await addSmtpSite(workspace, { port: server.port, security, host: 'localhost' }, LOG_IN);
      const run = await send();
      expect(run.code).toBe(0);
      expect(run.result).toEqual({
        event: 'result',
        ok: true,
        site: SITE,
        pathway: 'smtp',
        messageId: '<bcc@clinic.example>',
        id: null,
        recipients: [
          'pat@patient.example',
          'hidden.one@clinic.example',
          'hidden.two@clinic.example',
        ],
        from: 'jane@clinic.example',
      });
      const [message] = server.messages;
      expect(message).toMatchObject({
        from: ACCOUNT,
        to: run.result?.recipients,
        user: LOG_IN.user,
        isEncrypted: true,
      });
      const asked = takeApart(readFixture('bcc'));
      const arrived = takeApart(message?.raw ?? Buffer.alloc(0));
      expect(arrived.rest).toBe(asked.rest);
      expect(fieldsBut(arrived, 'date')).toEqual(fieldsBut(asked, 'bcc', 'date'));
      expect(run.stdout + run.stderr).not.toContain(SMTP_PASSWORD);
    },
  );

  test('-f is the sender of the envelope, and the arguments its recipients', async () => {
    const server = await started(startSmtpServer({ security: 'none' }));
    await addSmtpSite(workspace, { port: server.port, security: 'none' });
    await send('-f', 'bounces@clinic.example', 'one@patient.example', 'two@patient.example');
    expect(server.messages[0]).toMatchObject({
      from: 'bounces@clinic.example',
      to: ['one@patient.example', 'two@patient.example'],
    });
  });

  test.each(['starttls', 'tls'] as const)(
    '%s: a certificate that is not trusted, nothing is sent',
    async (security) => {
      const server = await started(startSmtpServer({ security, certificate, login: LOG_IN }));
      await addSmtpSite(workspace, { port: server.port, security, host: 'localhost' }, LOG_IN);
      const run = await workspace.run(['send', '--json'], {
        input: readFixture('bcc'),
        env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      });
      expect(run.code).toBe(5);
      expect(run.error).toMatchObject({ code: 'network', sent: 'no' });
      expect(run.error?.message).toContain('certificate');
      expect(server.messages).toHaveLength(0);
    },
  );

  test('a server without STARTTLS where it is required: nothing is sent, not even the password', async () => {
    const server = await started(startScriptedServer(politely, '250 taken'));
    await addSmtpSite(workspace, { port: server.port, security: 'starttls' }, LOG_IN);
    const run = await send();
    expect(run.code).toBe(5);
    expect(run.error).toMatchObject({ code: 'network', sent: 'no' });
    expect(server.lines.join('\n')).not.toMatch(/AUTH|MAIL/);
  });

  test('a wrong password: smtp-refused, and the SMTP settings are untouched', async () => {
    const login = { ...LOG_IN, password: 'the right one' };
    const server = await started(startSmtpServer({ security: 'starttls', certificate, login }));
    await addSmtpSite(
      workspace,
      { port: server.port, security: 'starttls', host: 'localhost' },
      LOG_IN,
    );
    const run = await send();
    expect(run.code).toBe(1);
    expect(run.error).toMatchObject({ code: 'smtp-refused', sent: 'no' });
    expect(run.error?.hint).toContain('Your SMTP settings are untouched.');
    expect(run.stdout + run.stderr).not.toContain(SMTP_PASSWORD);
  });

  test('a user without a stored password: told before anything is tried', async () => {
    const server = await started(startSmtpServer({ security: 'none' }));
    await workspace.run([
      ...['site', 'add', SITE, '--login', LOGIN, '--smtp-host', '127.0.0.1', '--json'],
      ...['--smtp-port', String(server.port), '--smtp-security', 'none', '--smtp-user', 'info'],
    ]);
    const run = await send();
    expect(run.code).not.toBe(0);
    expect(run.error?.hint).toContain('--smtp-password-stdin');
    expect(server.messages).toHaveLength(0);
  });
});

describe('what a server answers', () => {
  /** A server that gives one answer at one step, and is polite otherwise. */
  async function answering(step: string, said: string): Promise<TestMailServer> {
    const server = await started(
      startScriptedServer(
        (line) => (line.startsWith(step) ? said : politely(line)),
        step === '.' ? said : '250 taken',
      ),
    );
    await addSmtpSite(workspace, { port: server.port, security: 'none' });
    return server;
  }

  test.each([
    [
      '550 5.7.30 at MAIL',
      'MAIL',
      '550 5.7.30 Basic authentication is not supported for Client Submission.',
      'smtp-refused',
      1,
    ],
    ['530 at MAIL', 'MAIL', '530 5.7.0 Authentication Required.', 'smtp-refused', 1],
    ['550 5.4.5', '.', '550 5.4.5 Daily sending quota exceeded. gsmtp', 'daily-limit', 5],
    ['421 4.7.28', '.', '421 4.7.28 unusual rate of email, try later', 'rate-limited', 5],
    ['451', '.', '451 4.3.0 try again later', 'network', 5],
    ['552', '.', '552 5.3.4 message too big', 'message-too-large', 2],
    ['554', '.', '554 5.7.1 looks like spam', 'smtp-refused', 1],
    ['421 at DATA', 'DATA', '421 4.3.2 shutting down', 'network', 5],
  ])('%s: certain', async (_name, step, said, code, exitCode) => {
    await answering(step, said);
    const run = await send();
    expect(run.code).toBe(exitCode);
    expect(run.error).toMatchObject({ code, sent: 'no' });
  });

  test.each([
    ['the connection is cut after the end of the message', 'cut'],
    ['the answer makes no sense', 'what?'],
  ])('%s: delivery-unknown', async (_name, said) => {
    const server = await answering('.', said);
    const run = await send();
    expect(run.code).toBe(5);
    expect(run.error).toMatchObject({ code: 'delivery-unknown', sent: 'unknown' });
    expect(
      (server as unknown as { lines: string[] }).lines.filter((line) => line === '.'),
    ).toHaveLength(1);
  });

  test('Ctrl-C while the server has the message: delivery-unknown', async () => {
    const server = await answering('.', 'silent');
    const running = workspace.start(['send', '--json'], { input: readFixture('bcc') });
    const { lines } = server as unknown as { lines: string[] };
    while (!lines.includes('.')) await new Promise((resolve) => setTimeout(resolve, 10));
    running.child.kill('SIGINT');
    const run = await running.ended;
    expect(run.code).toBe(5);
    expect(run.error).toMatchObject({ code: 'delivery-unknown', sent: 'unknown' });
  });

  test('Ctrl-C before: nothing was sent', async () => {
    const server = await answering('MAIL', 'silent');
    const running = workspace.start(['send', '--json'], { input: readFixture('bcc') });
    const { lines } = server as unknown as { lines: string[] };
    while (!lines.some((line) => line.startsWith('MAIL'))) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    running.child.kill('SIGINT');
    const run = await running.ended;
    expect(run.code).toBe(130);
    expect(run.error).toMatchObject({ code: 'interrupted' });
  });

  test('the connection is cut before the message: certain that nothing was sent', async () => {
    await answering('DATA', 'cut');
    expect((await send()).error).toMatchObject({ code: 'network', sent: 'no' });
  });

  test('a message over the size that the server announces is not begun', async () => {
    const server = await started(startSmtpServer({ security: 'none', more: { size: 100 } }));
    await addSmtpSite(workspace, { port: server.port, security: 'none' });
    expect((await send()).error).toMatchObject({ code: 'message-too-large', sent: 'no' });
    expect(server.messages).toHaveLength(0);
  });

  test('its words are shown without secrets', async () => {
    const server = await started(
      startSmtpServer({
        security: 'none',
        login: LOG_IN,
        more: {
          onAuth: ({ password }, _session, done) =>
            done(smtpError(535, `5.7.8 not you: ${password}`)),
        },
      }),
    );
    await addSmtpSite(workspace, { port: server.port, security: 'none' }, LOG_IN);
    const run = await send();
    expect(run.error).toMatchObject({ code: 'smtp-refused' });
    expect(run.stdout + run.stderr).not.toContain(SMTP_PASSWORD);
  });
});

describe('what programs hand over, by SMTP', () => {
  let server: TestMailServer;
  beforeEach(async () => {
    server = await started(startSmtpServer({ security: 'none' }));
    await addSmtpSite(workspace, { port: server.port, security: 'none' });
  });
  const arrivedBy = async (args: readonly string[], input: string) => {
    const run = await workspace.run(['send', '--json', ...args], { input });
    expect(run.error).toBeUndefined();
    return takeApart(server.messages.at(-1)?.raw ?? Buffer.alloc(0));
  };

  test('what is missing is added once: From by the site’s sender, Date, Message-ID', async () => {
    const input =
      'To: pat@example.org\nSubject: Reminder\nX-PHP-Originating-Script: 0:m.php\n\nBody.\n';
    const arrived = await arrivedBy(['-t', '-i', '-F', 'Reminders'], input);
    expect(valuesOf(arrived, 'from')).toEqual([` "Reminders" <${ACCOUNT}>\r\n`]);
    expect(valuesOf(arrived, 'date')).toEqual([
      expect.stringMatching(/^ \w{3}, \d\d .* \+0000\r\n$/),
    ]);
    expect(valuesOf(arrived, 'message-id')).toHaveLength(1);
    expect(fieldsBut(arrived, 'from', 'date', 'message-id')).toEqual(
      takeApart(Buffer.from(input)).fields,
    );
    expect(server.messages.at(-1)).toMatchObject({ from: ACCOUNT, to: ['pat@example.org'] });
  });

  test('the id that is reported is the one that left', async () => {
    const run = await workspace.run(['send', '--json'], { input: 'To: a@x.example\n\nBody.\n' });
    const arrived = takeApart(server.messages.at(-1)?.raw ?? Buffer.alloc(0));
    expect(valuesOf(arrived, 'message-id')).toEqual([` ${run.result?.messageId}\r\n`]);
  });

  test.each([
    ['<>', ''],
    ['', ''],
    ['root@box', ACCOUNT],
    ['root', ACCOUNT],
    ['Jo <bounces@clinic.example>', 'bounces@clinic.example'],
    ['jo@[192.0.2.1]', ACCOUNT],
  ])('-f %j: the envelope is from %j', async (given, from) => {
    await arrivedBy(['-t', '-f', given], 'To: a@x.example\n\nBody.\n');
    expect(server.messages.at(-1)?.from).toBe(from);
  });

  test('a message sent again goes to those of the latest resending; hidden ones stay hidden', async () => {
    const input =
      'Resent-From: b@x.example\nResent-To: new@x.example\nResent-Bcc: hidden@x.example\n' +
      'From: a@x.example\nTo: old@x.example\n\nBody.\n';
    const arrived = await arrivedBy(['-t'], input);
    expect(server.messages.at(-1)?.to).toEqual(['new@x.example', 'hidden@x.example']);
    expect(server.messages.at(-1)?.raw.toString()).not.toContain('hidden');
    expect(valuesOf(arrived, 'to')).toEqual([' old@x.example\r\n']);
  });
});

describe('by the WriteUpp mail server', () => {
  const addSite = (...more: readonly string[]) =>
    workspace.run([
      ...['site', 'add', SITE, '--organisation', 'Harbour Physio', '--login', LOGIN, '--json'],
      ...more,
    ]);
  const sendTo = (url: string | undefined, fixture = 'bcc') =>
    workspace.run(['send', '--json'], {
      input: readFixture(fixture),
      env: { ...trusting(), WRITEUPP_MAIL_SERVER: url },
    });

  test('From is the organisation at noreply@writeupp.com, Reply-To its own address', async () => {
    await addSite('--organisation-email', 'desk@harbour-physio.example');
    const server = await started(startSmtpServer({ security: 'none' }));
    const run = await sendTo(`smtp://127.0.0.1:${server.port}`);
    expect(run.code).toBe(0);
    expect(run.result).toMatchObject({
      pathway: 'writeupp',
      id: null,
      from: 'noreply@writeupp.com',
    });
    const [message] = server.messages;
    expect(message).toMatchObject({ from: 'noreply@writeupp.com', to: run.result?.recipients });
    const arrived = takeApart(message?.raw ?? Buffer.alloc(0));
    const asked = takeApart(readFixture('bcc'));
    expect(valuesOf(arrived, 'from')).toEqual([' "Harbour Physio" <noreply@writeupp.com>\r\n']);
    expect(valuesOf(arrived, 'reply-to')).toEqual([' desk@harbour-physio.example\r\n']);
    expect(fieldsBut(arrived, 'from', 'reply-to', 'date')).toEqual(
      fieldsBut(asked, 'from', 'bcc', 'date'),
    );
    expect(arrived.rest).toBe(asked.rest);
  });

  test('without an organisation address, answers go where the sender wanted them', async () => {
    await addSite();
    const server = await started(startSmtpServer({ security: 'none' }));
    await sendTo(`smtp://127.0.0.1:${server.port}`, 'reply-to');
    const arrived = takeApart(server.messages[0]?.raw ?? Buffer.alloc(0));
    expect(valuesOf(arrived, 'reply-to')).toEqual(
      valuesOf(takeApart(readFixture('reply-to')), 'reply-to'),
    );
  });

  test('smtps with user and password; a password in it is never shown', async () => {
    await addSite();
    const server = await started(startSmtpServer({ security: 'tls', certificate, login: LOG_IN }));
    const url = (password: string) =>
      `smtps://${encodeURIComponent(LOG_IN.user)}:${password}@localhost:${server.port}`;
    expect((await sendTo(url(SMTP_PASSWORD))).code).toBe(0);
    expect(server.messages[0]).toMatchObject({ user: LOG_IN.user, isEncrypted: true });
    const run = await sendTo(url('not-the-right-password'));
    expect(run.error).toMatchObject({ code: 'smtp-refused', sent: 'no' });
    expect(run.stdout + run.stderr).not.toContain('not-the-right-password');
  });

  test('not set: no-mail-server', async () => {
    await addSite();
    const run = await sendTo(undefined);
    expect(run.code).toBe(2);
    expect(run.error).toMatchObject({ code: 'no-mail-server', sent: 'no' });
  });

  test('out of reach: certain that nothing was sent', async () => {
    await addSite();
    const run = await sendTo('smtp://127.0.0.1:1');
    expect(run.code).toBe(5);
    expect(run.error).toMatchObject({ code: 'network', sent: 'no' });
  });

  test('a value that can’t be read is named, never repeated', async () => {
    await addSite();
    const run = await sendTo(`https://user:${SMTP_PASSWORD}@mail.example`);
    expect(run.code).toBe(2);
    expect(run.error).toMatchObject({ code: 'invalid-settings' });
    expect(run.stdout + run.stderr).not.toContain(SMTP_PASSWORD);
  });
});
