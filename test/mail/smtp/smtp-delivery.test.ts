/** Handing a message to a mail server: silence, and who is told what. Answers are in test/cli/send-smtp.test.ts. */

import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { parseRawMessage, type RawMessage } from '../../../src/mail/message/raw-message.js';
import { deliverBySmtp } from '../../../src/mail/smtp/smtp-delivery.js';
import { SmtpSessions } from '../../../src/mail/smtp/smtp-sessions.js';
import { politely, startScriptedServer, startSmtpServer } from '../../support/mail-server.js';

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

/** A server that takes the message at its first line. */
async function startEagerServer() {
  const server = createServer((socket) => {
    let isData = false;
    socket.on('error', () => undefined);
    socket.write('220 eager ESMTP\r\n');
    socket.on('data', (chunk) => {
      const line = chunk.toString('latin1').trimEnd();
      socket.write(`${isData ? '250 taken' : politely(line)}\r\n`);
      isData = line === 'DATA';
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
  return { port: (server.address() as AddressInfo).port };
}

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

describe('a server that says yes before it has the whole message', () => {
  test.each([
    ['with its go-ahead', '354 go ahead\r\n250 taken', 'Text.\r\n'],
    ['with its go-ahead, to a large message', '354 go ahead\r\n250 taken', 'x'.repeat(20_000_000)],
    ['instead of its go-ahead, and once more', '250 ok\r\n250 taken', 'Text.\r\n'],
  ])('%s: nobody knows what it keeps', async (_name, goAhead, body) => {
    const server = await scripted((line) => (line === 'DATA' ? goAhead : politely(line)), '250 ok');
    const sessions = new SmtpSessions(3_000);
    const sending = deliverBySmtp(at(server.port), ENVELOPE, message(body), never, sessions);
    await expect(sending).rejects.toMatchObject({
      code: 'delivery-unknown',
      details: { sent: 'unknown' },
      message: expect.stringContaining('before it had the whole message'),
    });
    expect(server.lines).not.toContain('.');
    // Its later answers would be taken for those to the next message.
    expect(sessions.take(at(server.port)).stage).toBe('connect');
  });

  test('at the first line', async () => {
    const server = await startEagerServer();
    await expect(deliverBySmtp(at(server.port), ENVELOPE, MESSAGE, never)).rejects.toMatchObject({
      code: 'delivery-unknown',
    });
  });

  test('or no: nothing was sent', async () => {
    const server = await scripted(
      (line) => (line === 'DATA' ? '354 go ahead\r\n554 not from here' : politely(line)),
      '250 ok',
    );
    await expect(deliverBySmtp(at(server.port), ENVELOPE, MESSAGE, never)).rejects.toMatchObject({
      code: 'smtp-refused',
      details: { sent: 'no' },
    });
  });

  test('or gives its go-ahead twice: nothing was sent', async () => {
    const server = await scripted(
      (line) => (line === 'DATA' ? '354 go ahead\r\n354 go on' : politely(line)),
      '250 ok',
    );
    await expect(deliverBySmtp(at(server.port), ENVELOPE, MESSAGE, never)).rejects.toMatchObject({
      code: 'network',
      details: { sent: 'no' },
    });
  });
});

test.each([
  ['550 5.4.5 not now', 'daily-limit'],
  ['550-5.4.5 not now\r\n550 5.4.5 for long', 'daily-limit'],
  ['554 Daily user sending limit exceeded', 'daily-limit'],
  ['550 5.4.1 not now', 'smtp-refused'],
  ['421 4.7.28 not now', 'rate-limited'],
  ['451 4.3.0 not now', 'network'],
  ['552 no', 'message-too-large'],
])('the answer %j to a message: %s', async (reply, code) => {
  const server = await scripted(politely, reply);
  await expect(deliverBySmtp(at(server.port), ENVELOPE, MESSAGE, never)).rejects.toMatchObject({
    code,
    details: { sent: 'no' },
  });
});

describe('the password is not in the words of a server that repeats it', () => {
  const login = { user: 'jo', password: 'pw-ü7' };
  const plain = Buffer.from(`\0${login.user}\0${login.password}`).toString('base64');
  test.each([
    ['as it is, at RCPT', 'RCPT', `550 5.7.1 no mail for ${login.password}`],
    ['as base64, at RCPT', 'RCPT', `550 5.7.1 AUTH PLAIN ${plain}`],
    ['as it is, at DATA', 'DATA', `554 bad: ${login.password}`],
    ['as base64, at the login', 'AUTH', `535 5.7.8 no such login: PLAIN ${plain}`],
  ])('%s', async (_name, step, reply) => {
    const server = await scripted((line) => {
      if (line.startsWith('EHLO')) return '250-here\r\n250 AUTH PLAIN';
      if (line.startsWith(step)) return Buffer.from(reply).toString();
      return line.startsWith('AUTH') ? '235 come in' : politely(line);
    }, '250 taken');
    const error = await deliverBySmtp(
      { ...at(server.port), ...login },
      ENVELOPE,
      MESSAGE,
      never,
    ).catch((thrown: Error & { hint: string }) => thrown);
    const { message: words, hint } = error as Error & { hint: string };
    expect(hint).toContain('[removed]');
    for (const secret of [login.password, plain]) {
      expect(`${words} ${hint}`).not.toContain(secret);
    }
  });
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

describe('the login', () => {
  const logIn = (port: number) => ({ ...at(port), user: 'jane', password: 'hunter2' });

  test('goes only to a server that offers one', async () => {
    const server = await offering('8BITMIME');
    await expect(deliverBySmtp(logIn(server.port), ENVELOPE, MESSAGE, never)).rejects.toMatchObject(
      {
        code: 'smtp-refused',
        message: expect.stringContaining('offers no login'),
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

  test.each([
    ['user', { user: 'joan' }],
    ['password', { password: 'hunter3' }],
  ])('of another %s carry no message: each has its own login', async (_what, other) => {
    const server = await scripted((line) => {
      if (line.startsWith('EHLO')) return '250-here\r\n250 AUTH PLAIN';
      return line.startsWith('AUTH') ? '235 come in' : politely(line);
    }, '250 taken');
    const first = { ...at(server.port), user: 'jane', password: 'hunter2' };
    const sessions = new SmtpSessions();
    const each = [first, { ...first, ...other }];
    for (const given of each) await deliverBySmtp(given, ENVELOPE, MESSAGE, never, sessions);
    sessions.end();
    const logins = each.map(({ user, password }) =>
      Buffer.from(`\0${user}\0${password}`).toString('base64'),
    );
    expect(server.lines.filter((line) => line.startsWith('AUTH'))).toEqual(
      logins.map((login) => `AUTH PLAIN ${login}`),
    );
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

test('Ctrl-C once the server has the whole message: it is not said to have closed the connection', async () => {
  const stop = new AbortController();
  const server = await scripted(politely, () => {
    stop.abort();
    return 'silent';
  });
  await expect(
    deliverBySmtp(at(server.port), ENVELOPE, MESSAGE, stop.signal),
  ).rejects.toMatchObject({
    code: 'delivery-unknown',
    message:
      'Stopped while the email server 127.0.0.1 took the message, so it is not known whether the message was sent.',
  });
});

describe('what the server refuses is told apart', () => {
  const MAIL = 'MAIL';
  const RCPT = 'RCPT';
  const DATA = 'DATA';
  const END = 'the end';
  test.each<[command: string, said: string, code: string, refusedAt: string | undefined]>([
    [MAIL, '553 5.7.1 Sender address rejected: not owned by user', 'smtp-refused', 'sender'],
    [MAIL, '550 5.1.8 Bad sender', 'smtp-refused', 'sender'],
    [MAIL, '554 5.7.1 Account suspended', 'smtp-refused', 'account'],
    [MAIL, '451 4.3.0 Try later', 'network', undefined],
    [MAIL, '552 5.3.4 Message too big', 'message-too-large', undefined],
    [DATA, '554 5.5.1 No valid recipients', 'smtp-refused', 'sender'],
    [RCPT, '550 5.1.1 No such user', 'smtp-refused', undefined],
    [
      RCPT,
      '550 5.2.1 The email account that you tried to reach is disabled',
      'smtp-refused',
      undefined,
    ],
    [RCPT, '550 5.1.1 User account suspended', 'smtp-refused', undefined],
    [
      RCPT,
      '552 5.2.2 The email account that you tried to reach is over quota.',
      'smtp-refused',
      undefined,
    ],
    [RCPT, '552 Mailbox limit exceeded for this address', 'smtp-refused', undefined],
    [RCPT, '552 5.2.3 Message length exceeds the limit of it', 'message-too-large', undefined],
    [RCPT, '554 5.7.1 Your account is suspended', 'smtp-refused', 'account'],
    [RCPT, '554 5.7.1 <pat@patient.example>: Relay access denied', 'smtp-refused', 'account'],
    [RCPT, '550 relay not permitted', 'smtp-refused', 'account'],
    [
      RCPT,
      '554 5.7.1 Client host [192.0.2.1] blocked using zen.example',
      'smtp-refused',
      'account',
    ],
    [RCPT, '450 4.2.0 Greylisted', 'network', 'recipient'],
    [
      RCPT,
      '450 4.2.1 The user you are trying to contact is receiving mail at a rate that',
      'network',
      'recipient',
    ],
    [RCPT, '452 4.5.3 Too many recipients', 'network', 'recipient'],
    [RCPT, '450 4.7.28 Rate limit of this account', 'rate-limited', undefined],
    [END, '554 5.7.1 Message content rejected', 'smtp-refused', undefined],
    [
      END,
      '552-5.7.0 This message was blocked because its content presents a potential\r\n552 5.7.0 security issue.',
      'smtp-refused',
      undefined,
    ],
    [END, '552 5.3.4 Message too big', 'message-too-large', undefined],
    [END, '552 Message size exceeds maximum permitted', 'message-too-large', undefined],
    [END, '554 Account suspended', 'smtp-refused', 'account'],
    [END, '550 5.7.1 Blocked: this account has been disabled', 'smtp-refused', 'account'],
    [END, '550 5.4.5 Daily user sending quota exceeded', 'daily-limit', undefined],
    [END, '451 4.3.0 Try later', 'network', undefined],
  ])('%s: %s', async (command, said, code, refusedAt) => {
    const server = await scripted(
      (line) => (line.startsWith(command) ? said : politely(line)),
      command === END ? said : '250 taken',
    );
    const { refusedAt: at_, ...details } = await deliverBySmtp(
      at(server.port),
      ENVELOPE,
      MESSAGE,
      never,
    ).then(
      () => ({ refusedAt: 'nothing' }),
      (error) => ({ ...error.details, code: error.code }),
    );
    expect({ ...details, refusedAt: at_ }).toEqual({ code, sent: 'no', refusedAt });
  });
});

describe('the hand-over', () => {
  test('is waited for when the server asks for the message, before its first byte', async () => {
    const server = await scripted(politely, '250 taken');
    const seen: string[][] = [];
    const handOver = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      seen.push([...server.lines.slice(-1), ...server.data]);
    };
    await deliverBySmtp(at(server.port), ENVELOPE, MESSAGE, never, undefined, handOver);
    expect(seen).toEqual([['DATA']]);
    expect(server.data).toContain('Text.');
  });

  test.each(['MAIL', 'RCPT', 'DATA'])('is not reached where %s is refused', async (command) => {
    const server = await scripted(
      (line) => (line.startsWith(command) ? '550 no' : politely(line)),
      '250 taken',
    );
    const handOver = () => Promise.reject(new Error('too early'));
    await expect(
      deliverBySmtp(at(server.port), ENVELOPE, MESSAGE, never, undefined, handOver),
    ).rejects.toMatchObject({ code: 'smtp-refused' });
  });

  test('that fails lets no byte out', async () => {
    const server = await scripted(politely, '250 taken');
    const handOver = () => Promise.reject(new Error('not to be handed over'));
    await expect(
      deliverBySmtp(at(server.port), ENVELOPE, MESSAGE, never, undefined, handOver),
    ).rejects.toMatchObject({ details: { sent: 'no' } });
    expect(server.lines).not.toContain('.');
  });
});
