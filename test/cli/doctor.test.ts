/** `doctor`, run as a process: each check made to pass, to warn and to fail by real means. */

import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { nodeFinding } from '../../src/doctor/this-program.js';
import { startGoogle } from '../stand-in/stand-in.js';
import { type BrokenKeychain, brokenKeychain, startKeyring } from '../support/keyring.js';
import { makeCertificate, startSmtpServer } from '../support/mail-server.js';
import { freePort } from '../support/ports.js';
import { editRecord } from '../support/prepared.js';
import type { RunResult } from '../support/program.js';
import { describeWith, testIf } from '../support/system-part.js';
import { isOnPostgres, useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, type ProgramOptions, SITE, SMTP_PASSWORD } from '../support/workspace.js';

const { google, workspace } = useComputer();

interface Told {
  readonly status: string;
  readonly message: string;
  readonly hint: string;
}

/** What was found, by the name of its check. */
function found({ events }: RunResult): Readonly<Record<string, Told>> {
  return Object.fromEntries(
    events.flatMap(({ event, name, ...told }) =>
      event === 'check' ? [[String(name), told as unknown as Told]] : [],
    ),
  );
}

async function examine(args: readonly string[] = [], options?: ProgramOptions): Promise<RunResult> {
  return workspace.run(['doctor', '--json', ...args], options);
}

/** One check's finding, in a run that tells others as well. */
async function examined(
  name: string,
  options?: ProgramOptions,
  args: readonly string[] = [],
): Promise<Told | undefined> {
  return found(await examine(args, options))[name];
}

async function signIn(): Promise<void> {
  const args = ['sign-in', '--account', ACCOUNT, '--json'];
  const { run } = await workspace.runWithPerson(args, { account: ACCOUNT });
  expect(run.code).toBe(0);
}

describe('the whole', () => {
  test('in order: every check is told, in one shape, and it exits 0', async () => {
    await workspace.addSite();
    const run = await examine();
    expect(run.code).toBe(0);
    const checks = run.events.filter(({ event }) => event === 'check');
    expect(checks.map(({ name }) => name)).toEqual([
      ...['node', 'settings-folder', 'records', 'secrets', 'client-file', 'listener', 'browser'],
      ...['proxy', 'certificates', 'google-dns', 'google-tcp', 'google-http', 'clock'],
      ...['nightly-check', 'leftovers'],
    ]);
    for (const check of checks) {
      expect(Object.keys(check)).toEqual(['event', 'name', 'status', 'message', 'hint']);
      expect(['pass', 'warn', 'fail']).toContain(check.status);
      expect(check.hint === '').toBe(check.status === 'pass');
    }
    const others = checks.filter(({ name, status }) => status !== 'pass' && name !== 'node');
    expect(others).toEqual([]);
    const warn = checks.filter(({ status }) => status === 'warn').length;
    expect(run.result).toEqual({
      ...{ event: 'result', ok: true, checks: checks.length },
      ...{ pass: checks.length - warn, warn, fail: 0 },
    });
  });

  test('on a bare computer: it tells what is missing, leaves nothing behind, and exits 1', async () => {
    const options = {
      env: {
        WRITEUPP_MAIL_CREDENTIALS: undefined,
        WRITEUPP_MAIL_OAUTH_CLIENT: undefined,
        WRITEUPP_MAIL_GOOGLE_URL: undefined,
        HTTPS_PROXY: `http://127.0.0.1:${await freePort()}`,
      },
    };
    const run = await examine([], options);
    expect(run.code).toBe(1);
    expect(run.result).toMatchObject({ ok: false, fail: 3 });
    expect(found(run)).toMatchObject({
      'settings-folder': { status: 'pass' },
      records: { status: 'pass' },
      secrets: { status: 'fail', hint: expect.stringContaining('WRITEUPP_MAIL_CREDENTIALS=vault') },
      'client-file': { status: 'fail', hint: expect.stringContaining('WriteUpp support') },
      clock: { status: 'warn' },
    });
    expect(existsSync(String(workspace.env.WRITEUPP_MAIL_HOME))).toBe(false);
    const { stdout } = await workspace.run(['doctor'], options);
    expect(stdout).toMatch(/^FAIL {2}secrets: The keychain can’t be used/m);
    expect(stdout).toMatch(/^PASS {2}listener: /m);
    expect(stdout).toMatch(/\n\d+ checks: \d+ passed, \d+ to know of, 3 failed\.\n$/);
  });

  test('says what it waits for where that takes long', async () => {
    const slow = createServer((_request, response) => {
      setTimeout(() => response.end(), 1_500);
    });
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    const { port } = slow.address() as AddressInfo;
    const env = { WRITEUPP_MAIL_GOOGLE_URL: `http://127.0.0.1:${port}` };
    const { stderr } = await workspace.run(['doctor'], { env });
    slow.close();
    expect(stderr).toContain(
      'Waiting for an answer of the stand-in for Google (15 seconds at most) …',
    );
    expect(stderr).not.toContain('Waiting for Node.js');
  });
});

