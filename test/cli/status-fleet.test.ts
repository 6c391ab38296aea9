/** `status --all --check`, run as a process: side by side, what is new, what is measured, what it keeps alive. */

import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import { metricsText } from '../../src/look/metrics.js';
import { startSmtpServer, type TestMailServer } from '../support/mail-server.js';
import { editRecord } from '../support/prepared.js';
import type { RunResult } from '../support/program.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, SITE, SMTP_PASSWORD } from '../support/workspace.js';

const CHECK = ['status', '--all', '--check', '--json'];
const NEWS = [...CHECK, '--changes'];

const { google, workspace } = useComputer();
let server: TestMailServer;

beforeEach(async () => {
  server = await startSmtpServer({
    security: 'none',
    login: { user: ACCOUNT, password: SMTP_PASSWORD },
  });
});
afterEach(async () => {
  await server.close();
});

/** A site whose SMTP server is on this computer. */
async function addSmtpSite(name: string, port = server.port): Promise<void> {
  await workspace.addSite(name, '--smtp-port', String(port), '--smtp-security', 'none');
  await editRecord(
    workspace,
    ({ smtp }) => {
      smtp.host = '127.0.0.1';
    },
    name,
  );
}

async function addGmailSite(): Promise<void> {
  await workspace.run(['site', 'add', SITE, '--login', ACCOUNT, '--json']);
  const args = ['sign-in', '--site', SITE, '--account', ACCOUNT, '--json'];
  const { run } = await workspace.runWithPerson(args, { account: ACCOUNT });
  expect(run.code).toBe(0);
}

function told({ events }: RunResult): unknown[][] {
  return events.map(({ event, site, code, changes }) => [
    event,
    site,
    code ?? (changes as { new: unknown; gone: unknown } | undefined),
  ]);
}

test('tries several sites at a time, and tells them in the order of their names', async () => {
  const slow = await startSmtpServer({
    security: 'none',
    login: { user: ACCOUNT, password: SMTP_PASSWORD },
    // The first in the order answers last.
    more: {
      onConnect: (_session, done) => {
        open += 1;
        most = Math.max(most, open);
        setTimeout(done, open === 1 ? 600 : 200);
      },
      onClose: () => {
        open -= 1;
      },
    },
  });
  let open = 0;
  let most = 0;
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  for (const name of names) await addSmtpSite(name, slow.port);
  const run = await workspace.run(CHECK);
  await slow.close();
  expect(run.code).toBe(0);
  expect(run.events.map(({ site }) => site)).toEqual(names);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(6);
});

describe('--changes', () => {
  test('tells what is new and what is fixed, once, and ends by what is new', async () => {
    await addGmailSite();
    await addSmtpSite('b-works');
    await addSmtpSite('c-down', 1);
    const first = await workspace.run(NEWS);
    expect(first.code).toBe(5);
    expect(told(first)).toEqual([
      ['result', SITE, { new: ['not-tested'], gone: [] }],
      ['error', 'c-down', 'network'],
    ]);

    const quiet = await workspace.run(NEWS);
    expect(quiet).toMatchObject({ code: 0, stdout: '' });
    // A night job's mail says nothing either, but that this is a rehearsal.
    expect(quiet.stderr).toBe(
      `Rehearsal: ${google.url} stands in for Google. This is not the real Google.\n`,
    );

    google.invalidate(ACCOUNT);
    await editRecord(
      workspace,
      ({ smtp }) => {
        smtp.port = server.port;
      },
      'c-down',
    );
    // A check that tells all takes no news away.
    expect((await workspace.run(CHECK)).code).toBe(4);
    const third = await workspace.run(NEWS);
    expect(third.code).toBe(4);
    expect(told(third)).toEqual([
      ['result', 'c-down', { new: [], gone: ['network'] }],
      ['error', SITE, 'sign-in-needed'],
    ]);
    expect(await workspace.run(NEWS)).toMatchObject({ code: 0, stdout: '' });
    expect(await workspace.run([...NEWS.filter((word) => word !== '--json')])).toMatchObject({
      ...{ code: 0, stdout: '' },
    });
  });

  test('a damaged memory makes everything new; one that can’t be kept is told', async () => {
    await addSmtpSite('a-down', 1);
    expect((await workspace.run(NEWS)).code).toBe(5);
    const path = join(workspace.home, 'checks.json');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await writeFile(path, '{');
    expect(told(await workspace.run(NEWS))).toEqual([['error', 'a-down', 'network']]);
    await writeFile(path, '{');
    await chmod(path, 0o666);
    expect(told(await workspace.run(NEWS))).toEqual([['error', 'a-down', 'network']]);
  });

  test('is about a check of all sites', async () => {
    await addSmtpSite('a');
    for (const args of [['--changes'], ['--check', '--changes'], ['--all', '--metrics', 'x']]) {
      const run = await workspace.run(['status', '--json', ...args]);
      expect(run).toMatchObject({ code: 2, error: { code: 'usage' } });
    }
  });
});

