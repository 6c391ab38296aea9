/** Reading real errors of the libraries: proxies, broken connections, time-outs, clocks, and no secrets. */
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { OAuth2Client } from 'google-auth-library';
import { MailError } from '../../src/errors.js';
import { catalogueEntry } from '../../src/google/catalogue/index.js';
import { explainGoogleError } from '../../src/google/explain.js';
import { clockSkewMs, readFailure } from '../../src/google/failure.js';
import { NOW } from './http-case.js';
import { errorFrom, RefusingServer, SECRETS } from './real-refusal.js';

const server = new RefusingServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

const open: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const listener of open.splice(0)) listener.close();
});

/** A server on this computer that treats each connection as told; its origin without the scheme. */
async function listen(onConnection: (socket: Socket) => void): Promise<string> {
  return started(createServer((socket) => onConnection(socket.on('error', () => {}))));
}

async function started(listener: Server): Promise<string> {
  open.push(listener.on('connection', (socket) => sockets.push(socket)));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(listener.address() as AddressInfo).port}`;
}

/** A web proxy that answers every CONNECT with a refusal. */
async function proxy(status: number, body: string, contentType = 'text/html'): Promise<string> {
  const listener = createHttpServer().on('connect', (_request, socket) => {
    socket.end(
      `HTTP/1.1 ${status} Refused\r\nContent-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  });
  return `http://${await started(listener)}`;
}

/** An address on which nothing listens. */
async function deadAddress(): Promise<string> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return `127.0.0.1:${port}`;
}

function rowOf(error: unknown, operation: 'refresh' | 'send' = 'send'): string {
  return catalogueEntry(readFailure(error, operation), { now: NOW }).id;
}

describe('a web proxy', () => {
  const google = 'https://oauth2.googleapis.com';

  test('that asks for a password is told from Google', async () => {
    const error = await errorFrom(google, 'refresh', { proxy: await proxy(407, '<html>Log in') });
    expect(readFailure(error, 'refresh')).toMatchObject({ status: 407, proxyAnswer: true });
    expect(rowOf(error)).toBe('proxy-password');
  });

  test.each([
    ['with an empty body', '', ''],
    ['with its own page', '<html><title>Blocked by policy</title>', 'text/html'],
  ])('that refuses %s is told from Google', async (_case, body, type) => {
    const error = await errorFrom(google, 'send', { proxy: await proxy(403, body, type) });
    expect(readFailure(error, 'send')).toMatchObject({ viaProxy: true, proxyAnswer: true });
    expect(rowOf(error)).toBe('proxy-refused');
    expect(explainGoogleError(error, 'send')).toMatchObject({
      code: 'proxy',
      details: { sent: 'no' },
    });
  });

  test.each([
    [500, 'proxy-cannot-reach', 'proxy'],
    [502, 'proxy-cannot-reach', 'proxy'],
    [503, 'proxy-cannot-reach', 'proxy'],
    [504, 'proxy-cannot-reach', 'proxy'],
    [511, 'proxy-cannot-reach', 'proxy'],
    [429, 'proxy-cannot-reach', 'proxy'],
    [408, 'proxy-cannot-reach', 'proxy'],
    [403, 'proxy-refused', 'proxy'],
    [407, 'proxy-password', 'proxy'],
    [400, 'foreign-answer', 'network'],
    [404, 'foreign-answer', 'network'],
    [302, 'foreign-answer', 'network'],
  ])('that answers for Google with %s: %s, and nothing was sent', async (status, row, code) => {
    for (const [body, type] of [
      ['', ''],
      ['<html><title>Error 500 (Server Error)!!1</title>', 'text/html'],
      ['{"error":{"code":500,"errors":[{"reason":"backendError"}]}}', 'application/json'],
    ] as const) {
      const options = { proxy: await proxy(status, body, type) };
      const error = await errorFrom(google, 'send', options);
      expect(rowOf(error)).toBe(row);
      expect(explainGoogleError(error, 'send')).toMatchObject({ code, details: { sent: 'no' } });
      expect(explainGoogleError(await errorFrom(google, 'refresh', options), 'refresh').code).toBe(
        code,
      );
    }
  });

  test('whose page is longer than it says is named as well', async () => {
    const address = await listen((socket) =>
      socket.on('data', () =>
        socket.end(
          `HTTP/1.1 502 Bad\r\nContent-Length: 3\r\n\r\n${'<p>No way there.</p>'.repeat(99)}`,
        ),
      ),
    );
    const error = await errorFrom(google, 'refresh', { proxy: `http://${address}` });
    expect(rowOf(error, 'refresh')).toBe('proxy-cannot-reach');
  });

  test('that answers in no HTTP is named', async () => {
    const address = await listen((socket) =>
      socket.on('data', () => socket.end('SSH-2.0-here\r\nwhat\r\n\r\n')),
    );
    const error = await errorFrom(google, 'send', { proxy: `http://${address}` });
    expect(rowOf(error)).toBe('proxy-unreachable');
  });

  test('is not blamed for an empty 403 where none is set', async () => {
    const error = await server.error('refresh', { status: 403, body: '' });
    expect(readFailure(error, 'refresh')).toMatchObject({ viaProxy: false, proxyAnswer: false });
  });

  test('that is not there is named', async () => {
    const error = await errorFrom(google, 'send', { proxy: `http://${await deadAddress()}` });
    expect(rowOf(error)).toBe('proxy-unreachable');
  });

  test('that hangs up on the request is named', async () => {
    const address = await listen((socket) => socket.destroy());
    const error = await errorFrom(google, 'send', { proxy: `http://${address}` });
    expect(rowOf(error)).toBe('proxy-unreachable');
  });
});