describe('node', () => {
  const at = new Date('2026-11-01T00:00:00Z');
  test.each([
    ['18.20.4', 'fail'],
    ['20.16.0', 'fail'],
    ['20.17.0', 'warn'],
    ['22.12.0', 'pass'],
    ['23.1.0', 'warn'],
    ['24.0.0', 'pass'],
    ['28.0.0', 'pass'],
  ])('%s: %s', (version, status) => {
    expect(nodeFinding(version, at).status).toBe(status);
  });
});

// Root may do everything, and owns what it made.
describe('settings-folder', () => {
  test('one that others can read is a warning, one that they can change a failure', async () => {
    await workspace.addSite();
    await chmod(workspace.home, 0o755);
    expect(await examined('settings-folder')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining(`folder ${workspace.home}.`),
    });
    // A rehearsal's is in another one.
    await chmod(dirname(workspace.home), 0o755);
    expect(await examined('settings-folder')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining(`folder ${dirname(workspace.home)}.`),
    });
    // As the warning says.
    expect((await stat(workspace.home)).mode & 0o777).toBe(0o700);
    await chmod(workspace.home, 0o777);
    const run = await examine();
    expect(run.code).toBe(1);
    expect(found(run)['settings-folder']).toMatchObject({
      status: 'fail',
      hint: expect.stringContaining('chmod go-w'),
    });
  });

  test('a file in its place is a failure', async () => {
    await writeFile(String(workspace.env.WRITEUPP_MAIL_HOME), '');
    expect(await examined('settings-folder')).toMatchObject({ status: 'fail' });
  });
});

test('records: one that is damaged is named, and the rest goes on', async () => {
  await workspace.addSite();
  await workspace.addSite('other-practice');
  await workspace.putRecord({ schemaVersion: 3 }, 'other-practice');
  const run = await examine();
  expect(run.code).toBe(1);
  expect(found(run)).toMatchObject({
    records: { status: 'fail', message: expect.stringContaining('other-practice') },
    leftovers: { status: 'pass' },
  });
});

describe('secrets', () => {
  test('a vault that has no passphrase: a warning while it is empty, then a failure', async () => {
    const options = { env: { WRITEUPP_MAIL_PASSPHRASE: undefined } };
    expect(await examined('secrets', options)).toMatchObject({ status: 'warn' });
    expect(await examined('secrets')).toMatchObject({ status: 'pass' });
    await workspace.addSite();
    expect(await examined('secrets', options)).toMatchObject({
      status: 'fail',
      hint: expect.stringContaining('WRITEUPP_MAIL_PASSPHRASE'),
    });
    expect(await examined('secrets')).toMatchObject({
      status: 'pass',
      message: expect.stringMatching(/the vault .*, in \d+ ms\.$/),
    });
  });

  describeWith(['keyring'], 'in a keychain', () => {
    const inKeychain = (env: NodeJS.ProcessEnv) => ({
      env: { ...env, WRITEUPP_MAIL_CREDENTIALS: 'keychain', WRITEUPP_MAIL_PASSPHRASE: undefined },
    });

    test('that works, with its time', async () => {
      const keyring = await startKeyring({ unlocked: true });
      const secrets = await examined('secrets', inKeychain(keyring.env));
      await keyring.stop();
      expect(secrets).toMatchObject({
        status: 'pass',
        message: expect.stringMatching(/Secret Service.* in \d+ ms\.$/),
      });
    });

    test.each<[BrokenKeychain, RegExp]>([
      ['no-libsecret', /libsecret/],
      ['no-bus', /D-Bus/],
      ['no-service', /no keyring program/],
      ['no-default-collection', /holds no keyring/],
      ['locked', /is locked/],
      ['frozen-service', /did not answer within 10 seconds/],
    ])('%s', async (kind, words) => {
      const broken = await brokenKeychain(kind);
      const run = await examine([], inKeychain(broken.env));
      await broken.stop();
      expect(run.code).toBe(1);
      expect(found(run)).toMatchObject({
        secrets: { status: 'fail', message: expect.stringMatching(words) },
        leftovers: { status: 'pass' },
      });
    });
  });
});

