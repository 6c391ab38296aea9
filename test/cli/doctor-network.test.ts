/** `doctor` on the way to the real Google, which these tests never reach: a proxy answers in its place. */

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startDnsServer } from '../support/dns-server.js';
import { makeCertificate } from '../support/mail-server.js';
import { freePort } from '../support/ports.js';
import type { RunResult } from '../support/program.js';
import { describeWith } from '../support/system-part.js';
import { startInTerminal } from '../support/terminal.js';
import { useComputer } from '../support/use-stand-in.js';
import { listenHere, startWebProxy, type WebProxy } from '../support/web-proxy.js';
import { ACCOUNT, SITE } from '../support/workspace.js';

const { google, workspace } = useComputer();
let proxy: WebProxy | null = null;

afterEach(async () => {
  await proxy?.close();
  proxy = null;
});

/** The checks of the way to Google, as they ended. */
function way({ events }: RunResult): Record<string, unknown> {
  const told = events.filter(({ name }) => /^(?:google-|proxy$)/.test(String(name)));
  return Object.fromEntries(told.map(({ name, status }) => [name, status]));
}

function message({ events }: RunResult, name: string): string {
  return String(events.find((one) => one.event === 'check' && one.name === name)?.message);
}

async function examine(env: Readonly<Record<string, string | undefined>>): Promise<RunResult> {
  const run = await workspace.run(['doctor', '--json'], {
    env: { WRITEUPP_MAIL_GOOGLE_URL: undefined, ...env },
  });
  // What fails is a line, and never what the run ends on.
  expect(run.result?.event).toBe('result');
  return run;
}

describe('a proxy', () => {
  test('that has no name in the DNS: it stops at DNS', async () => {
    const run = await examine({ HTTPS_PROXY: 'http://proxy.invalid:8080' });
    expect(way(run)).toEqual({ proxy: 'pass', 'google-dns': 'fail' });
    expect(message(run, 'google-dns')).toContain('web proxy');
  });

  test('that is not there: it stops at TCP', async () => {
    const run = await examine({ HTTPS_PROXY: `http://127.0.0.1:${await freePort()}` });
    expect(way(run)).toEqual({ proxy: 'pass', 'google-dns': 'pass', 'google-tcp': 'fail' });
    expect(message(run, 'google-tcp')).toContain('HTTPS_PROXY does not answer');
  });

  test.each([
    ['407 Proxy Authentication Required', 'asked for a user name and password'],
    ['403 Forbidden', 'does not let this program reach Google'],
  ])('that answers %s: it stops at TLS', async (answer, words) => {
    proxy = await startWebProxy(answer);
    const run = await examine({ HTTPS_PROXY: proxy.url.replace('//', '//jo:proxy-secret@') });
    expect(way(run)).toMatchObject({ 'google-tcp': 'pass', 'google-tls': 'fail' });
    expect(run.code).toBe(1);
    expect(message(run, 'google-tls')).toContain(words);
    expect(message(run, 'proxy')).toContain(`the web proxy ${new URL(proxy.url).host}`);
    expect(run.stdout + run.stderr).not.toContain('proxy-secret');
    expect(proxy.asked).toEqual(
      expect.arrayContaining([
        'CONNECT accounts.google.com:443',
        'CONNECT gmail.googleapis.com:443',
      ]),
    );
  });

  test('that is of a kind that can’t be used is named, and nothing is tried', async () => {
    const run = await examine({ HTTPS_PROXY: 'socks5://127.0.0.1:1080' });
    expect(way(run)).toEqual({ proxy: 'fail' });
    expect(message(run, 'proxy')).toContain('SOCKS');
  });

  test('that is left out for some of Google’s names is a warning', async () => {
    proxy = await startWebProxy('403 Forbidden');
    const run = await examine({ HTTPS_PROXY: proxy.url, NO_PROXY: 'www.googleapis.com' });
    expect(way(run)).toMatchObject({ proxy: 'warn' });
    expect(message(run, 'proxy')).toContain('NO_PROXY leaves it out for www.googleapis.com');
  });
});

describe('a firewall that opens the encrypted connection', () => {
  let firewall: Server;
  let certificate: string;

  async function start(names: string, answer: string): Promise<string> {
    const made = await makeCertificate(workspace.folder, names);
    certificate = made.path;
    firewall = createServer({ key: made.key, cert: made.cert }, (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(answer);
    });
    proxy = await startWebProxy(await listenHere(firewall));
    return proxy.url;
  }
  afterEach(() => {
    firewall.closeAllConnections();
    firewall.close();
  });

  const NAMES = 'DNS:*.google.com,DNS:*.googleapis.com';

  test('is told where its certificate is not trusted', async () => {
    const run = await examine({ HTTPS_PROXY: await start(NAMES, '') });
    expect(way(run)).toMatchObject({ 'google-tcp': 'pass', 'google-tls': 'fail' });
    expect(message(run, 'google-tls')).toContain('opens the encrypted connection');
  });

  test('and where it has no certificate for one of Google’s names, which', async () => {
    const url = await start('DNS:*.googleapis.com', '');
    const run = await examine({ HTTPS_PROXY: url, NODE_EXTRA_CA_CERTS: certificate });
    expect(message(run, 'google-tls')).toBe(
      'Something else answered in Google’s place. (accounts.google.com)',
    );
  });

  test('is gone through where it is trusted, and what answers then is judged by HTTP', async () => {
    const url = await start(NAMES, '<html>Welcome to our guest Wi-Fi</html>');
    const run = await examine({ HTTPS_PROXY: url, NODE_EXTRA_CA_CERTS: certificate });
    expect(way(run)).toMatchObject({ 'google-tls': 'pass', 'google-http': 'fail' });
  });
});