test('a check counts as a use: a connection that nobody used for five months lives on', async () => {
  await addGmailSite();
  const usedAt = new Date(Date.now() - 155 * 24 * 3_600_000).toISOString();
  await editRecord(workspace, ({ gmail }) => {
    gmail.usedAt = usedAt;
  });
  const before = await workspace.run(['status', '--all', '--json']);
  expect(before.result?.attention).toContainEqual(expect.objectContaining({ code: 'unused' }));
  const refreshes = () => google.requests.filter(({ path }) => path === '/token').length;
  const asked = refreshes();
  const metrics = join(workspace.folder, 'sites.prom');
  const run = await workspace.run([...CHECK, '--metrics', metrics]);
  expect(refreshes()).toBe(asked + 1);
  expect(run.result?.attention).not.toContainEqual(expect.objectContaining({ code: 'unused' }));
  const { gmail } = (await workspace.record()) as { gmail: { usedAt: string } };
  expect(Date.parse(gmail.usedAt)).toBeGreaterThan(Date.parse(usedAt));
  const [, days] = /connection_days_left\{site="[^"]+"\} (\S+)/.exec(
    await readFile(metrics, 'utf8'),
  ) ?? [null, '0'];
  expect(Number(days)).toBeGreaterThan(179);
});

test('waits, once for all, where Google limits the rate', async () => {
  await addGmailSite();
  google.misbehave(
    'token:refresh',
    { kind: 'answer', status: 429, body: { error: 'rate_limit_exceeded' } },
    { times: 1 },
  );
  const run = await workspace.run(CHECK);
  expect(run).toMatchObject({ code: 0, result: { checks: { gmail: { ok: true } } } });
  expect(run.stderr).toContain('Google asks to wait.');
});

describe('--metrics', () => {
  test('is written whole, for this user alone, and the folder stays as it is', async () => {
    await addSmtpSite('a-down', 1);
    await addSmtpSite('b-works');
    const folder = join(workspace.folder, 'metrics');
    await mkdir(folder);
    await chmod(folder, 0o755);
    const path = join(folder, 'writeupp.prom');
    await writeFile(path, 'old');
    const run = await workspace.run([...CHECK, '--metrics', path]);
    expect(run.code).toBe(5);
    expect(await readdir(folder)).toEqual(['writeupp.prom']);
    expect([(await stat(folder)).mode & 0o777, (await stat(path)).mode & 0o777]).toEqual([
      0o755, 0o600,
    ]);
    const text = await readFile(path, 'utf8');
    for (const line of [
      '# TYPE writeupp_mail_sites gauge',
      'writeupp_mail_sites{pathway="smtp"} 2',
      'writeupp_mail_checks{outcome="ok",code=""} 1',
      'writeupp_mail_checks{outcome="failed",code="network"} 1',
      'writeupp_mail_site_up{site="a-down",code="network"} 0',
      'writeupp_mail_site_up{site="b-works",code=""} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    // Each line is one of the format.
    const LINE =
      /^(?:# (?:HELP|TYPE) writeupp_mail_\w+ .+|writeupp_mail_\w+(?:\{(?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? -?[\d.]+)$/;
    expect(text.endsWith('\n')).toBe(true);
    expect(
      text
        .trimEnd()
        .split('\n')
        .filter((line) => !LINE.test(line)),
    ).toEqual([]);
  });

  test('that can’t be written is a failure, and hides none of a site', async () => {
    await addSmtpSite('a-down', 1);
    const run = await workspace.run([...CHECK, '--metrics', join(workspace.folder, 'no', 'file')]);
    expect(run.code).toBe(1);
    expect(run.events.map(({ code }) => code).sort()).toEqual(['network', 'storage']);
  });

  test('escapes the names of sites', () => {
    const found = {
      ...{ name: 'a "b" \\ c\nd', organisation: '', pathway: null, attention: [] },
      ...{ failure: new MailError('storage', '', ''), expectedEnd: null, ends: [] },
      seen: { failingSince: null, dns: null, keyEndsAt: null },
    };
    const text = metricsText([found], new Date(0), 0);
    expect(text).toContain('site="a \\"b\\" \\\\ c\\nd"');
  });
});