describe('client-file', () => {
  test('one that is none is a failure', async () => {
    await writeFile(join(workspace.folder, 'client.json'), '{"web":{}}');
    expect(await examined('client-file')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('Web application'),
    });
  });

  test('another than the one that a site was connected with is a warning', async () => {
    await workspace.addSite();
    await signIn();
    await editRecord(workspace, (record) => {
      record.gmail.clientId = 'another';
    });
    expect(await examined('client-file')).toMatchObject({
      status: 'warn',
      message: expect.stringMatching(/^1 site was connected with another/),
    });
  });
});

describe('listener', () => {
  const withoutLoopback = [['-n'], ['-r', '-n']].find(
    (options) => spawnSync('unshare', [...options, 'true']).status === 0,
  );
  const here = testIf(
    withoutLoopback !== undefined,
    'the right to take a network away (unshare -n)',
  );
  here('a computer that does not let programs reach it fails', async () => {
    const run = await examine([], { by: ['unshare', ...(withoutLoopback ?? [])] });
    expect(run.code).toBe(1);
    expect(found(run)).toMatchObject({
      listener: { status: 'fail', hint: expect.stringContaining('--no-browser') },
      'google-tcp': { status: 'fail' },
    });
    // What builds on a connection is not told.
    expect(found(run)).not.toHaveProperty('google-http');
  });
});

describe('browser', () => {
  test.each([
    ['a program that is not there', { BROWSER: '/nowhere/browser' }, /BROWSER names a program/],
    ['over SSH', { BROWSER: undefined, SSH_CONNECTION: '1 2 3 4' }, /over SSH/],
  ])('%s is a warning', async (_name, env, words) => {
    expect(await examined('browser', { env })).toMatchObject({
      status: 'warn',
      message: expect.stringMatching(words),
      hint: expect.stringContaining('any browser'),
    });
  });
});

describe('certificates', () => {
  test('a file without one fails, one that is out of date warns, a good one passes', async () => {
    const path = join(workspace.folder, 'ca.pem');
    const options = { env: { NODE_EXTRA_CA_CERTS: path } };
    expect(await examined('certificates', options)).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      hint: expect.stringContaining('remove NODE_EXTRA_CA_CERTS'),
    });
    await writeFile(path, 'nothing');
    expect(await examined('certificates', options)).toMatchObject({ status: 'fail' });
    const { cert } = await makeCertificate(workspace.folder);
    await writeFile(path, cert);
    expect(await examined('certificates', options)).toMatchObject({
      status: 'pass',
      message: expect.stringMatching(/^1 more certificate is trusted/),
    });
    // An end before its beginning.
    await promisify(execFile)('openssl', [
      ...['x509', '-in', join(workspace.folder, 'cert.pem'), '-days', '-1'],
      ...['-signkey', join(workspace.folder, 'key.pem'), '-out', path],
    ]);
    expect(await examined('certificates', options)).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('out of date'),
    });
  });
});

describe('clock', () => {
  test.each([
    [2, 'warn', '2 minutes behind'],
    [-10, 'fail', '10 minutes ahead'],
  ])('Google %i minutes ahead: %s', async (minutes, status, words) => {
    const other = await startGoogle({ clockSkewMs: minutes * 60_000 });
    const clock = await examined('clock', { env: { WRITEUPP_MAIL_GOOGLE_URL: other.url } });
    await other.close();
    expect(clock).toMatchObject({ status, message: expect.stringContaining(words) });
  });
});