test('every wait has an end, and the rest goes on', async () => {
  proxy = await startWebProxy('silence');
  google.misbehave('discovery', { kind: 'delay', ms: Number.POSITIVE_INFINITY });
  const [silent, slow] = await Promise.all([
    examine({ HTTPS_PROXY: proxy.url }),
    workspace.run(['doctor', '--json']),
  ]);
  expect(message(silent, 'google-tls')).toBe(
    'Given up after 15 seconds of waiting for an encrypted connection to Google.',
  );
  expect(slow.code).toBe(1);
  expect(message(slow, 'google-http')).toBe(
    'Given up after 15 seconds of waiting for an answer of the stand-in for Google.',
  );
  for (const run of [silent, slow]) {
    expect(message(run, 'leftovers')).toBe('No killed run left anything.');
  }
});

describeWith(['dnsmasq'], 'the DNS of a site', () => {
  test('--site warns of it, and --dns-note prints nothing but the note', async () => {
    const domain = 'harbour-physio.example';
    const dns = await startDnsServer({
      txt: { [`_dmarc.${domain}`]: ['v=DMARC1; p=reject'], [domain]: ['v=spf1 mx -all'] },
    });
    const options = { env: { WRITEUPP_MAIL_DNS: dns.address } };
    await workspace.addSite();
    const args = ['sign-in', '--account', ACCOUNT, '--json'];
    await workspace.runWithPerson(args, { account: ACCOUNT });
    const run = await workspace.run(['doctor', '--json', '--site', SITE], options);
    const note = await workspace.run(['doctor', '--site', SITE, '--dns-note'], options);
    const json = await workspace.run(['doctor', '--dns-note', '--json'], options);
    await dns.stop();
    expect(message(run, 'site-delivery')).toContain('would fail DMARC');
    expect(note.code).toBe(0);
    expect(note.stdout).toMatch(/^Subject: Please change the DNS of harbour-physio\.example/);
    expect(note.stdout).toContain('We send the email of Harbour Physio');
    expect(note.stdout).toMatch(/Thank you\.\n$/);
    expect(json.result).toMatchObject({ ok: true, site: SITE, note: note.stdout });
  });

  test('a rehearsal that names no DNS server says so', async () => {
    await workspace.addSite();
    const run = await workspace.run(['doctor', '--dns-note', '--json']);
    expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
    expect(run.error?.hint).toContain('WRITEUPP_MAIL_DNS');
  });
});

describeWith(['script'], 'in a terminal', () => {
  test('the report is shown, and not written without a Yes', async () => {
    const path = `${workspace.folder}/report.txt`;
    const terminal = startInTerminal(['doctor', '--report', path], { env: workspace.env });
    // The checks are shown once, in the report.
    await terminal.see('writeupp-mail: a report for support');
    await terminal.see('PASS secrets');
    await terminal.answer('Write this to', 'n');
    expect((await terminal.ended).code).toBe(0);
    await expect(readFile(path)).rejects.toThrow('ENOENT');
    const again = startInTerminal(['doctor', '--report', path], { env: workspace.env });
    await again.answer('Write this to', 'y');
    await again.see('The report is written');
    expect((await again.ended).code).toBe(0);
    expect(await readFile(path, 'utf8')).toContain('Checks');
  });

  test('a person is asked whether to clear what killed runs left', async () => {
    const lock = join(workspace.home, 'locks', 'x.lock');
    await mkdir(dirname(lock), { recursive: true, mode: 0o700 });
    const holder = { pid: 4194305, host: 'janes-mac', command: 'migrate', since: '2026-01-01' };
    await writeFile(lock, JSON.stringify(holder));
    for (const answer of ['n', 'y']) {
      const path = join(workspace.folder, `${answer}.txt`);
      const terminal = startInTerminal(['doctor', '--report', path], { env: workspace.env });
      await terminal.answer('Clear what killed runs left?', answer);
      await terminal.answer('Write this to', 'y');
      expect((await terminal.ended).code).toBe(0);
      expect([answer, existsSync(lock)]).toEqual([answer, answer === 'n']);
      const report = await readFile(path, 'utf8');
      expect([answer, report.includes('another computer, host-')]).toEqual([
        answer,
        answer === 'n',
      ]);
      expect(report).not.toContain('janes-mac');
    }
  });
});
