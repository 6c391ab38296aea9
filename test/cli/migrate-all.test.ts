/** `migrate --all`, run as a process: each outcome, each exit code, and every way of being stopped. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { StandInServiceAccount } from '../stand-in/service-accounts.js';
import { editRecord } from '../support/prepared.js';
import type { Event, RunResult } from '../support/program.js';
import { describeWith } from '../support/system-part.js';
import { KEY, startInTerminal } from '../support/terminal.js';
import { useComputer, usePostgres } from '../support/use-stand-in.js';
import { ACCOUNT, SMTP_PASSWORD } from '../support/workspace.js';

const { google, workspace } = useComputer({ googleFor: 'test' });
let mailer: StandInServiceAccount;
let keyFile: string;

beforeEach(async () => {
  mailer = google.addServiceAccount();
  keyFile = join(workspace.folder, 'key.json');
  await writeFile(keyFile, JSON.stringify(await mailer.newKey()), { mode: 0o600 });
});

const nameOf = (number: number) => `practice-${number}`;
const accountOf = (number: number) => `office-${number}@harbour-physio.example`;

/** Puts practices on record, each with an account of its own, SMTP settings and their password. */
async function addSites(count: number, passwords = true): Promise<string[]> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const rows = numbers.map((number) => {
    google.addAccount({ email: accountOf(number), hostedDomain: 'harbour-physio.example' });
    const login = `login-${number}@harbour-physio.example`;
    const password = passwords ? SMTP_PASSWORD : '';
    return [nameOf(number), login, 'smtp.example', accountOf(number), password].join(',');
  });
  const table = ['name,login,smtp-host,smtp-user,smtp-password', ...rows].join('\n');
  const { code, stdout, stderr } = await workspace.run(['site', 'import', '-', '--json'], {
    input: table,
  });
  if (code !== 0) throw new Error(stdout + stderr);
  return numbers.map(nameOf);
}

const all = (...more: readonly string[]) => ['migrate', '--all', '--yes', '--json', ...more];
const byKey = (...more: readonly string[]) => all('--service-account', keyFile, ...more);
const sites = ({ events }: RunResult) => events.filter(({ event }) => event === 'site');
const outcomes = (run: RunResult) =>
  Object.fromEntries(sites(run).map(({ site, outcome }) => [String(site), outcome]));

/** Each practice got one test message, and one alone. */
function expectOneMessageEach(count: number): void {
  const counted = new Map<string, number>();
  for (const { account } of google.messages) counted.set(account, (counted.get(account) ?? 0) + 1);
  expect([...counted].sort()).toEqual(
    Array.from({ length: count }, (_, index) => [accountOf(index + 1), 1] as const).sort(),
  );
}

describe('by a service account', () => {
  test('every site is switched; run again, each is done already and Google is not asked', async () => {
    const names = await addSites(7);
    const run = await workspace.run(byKey());
    expect(run.code).toBe(0);
    expect(run.result).toMatchObject({
      ok: true,
      total: 7,
      migrated: 7,
      already: 0,
      needsPerson: 0,
      failed: 0,
    });
    expect(outcomes(run)).toEqual(Object.fromEntries(names.map((name) => [name, 'migrated'])));
    expect(run.events.some(({ event }) => event === 'step')).toBe(false);
    expectOneMessageEach(7);
    for (const name of names) {
      expect(await workspace.record(name)).toMatchObject({
        smtp: null,
        gmail: { method: 'delegation' },
      });
    }
    const asked = google.requests.length;
    const again = await workspace.run(all());
    expect(again).toMatchObject({ code: 0, result: { migrated: 0, already: 7 } });
    expect(google.requests).toHaveLength(asked);
    const people = await workspace.run(['migrate', '--all', '--yes']);
    expect(people.stdout).toBe('✓ 0 of 7 sites switched to Gmail.\n  7 were done already\n');
  });

  test('goes on with a site that was connected and tested before: no second message', async () => {
    const [name = ''] = await addSites(1);
    await workspace.run(['sign-in', '--json', '--site', name, '--service-account', keyFile]);
    await workspace.run(['test-connection', '--json', '--site', name]);
    const run = await workspace.run(all());
    expect(run).toMatchObject({ code: 0, result: { migrated: 1, already: 0 } });
    expect(await workspace.record(name)).toMatchObject({ smtp: null });
    expectOneMessageEach(1);
  });

  test('--verbose tells the steps, each with its site', async () => {
    await addSites(2);
    const run = await workspace.run(byKey('--verbose'));
    const steps = run.events.filter(
      ({ event, status }) => event === 'step' && status === 'started',
    );
    expect(new Set(steps.map(({ site }) => site)).size).toBe(2);
    expect(steps).toHaveLength(14);
  });

  test('sites that share an account share its token', async () => {
    await addSites(3);
    const run = await workspace.run(byKey('--account', ACCOUNT));
    expect(run.code).toBe(0);
    expect(google.requests.filter(({ fields }) => fields.includes('assertion'))).toHaveLength(1);
    expect(google.messages).toHaveLength(3);
  });

  test('--site given several times takes these alone', async () => {
    await addSites(3);
    const run = await workspace.run([
      ...['migrate', '--yes', '--json', '--service-account', keyFile],
      ...['--site', nameOf(1), '--site', nameOf(3), '--site', nameOf(3).toUpperCase()],
    ]);
    expect(run).toMatchObject({ code: 0, result: { total: 2, migrated: 2 } });
    expect(await workspace.record(nameOf(2))).toMatchObject({ gmail: null });
  });

  test('--dry-run changes nothing, and says what would become of each', async () => {
    const names = await addSites(2);
    const before = await Promise.all(names.map((name) => workspace.record(name)));
    const run = await workspace.run([
      'migrate',
      '--all',
      '--json',
      '--dry-run',
      '--service-account',
      keyFile,
    ]);
    expect(run).toMatchObject({ code: 0, result: { migrated: 2, dryRun: true } });
    expect(await Promise.all(names.map((name) => workspace.record(name)))).toEqual(before);
    expect(google.messages).toHaveLength(0);
  });
});