describe('a connection', () => {
  test('refused has sent nothing', async () => {
    const error = await errorFrom(`http://${await deadAddress()}`, 'send');
    expect(readFailure(error, 'send')).toMatchObject({
      networkCode: 'ECONNREFUSED',
      beforeSending: true,
    });
    expect(explainGoogleError(error, 'send')).toMatchObject({
      code: 'network',
      details: { sent: 'no' },
    });
  });

  test('to a name that does not exist has sent nothing', async () => {
    const error = await errorFrom('http://no-such-name.invalid', 'send');
    expect(readFailure(error, 'send').beforeSending).toBe(true);
    expect(rowOf(error)).toBe('no-name');
  });

  test('that ends before encryption stands has sent nothing', async () => {
    const address = await listen((socket) => socket.on('data', () => socket.end()));
    const error = await errorFrom(`https://${address}`, 'send');
    expect(readFailure(error, 'send')).toMatchObject({
      networkCode: 'ECONNRESET',
      beforeSending: true,
    });
  });

  test('that is not encrypted has sent nothing', async () => {
    const address = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const error = await errorFrom(`https://${address}`, 'send');
    expect(rowOf(error)).toBe('tls-failed');
  });

  test.each([
    ['reset', (socket: Socket) => socket.on('data', () => socket.resetAndDestroy())],
    ['closed without an answer', (socket: Socket) => socket.on('data', () => socket.end())],
    [
      'cut within the answer',
      (socket: Socket) =>
        socket.on('data', () => {
          socket.write(
            'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
          );
          setTimeout(() => socket.destroy(), 20);
        }),
    ],
  ])('%s after a message was handed over: nobody knows', async (_case, onConnection) => {
    const error = await errorFrom(`http://${await listen(onConnection)}`, 'send');
    expect(rowOf(error)).toBe('send-answer-lost');
    const explained = explainGoogleError(error, 'send');
    expect(explained).toMatchObject({ code: 'delivery-unknown', details: { sent: 'unknown' } });
    expect(explained.hint).toContain('Sent folder');
    expect(explained.hint).not.toContain('Nothing was sent');
  });

  test('without an answer in time: unknown for a message, temporary otherwise', async () => {
    const origin = `http://${await listen(() => {})}`;
    const sending = await errorFrom(origin, 'send', { timeoutMs: 100 });
    expect(explainGoogleError(sending, 'send').code).toBe('delivery-unknown');
    const refreshing = await errorFrom(origin, 'refresh', { timeoutMs: 100 });
    expect(rowOf(refreshing, 'refresh')).toBe('timed-out');
  });

  test('of fetch is read through its causes', async () => {
    const refused = await fetch(`http://${await deadAddress()}`).catch((error: unknown) => error);
    expect(readFailure(refused, 'discover')).toMatchObject({
      networkCode: 'ECONNREFUSED',
      beforeSending: true,
    });
  });

  test('whose every address failed keeps the first address’s code', () => {
    const each = Object.assign(new Error('connect'), {
      code: 'ETIMEDOUT',
      syscall: 'connect',
    });
    const failure = readFailure(new AggregateError([each]), 'send');
    expect(failure).toMatchObject({ networkCode: 'ETIMEDOUT', beforeSending: true });
  });
});