describe('nightly-check', () => {
  test('warns while sites are connected and nothing checks them, and is content once something did', async () => {
    await workspace.addSite();
    expect(await examined('nightly-check')).toMatchObject({ status: 'pass' });
    await signIn();
    expect(await examined('nightly-check')).toMatchObject({
      status: 'pass',
      message: expect.stringContaining('used within the last 30 days'),
    });
    await editRecord(workspace, ({ gmail }) => {
      gmail.usedAt = new Date(Date.now() - 31 * 86_400_000).toISOString();
    });
    expect(await examined('nightly-check')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('never checked together'),
      hint: expect.stringContaining(join('docs', 'nightly-check.md')),
    });
    // What the service starts.
    const service = await readFile(
      new URL('../../docs/nightly-check/writeupp-mail-check.service', import.meta.url),
      'utf8',
    );
    const [, command = ''] = /^ExecStart=\/usr\/bin\/env writeupp-mail (.*)$/m.exec(service) ?? [];
    await workspace.run(command.split(' '));
    expect(await examined('nightly-check')).toMatchObject({
      status: 'pass',
      message: 'All sites were last checked less than an hour ago.',
    });
    const memory = join(workspace.home, 'checks.json');
    const checkedAt = new Date(Date.now() - 73 * 3_600_000).toISOString();
    const kept = JSON.parse(await readFile(memory, 'utf8')) as object;
    await writeFile(memory, JSON.stringify({ ...kept, checkedAt }));
    expect(await examined('nightly-check')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('last checked 3 days ago'),
    });
  });

  describeWith(['systemd'], 'the units', () => {
    test('are such as systemd reads', async () => {
      const runtime = join(workspace.folder, 'runtime');
      await mkdir(runtime, { mode: 0o700 });
      const files = ['service', 'timer'].map((kind) =>
        fileURLToPath(
          new URL(`../../docs/nightly-check/writeupp-mail-check.${kind}`, import.meta.url),
        ),
      );
      const { stderr } = await promisify(execFile)(
        'systemd-analyze',
        ['--user', '--man=no', 'verify', ...files],
        { env: { ...workspace.env, XDG_RUNTIME_DIR: runtime } },
      );
      expect(stderr).toBe('');
    });
  });

  test.each(['service', 'plist', 'xml'])(
    'the file for each system starts the same: %s',
    async (kind) => {
      const url = new URL(`../../docs/nightly-check/writeupp-mail-check.${kind}`, import.meta.url);
      expect(await readFile(url, 'utf8')).toContain('writeupp-mail status --all --check --changes');
    },
  );
});

if (!isOnPostgres) {
  describe('leftovers', () => {
    /** What kill -9 leaves at the worst moments. */
    async function leave(): Promise<void> {
      await workspace.addSite();
      await editRecord(workspace, (record) => {
        record.smtp.password = null;
      });
      await writeFile(join(workspace.home, 'sites', '.x.json.4194305.0a.tmp'), 'half');
      const holder = { pid: 4194305, host: 'other', command: 'migrate', since: '2026-01-01' };
      await mkdir(join(workspace.home, 'locks'), { recursive: true });
      await writeFile(join(workspace.home, 'locks', 'x.lock'), JSON.stringify(holder));
    }

    test('are told and left as they are, and cleared with --yes', async () => {
      await leave();
      const before = await readdir(workspace.home, { recursive: true });
      const run = await examine();
      expect(run.code).toBe(0);
      expect(found(run).leftovers).toMatchObject({
        status: 'warn',
        message: `Runs that were killed left 1 half-written file, 1 lock that nobody holds, passwords or permissions that are not used any more (${SITE}). Nothing is lost by it.`,
        hint: expect.stringMatching(/doctor --yes\n.*another computer, other\./),
      });
      expect(await readdir(workspace.home, { recursive: true })).toEqual(before);
      expect(await examined('leftovers', undefined, ['--yes'])).toMatchObject({ status: 'pass' });
      const after = await readdir(workspace.home, { recursive: true });
      expect(after.filter((name) => /tmp$|lock$|smtp-password/.test(name))).toEqual([]);
      expect(await examined('leftovers')).toMatchObject({
        status: 'pass',
        message: 'No killed run left anything.',
      });
    });

    test('the lock of a run at work is none', async () => {
      await workspace.addSite();
      const signingIn = workspace.start(['sign-in', '--account', ACCOUNT, '--json']);
      await workspace.nextStart();
      const leftovers = await examined('leftovers');
      const locks = await readdir(join(workspace.home, 'locks'));
      signingIn.child.kill('SIGINT');
      await signingIn.ended;
      expect(locks).toContain(`${SITE}.lock`);
      expect(leftovers).toMatchObject({ status: 'pass' });
    });
  });
}