describeWith(['postgres'], 'in a shared store', () => {
  const server = usePostgres();

  test('sites that are claimed at the same time do so without a word', async () => {
    const env = { WRITEUPP_MAIL_STORE: await server.newDatabase() };
    const rows = Array.from({ length: 12 }, (_, index) => {
      google.addAccount({ email: accountOf(index), hostedDomain: 'harbour-physio.example' });
      return `${nameOf(index)},a@harbour-physio.example,${accountOf(index)}`;
    });
    await workspace.run(['site', 'import', '-'], {
      input: ['name,login,account', ...rows].join('\n'),
      env,
    });
    const run = await workspace.run(byKey('--parallel', '12'), { env });
    expect(run).toMatchObject({ code: 0, result: { migrated: 12 } });
    expect(run.stderr.trim().split('\n')).toEqual([expect.stringContaining('Rehearsal')]);
  });
});

describe('what is left', () => {
  test('a site without a connection needs a person; --failures lists it', async () => {
    await addSites(2);
    const path = join(workspace.folder, 'left.csv');
    const run = await workspace.run(all('--failures', path));
    expect(run.code).toBe(4);
    expect(run.result).toMatchObject({ ok: false, total: 2, needsPerson: 2, failed: 0 });
    expect(sites(run)[0]).toMatchObject({ outcome: 'needs-person', code: 'sign-in-needed' });
    expect(sites(run)[0]?.hint).toBeTruthy();
    const rows = (await readFile(path, 'utf8')).split('\r\n');
    expect(rows[0]).toBe('site,outcome,code,message,hint');
    expect(rows[1]).toMatch(/^practice-\d,needs-person,sign-in-needed,/);
    const people = await workspace.run(['migrate', '--all', '--yes']);
    expect(people.stdout).toMatch(/\n2 sites, for example practice-1: .*\n {2}Connect it with:\n/);
  });

  test('a failure stops one site, never the run; the exit code is the most urgent one', async () => {
    const names = await addSites(4);
    await editRecord(
      workspace,
      (record) => {
        record.smtp.port = 'no port';
      },
      nameOf(2),
    );
    await editRecord(
      workspace,
      (record) => {
        record.smtp.user = 'gone@harbour-physio.example';
      },
      nameOf(3),
    );
    const path = join(workspace.folder, 'left.csv');
    const run = await workspace.run(byKey('--failures', path));
    expect(outcomes(run)).toEqual({
      [String(names[0])]: 'migrated',
      [String(names[1])]: 'failed',
      [String(names[2])]: 'failed',
      [String(names[3])]: 'migrated',
    });
    const codes = Object.fromEntries(sites(run).map(({ site, code }) => [site, code]));
    expect(codes).toMatchObject({ 'practice-2': 'storage', 'practice-3': 'invalid-settings' });
    expect(run.code).toBe(2);
    expect(run.result).toMatchObject({ ok: false, migrated: 2, failed: 2 });
    expect((await readFile(path, 'utf8')).trim().split('\r\n')).toHaveLength(3);
  });

  test('an end of Google’s for one account is its own', async () => {
    await addSites(2);
    google.fail('gmail-mail-service-not-enabled', { times: 1 });
    const run = await workspace.run(byKey('--parallel', '1'));
    expect(run).toMatchObject({ code: 1, result: { migrated: 1, failed: 1 } });
    expect(await workspace.record(nameOf(1))).toMatchObject({ smtp: { host: 'smtp.example' } });
  });
});

