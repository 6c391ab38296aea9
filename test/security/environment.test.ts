/** Variables that would weaken the program, or lead it astray: not honoured, whoever set them. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT } from '../support/workspace.js';

const { google, prepared } = useStandIn();
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A proxy that refuses, and what it was asked for. */
async function startProxy() {
  const asked: string[] = [];
  const proxy = createHttpServer();
  proxy.on('connect', (request, socket) => {
    asked.push(String(request.url));
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  return { port: await listen(proxy), asked };
}

describe('NODE_TLS_REJECT_UNAUTHORIZED=0', () => {
  test('does not let a server with a certificate of its own pass for Google, and is told once', async () => {
    const workspace = await prepared.at('connected');
    const [key, certificate] = ['key.pem', 'cert.pem'].map((name) => join(workspace.folder, name));
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', String(key), '-out', String(certificate)],
    ]);
    let answered = 0;
    const impostor = createServer(
      { key: await readFile(String(key)), cert: await readFile(String(certificate)) },
      (_request, response) => {
        answered += 1;
        response.writeHead(503).end();
      },
    );
    const url = `https://127.0.0.1:${await listen(impostor)}`;
    const env = { WRITEUPP_MAIL_GOOGLE_URL: url, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const run = await workspace.run(['sign-in', '--json', '--account', ACCOUNT], { env });
    expect(run).toMatchObject({ code: 5, error: { code: 'network' } });
    expect(answered).toBe(0);
    expect(run.stderr.split('NODE_TLS_REJECT_UNAUTHORIZED')).toHaveLength(2);
    expect(run.stderr).toContain('certificates are always checked');
    // The impostor is met at all: with its certificate trusted, it is asked.
    const trusting = { ...env, NODE_EXTRA_CA_CERTS: String(certificate) };
    await workspace.run(['sign-in', '--json', '--account', ACCOUNT], { env: trusting });
    expect(answered).toBeGreaterThan(0);
  });
});

describe('DEBUG=*', () => {
  test('does not print the password of a proxy', async () => {
    const workspace = await prepared.at('empty');
    const { port, asked } = await startProxy();
    const env = {
      WRITEUPP_MAIL_GOOGLE_URL: undefined,
      DEBUG: '*',
      HTTPS_PROXY: `http://practice:Tr0ub4dor-proxy@127.0.0.1:${port}`,
    };
    await workspace.run(['site', 'add', 'one', '--login', ACCOUNT], { env });
    const run = await workspace.run(['sign-in', '--json', '--account', ACCOUNT], { env });
    expect(asked).toContain('accounts.google.com:443');
    expect(run.error?.code).toBe('proxy');
    expect(run.stderr + run.stdout).not.toContain('Tr0ub4dor-proxy');
  });
});

describe('GOOGLE_CLOUD_UNIVERSE_DOMAIN', () => {
  test('sends no permission to another host', async () => {
    const workspace = await prepared.at('tested');
    const { port, asked } = await startProxy();
    const env = {
      GOOGLE_CLOUD_UNIVERSE_DOMAIN: 'evil.example',
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
    };
    const before = google.requests.length;
    expect((await workspace.run(['test-connection', '--json'], { env })).code).toBe(0);
    expect(google.requests.slice(before).map(({ point }) => point)).toContain('send');
    expect(asked).toEqual([]);
  });
});

describe('the settings folder', () => {
  /** Where the program says that its records are. Nothing is written there. */
  async function recordsFolder(env: Readonly<Record<string, string | undefined>>) {
    const workspace = await prepared.at('empty');
    const run = await workspace.run(['site', 'list', '--verbose'], {
      env: { WRITEUPP_MAIL_HOME: undefined, XDG_CONFIG_HOME: undefined, ...env },
    });
    expect(run.code).toBe(0);
    return /^Site records: the settings folder (.*)\/rehearsal$/m.exec(run.stderr)?.[1];
  }

  test.each([
    ['empty', ''],
    ['relative', 'some/folder'],
    ['not set', undefined],
  ])('is in the account’s home where HOME is %s', async (_what, HOME) => {
    const folder = await recordsFolder({ HOME });
    expect(folder).toBe(join(userInfo().homedir, '.config', 'writeupp-mail'));
  });

  test('is not in a relative XDG_CONFIG_HOME, as its specification says', async () => {
    const HOME = '/home/of-the-tests';
    const folder = await recordsFolder({ HOME, XDG_CONFIG_HOME: 'some/folder' });
    expect(folder).toBe(`${HOME}/.config/writeupp-mail`);
    expect(await recordsFolder({ HOME, XDG_CONFIG_HOME: '/xdg' })).toBe('/xdg/writeupp-mail');
  });
});