describe('--site', () => {
  test('tries the connection and the SMTP login, and keeps on record that it was used', async () => {
    const server = await startSmtpServer({
      security: 'none',
      login: { user: ACCOUNT, password: SMTP_PASSWORD },
    });
    const more = ['--smtp-port', String(server.port), '--smtp-security', 'none'];
    await workspace.addSite(SITE, ...more);
    await signIn();
    const usedAt = '2026-01-01T00:00:00.000Z';
    await editRecord(workspace, ({ smtp, gmail }) => {
      smtp.host = '127.0.0.1';
      gmail.usedAt = usedAt;
    });
    const run = await examine(['--site', SITE]);
    expect(run.code).toBe(0);
    expect(found(run)).toMatchObject({
      'site-record': { status: 'warn', message: expect.stringContaining('take precedence') },
      'site-connection': { status: 'pass' },
      'site-smtp': { status: 'pass', message: '127.0.0.1 accepts the stored login.' },
    });
    const { gmail } = (await workspace.record()) as { gmail: { usedAt: string } };
    expect(Date.parse(gmail.usedAt)).toBeGreaterThan(Date.parse(usedAt));
    await server.close();
    google.invalidate(ACCOUNT);
    const after = await examine(['--site', SITE]);
    expect(after.code).toBe(1);
    expect(found(after)).toMatchObject({
      'site-connection': { status: 'fail', hint: expect.stringContaining('writeupp-mail sign-in') },
      'site-smtp': { status: 'fail' },
    });
  });

  test('a site that is not on record is a line as well', async () => {
    await workspace.addSite();
    const run = await examine(['--site', 'harbour-fisio']);
    expect(run.code).toBe(1);
    expect(found(run)['site-record']).toMatchObject({
      status: 'fail',
      hint: expect.stringContaining(SITE),
    });
    expect(run.result?.event).toBe('result');
  });
});

describe('--report', () => {
  test('holds what was found, and no secret, person or practice', async () => {
    await workspace.addSite();
    await signIn();
    await workspace.run(['test-connection', '--to', 'nobody-here', '--json']);
    google.invalidate(ACCOUNT);
    await workspace.run(['status', '--check', '--json']);
    const path = join(workspace.folder, 'report.txt');
    const run = await examine(['--site', SITE, '--report', path, '--yes']);
    expect(run.result).toMatchObject({ report: path });
    const text = await readFile(path, 'utf8');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    // Shown before it was written, and once: of each check, people see this alone.
    expect(run.stderr).toContain(text.trimEnd());
    const shown = await workspace.run(['doctor', '--report', `${path}.2`, '--yes']);
    expect(shown.stdout).not.toMatch(/^(?:PASS|WARN) {2}(?!report|leftovers)/m);
    expect(`${shown.stdout}${shown.stderr}`.split('  node: ')).toHaveLength(2);
    expect(text).toContain('FAIL  site-connection');
    expect(text).toContain('…@domain-1');
    expect(text).toMatch(/^Last failure [a-z-]+, at .*, by status --check$/m);
    expect(text).toMatch(/^ {2}site 1: smtp; Gmail …@domain-1,.*; SMTP smtp\.gmail\.com:587/m);
    const secrets = [...google.secrets(), SMTP_PASSWORD, workspace.env.WRITEUPP_MAIL_PASSPHRASE];
    for (const secret of secrets) expect(text).not.toContain(secret);
    for (const name of ['jane@', 'info@', 'Harbour Physio', String(workspace.env.HOME)]) {
      expect(text).not.toContain(name);
    }
    expect(text).not.toContain(SITE);
  });

  test('is never written unseen, nor by a link; an older one is replaced', async () => {
    await workspace.addSite();
    const path = join(workspace.folder, 'report.txt');
    expect(await examine(['--report', path])).toMatchObject({
      code: 2,
      error: { code: 'not-interactive' },
    });
    expect(existsSync(path)).toBe(false);
    // What failed before is what support asks for.
    const support = await workspace.run(['status', '--for-support', '--json']);
    expect(support.result).toMatchObject({ lastFailure: null });
    await writeFile(path, 'older', { mode: 0o644 });
    await symlink(path, `${path}.link`);
    expect(await examine(['--report', `${path}.link`, '--yes'])).toMatchObject({
      code: 2,
      error: { code: 'usage' },
    });
    expect(await readFile(path, 'utf8')).toBe('older');
    await examine(['--report', path, '--yes']);
    expect(await readFile(path, 'utf8')).toContain('a report for support');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('one that can’t be written is a line as well', async () => {
    const run = await examine(['--report', join(workspace.folder, 'no', 'folder.txt'), '--yes']);
    expect(run.code).toBe(1);
    expect(found(run).report).toMatchObject({ status: 'fail' });
  });
});