describe('a limited rate', () => {
  const limited = (until: Date): object => ({
    error: {
      code: 429,
      message: `User-rate limit exceeded.  Retry after ${until.toISOString()}`,
      errors: [{ reason: 'rateLimitExceeded', domain: 'usageLimits' }],
      status: 'RESOURCE_EXHAUSTED',
    },
  });

  test('is waited for by all together, and said', async () => {
    await addSites(6);
    const until = new Date(Date.now() + 15_000);
    google.misbehave('send', { kind: 'answer', status: 429, body: limited(until) }, { times: 1 });
    const run = await workspace.run(byKey('--parallel', '2'));
    expect(run).toMatchObject({ code: 0, result: { migrated: 6 } });
    expect(run.stderr).toContain('A rate is limited: all wait until');
    // Only what was under way when Google said so came before that time.
    const sends = google.requests.filter(({ point }) => point === 'send').map(({ at }) => at);
    expect(sends.filter((at) => at < until).length).toBeLessThanOrEqual(2);
    expectOneMessageEach(6);
  });

  test('is not waited for where it is hours away: the others are not tried either', async () => {
    await addSites(4);
    const until = new Date(Date.now() + 5 * 3_600_000);
    google.misbehave('send', { kind: 'answer', status: 429, body: limited(until) });
    const run = await workspace.run(byKey('--parallel', '1'));
    expect(run).toMatchObject({ code: 5, result: { migrated: 0, failed: 4 } });
    expect(sites(run).map(({ code }) => code)).toEqual(Array(4).fill('rate-limited'));
    expect(google.requests.filter(({ point }) => point === 'send')).toHaveLength(1);
  });
});

describe('stopped', () => {
  const untilSites = async (running: { output(): { readonly stdout: string } }, count: number) => {
    while (running.output().stdout.split('"event":"site"').length <= count) await sleep(10);
  };

  test('Ctrl-C finishes the sites in hand, and begins no other', async () => {
    await addSites(12);
    google.misbehave('send', { kind: 'delay', ms: 400 });
    const running = workspace.start(byKey('--parallel', '2'));
    await untilSites(running, 2);
    running.child.kill('SIGINT');
    const run = await running.ended;
    expect(run.code).toBe(130);
    expect(run.result).toMatchObject({ ok: false, interrupted: true, failed: 0 });
    const { migrated, total } = run.result as unknown as { migrated: number; total: number };
    expect([total, migrated]).toEqual([12, sites(run).length]);
    expect(google.messages).toHaveLength(migrated);
    google.behave();
    const again = await workspace.run(byKey());
    expect(again).toMatchObject({
      code: 0,
      result: { already: migrated, migrated: 12 - migrated },
    });
    expectOneMessageEach(12);
  });

  test('killed in the midst, again and again: each site is switched once, with one message', async () => {
    const names = await addSites(30);
    google.misbehave('send', { kind: 'delay', ms: 60 });
    for (const count of [3, 6, 9]) {
      const running = workspace.start(byKey());
      await untilSites(running, count);
      running.child.kill('SIGKILL');
      await running.ended;
    }
    google.behave();
    const run = await workspace.run(byKey());
    expect(run).toMatchObject({ code: 0, result: { total: 30, failed: 0 } });
    for (const name of names) expect(await workspace.record(name)).toMatchObject({ smtp: null });
    // A message whose answer was lost with the run is sent once more: at the most one for each site in hand.
    const perSite = new Map<string, number>();
    for (const { account } of google.messages)
      perSite.set(account, (perSite.get(account) ?? 0) + 1);
    expect(perSite.size).toBe(30);
    expect(google.messages.length - 30).toBeLessThanOrEqual(3 * 4);
  });
});

describeWith(['script'], 'on a terminal', () => {
  test('asks once, and offers each site that needs a person: skipped, or signed in', async () => {
    await addSites(3, false);
    const terminal = startInTerminal(['migrate', '--all'], { env: workspace.env });
    await terminal.answer('Switch 3 of 3 sites to Gmail?', 'y');
    await terminal.see('1 of 3 that need a person');
    await terminal.see('Sign in with Google now');
    terminal.type(KEY.down + KEY.enter);
    await terminal.see('2 of 3 that need a person');
    await terminal.see('Sign in with Google now');
    terminal.type(KEY.down + KEY.down + KEY.enter);
    const { code, screen } = await terminal.ended;
    expect(screen).toContain('0 of 3 sites switched to Gmail');
    expect(screen).toContain('3 need a person');
    expect(code).toBe(4);
  });
});

describe('asked for wrongly', () => {
  test.each<[string, readonly string[], string]>([
    ['without --yes, where nobody can be asked', ['migrate', '--all', '--json'], 'not-interactive'],
    ['--all with --site', ['migrate', '--all', '--site', 'practice-1', '--yes', '--json'], 'usage'],
    ['--all with --to', ['migrate', '--all', '--to', 'a@b.example', '--yes', '--json'], 'usage'],
    ['--parallel 0', ['migrate', '--all', '--parallel', '0', '--yes', '--json'], 'usage'],
    ['--failures of one site', ['migrate', '--failures', 'x.csv', '--yes', '--json'], 'usage'],
  ])('%s', async (_what, args, code) => {
    await addSites(1, false);
    const run = await workspace.run(args);
    expect([run.code, run.error?.code]).toEqual([2, code]);
  });

  test('no site on record', async () => {
    const run = await workspace.run(all());
    expect(run.code).toBe(0);
    expect((run.result as Event).total).toBe(0);
  });
});
