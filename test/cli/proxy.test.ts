/** Corporate networks: the proxy for Google and never for loopback, its refusals, and TLS that is opened on the way. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer as createTlsServer, type Server } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { useComputer } from '../support/use-stand-in.js';
import { listenHere, startWebProxy, type WebProxy } from '../support/web-proxy.js';
import { ACCOUNT } from '../support/workspace.js';

const { newComputer, workspace } = useComputer({
  env: { WRITEUPP_MAIL_GOOGLE_URL: undefined },
});
const proxies: WebProxy[] = [];
const servers: Server[] = [];

beforeEach(async () => {
  await workspace.addSite();
});
afterEach(async () => {
  for (const one of [...proxies.splice(0), ...servers.splice(0)]) one.close();
});

async function startProxy(answer: string | number): Promise<WebProxy> {
  const proxy = await startWebProxy(answer);
  proxies.push(proxy);
  return proxy;
}

/** The real Google, which these tests never reach: the proxy answers in its place. */
const realGoogle = (proxy: string, more: Record<string, string> = {}) => ({
  env: { HTTPS_PROXY: proxy, NO_PROXY: undefined, ...more },
});

test('a proxy is never asked for what is on this computer', async () => {
  const proxy = await startProxy('403 Forbidden');
  const rehearsal = await newComputer();
  await rehearsal.addSite();
  const { run } = await rehearsal.runWithPerson(
    ['migrate', '--yes', '--json'],
    { account: ACCOUNT },
    { env: { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, https_proxy: proxy.url } },
  );
  expect(run.code).toBe(0);
  expect(proxy.asked).toEqual([]);
});

describe('for Google, the proxy of HTTPS_PROXY is used', () => {
  test.each([
    ['407 Proxy Authentication Required', 'asked for a user name and password'],
    ['403 Forbidden', 'does not let this program reach Google'],
    ['503 Service Unavailable', 'could not reach Google'],
  ])('and its %s is told from an answer of Google’s', async (answer, words) => {
    const proxy = await startProxy(answer);
    const run = await workspace.run(['sign-in', '--json'], realGoogle(proxy.url));
    expect(proxy.asked).toContain('CONNECT accounts.google.com:443');
    expect(run).toMatchObject({ code: 5, error: { code: 'proxy' } });
    expect(run.error?.message).toContain(words);
  });

  test('and one that does not answer is named', async () => {
    const proxy = await startProxy('403 Forbidden');
    await proxies.pop()?.close();
    const run = await workspace.run(['sign-in', '--json'], realGoogle(proxy.url));
    expect(run).toMatchObject({ code: 5, error: { code: 'proxy' } });
    expect(run.error?.message).toContain('HTTPS_PROXY does not answer');
  });
});

describe('the variables are read as curl reads them', () => {
  test('a proxy without a scheme is used', async () => {
    const proxy = await startProxy('403 Forbidden');
    const run = await workspace.run(
      ['sign-in', '--no-browser', '--json'],
      realGoogle(proxy.url.replace('http://', '')),
    );
    expect(run).toMatchObject({ code: 5, error: { code: 'proxy' } });
    expect(proxy.asked).toContain('CONNECT accounts.google.com:443');
  });

  test.each([
    ['NO_PROXY=*', { NO_PROXY: '*' }],
    ['NO_PROXY=google.com', { NO_PROXY: 'google.com' }],
    ['HTTP_PROXY alone', { HTTPS_PROXY: undefined, HTTP_PROXY: 'here' }],
  ])('%s: the proxy is not asked', async (_name, env) => {
    const proxy = await startProxy('403 Forbidden');
    const changes = 'HTTP_PROXY' in env ? { ...env, HTTP_PROXY: proxy.url } : env;
    const { env: base } = realGoogle(proxy.url);
    const run = await workspace.run(['sign-in', '--no-browser', '--json'], {
      env: { ...base, ...changes },
    });
    expect(run.error).toMatchObject({ code: 'network' });
    expect(proxy.asked).toEqual([]);
  });

  test.each([
    ['socks5://127.0.0.1:1080', 'SOCKS'],
    ['http://jo:hunter#2@127.0.0.1:1080', '%23'],
  ])('%s is refused by name', async (value, words) => {
    const run = await workspace.run(['sign-in', '--no-browser', '--json'], realGoogle(value));
    expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
    expect(run.error?.message).toContain('HTTPS_PROXY');
    expect(run.error?.message).toContain(words);
    expect(run.stdout + run.stderr).not.toContain('hunter');
  });
});

describe('a firewall that opens the encrypted connection', () => {
  let certificate: string;
  let proxy: { url: string };

  beforeEach(async () => {
    certificate = join(workspace.folder, 'certificate.pem');
    const key = join(workspace.folder, 'key.pem');
    const subject = [
      '-subj',
      '/CN=Office firewall',
      '-addext',
      'subjectAltName=DNS:accounts.google.com',
    ];
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'],
      ...['-keyout', key, '-out', certificate, ...subject],
    ]);
    const firewall = createTlsServer(
      { cert: await readFile(certificate), key: await readFile(key) },
      (_request, response) => response.writeHead(503).end('the firewall was here'),
    );
    servers.push(firewall);
    proxy = await startProxy(await listenHere(firewall));
  });

  test('is named, with what to ask for, where its certificate is not trusted', async () => {
    const run = await workspace.run(['sign-in', '--json'], realGoogle(proxy.url));
    expect(run).toMatchObject({ code: 5, error: { code: 'network' } });
    expect(run.error?.message).toContain('opens the encrypted connection');
    expect(run.error?.hint).toContain('NODE_EXTRA_CA_CERTS');
  });

  test('is gone through where NODE_EXTRA_CA_CERTS names its certificate', async () => {
    const run = await workspace.run(
      ['sign-in', '--json'],
      realGoogle(proxy.url, { NODE_EXTRA_CA_CERTS: certificate }),
    );
    expect(run).toMatchObject({ code: 5, error: { code: 'google-unavailable' } });
    expect(run.error?.hint).toContain('the firewall was here');
  });
});