/** Parts of the secrets that look the same inside a URL, a form and JSON. */
const TELL_TALE: readonly string[] = [
  ...Object.values(SECRETS).flatMap((secret) => secret.match(/[\w-]{12,}/g) ?? []),
  Buffer.from(SECRETS.message).toString('base64url').slice(0, 20),
];

describe('the record', () => {
  test('carries no secret of the request, however deep one looks', async () => {
    let carried = 0;
    for (const operation of ['exchange-code', 'refresh', 'revoke', 'send'] as const) {
      const error = await server.error(operation, { status: 400, body: { error: 'odd' } });
      const raw = inspect(error, { depth: 20, showHidden: true });
      if (TELL_TALE.some((part) => raw.includes(part))) carried += 1;
      const kept = [readFailure(error, operation), explainGoogleError(error, operation)];
      const text = inspect(kept, { depth: 20, showHidden: true });
      for (const part of TELL_TALE) expect(text).not.toContain(part);
    }
    // The library's own errors do carry them, or this test would prove nothing.
    expect(carried).toBeGreaterThan(0);
  });

  test('is clean even where the answer repeats the secrets', async () => {
    const { refreshToken, accessToken, code, verifier, clientSecret } = SECRETS;
    const echo = `bad ${refreshToken} ${accessToken} ${code} code_verifier=${verifier} ${clientSecret}`;
    const bodies = [
      { error: 'odd', error_description: echo, error_subtype: echo },
      { error: { code: 400, message: echo, errors: [{ reason: echo, message: echo }] } },
      `<html><title>Bad</title><p>${echo}`,
    ];
    for (const body of bodies) {
      const text = inspect(
        explainGoogleError(await server.error('refresh', { status: 400, body }), 'refresh'),
      );
      for (const secret of [refreshToken, accessToken, code, verifier, clientSecret]) {
        expect(text).not.toContain(secret);
      }
    }
  });

  test('keeps the part of the metadata that helps', async () => {
    const details = [
      {
        reason: 'SERVICE_DISABLED',
        metadata: { consumer: 'projects/1', service: 's', extra: 'x' },
      },
    ];
    const body = { error: { code: 403, message: 'm', details } };
    const failure = readFailure(await server.error('send', { status: 403, body }), 'send');
    expect(failure.metadata).toEqual({
      project: 'projects/1',
      service: 's',
      activationUrl: undefined,
    });
  });

  test('knows the server’s clock', async () => {
    const headers = { date: NOW.toUTCString() };
    const failure = readFailure(
      await server.error('refresh', { status: 400, body: { error: 'odd' }, headers }),
      'refresh',
    );
    expect(clockSkewMs(failure, new Date(NOW.getTime() + 600_000))).toBe(600_000);
    expect(clockSkewMs({ ...failure, date: undefined }, NOW)).toBeUndefined();
  });
});

describe('an error that is not Google’s', () => {
  test('of the library, that nothing is stored, asks to sign in', async () => {
    const error = await new OAuth2Client().refreshAccessToken().catch((thrown: unknown) => thrown);
    expect(explainGoogleError(error, 'refresh')).toMatchObject({
      code: 'sign-in-needed',
      details: { reason: 'not-connected' },
    });
  });

  test('that holds a token is cut before it', () => {
    const error = new Error('Invalid token signature: eyJhbGciOiJSUzI1NiJ9.e30.c2ln');
    expect(readFailure(error, 'keys').message).toBe('Invalid token signature');
  });

  test('while sending is not taken for proof that nothing left', () => {
    expect(explainGoogleError(new TypeError('x is not a function'), 'send').code).toBe(
      'delivery-unknown',
    );
    expect(explainGoogleError(undefined, 'send').code).toBe('delivery-unknown');
    expect(explainGoogleError('thrown text', 'refresh').code).toBe('internal');
  });

  test('that was explained already passes through', () => {
    const explained = new MailError('storage', 'm', 'h');
    expect(explainGoogleError(explained, 'send')).toBe(explained);
  });
});
