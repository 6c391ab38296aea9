/** `status --ends`, its calendar, and who is told what a check found: command lines on the twin. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import ICAL from 'ical.js';
import { siteChecks } from '../../src/doctor/site-checks.js';
import { MailError } from '../../src/errors.js';
import { rememberSpool } from '../../src/kit/spools.js';
import type { World } from '../../src/kit/world.js';
import { newsOf } from '../../src/look/news.js';
import { aSite, GMAIL, SMTP, TEST_MESSAGE } from '../sites/a-site.js';
import { startSmtpServer, type TestMailServer } from '../support/mail-server.js';
import { MemorySecrets, MemorySites, openGate } from '../support/memory-store.js';
import { Heard, runIn, twin } from '../support/twin.js';

const NOW = '2026-11-20T12:00:00.000Z';
let folder: string;
let sites: MemorySites;
let heard: Heard;
let now: Date;
let more: Partial<World>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ends-'));
  [sites, heard, now, more] = [new MemorySites(), new Heard(), new Date(NOW), {}];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function worldHere(): World {
  const secrets = new MemorySecrets();
  const plain = twin({}, { sites, secrets, heard });
  const environment = Object.assign(Object.create(plain.environment), {
    ...{ home: folder, forChildren: process.env, mailServer: undefined },
  });
  return twin(
    {
      environment,
      now: () => now,
      client: async () => ({ id: GMAIL.clientId, secret: null }),
      ...more,
    },
    { sites, secrets, heard },
  );
}

/** Runs a command line, and gives the code of its error, or null. */
async function run(...words: string[]): Promise<unknown> {
  heard.results.length = 0;
  heard.lines.length = 0;
  const error = await runIn(worldHere(), 'status', ...words);
  return error instanceof MailError ? error.code : error;
}

/** Runs a command line that fails, and gives its error. */
async function failureOf(...words: string[]): Promise<MailError> {
  const error = await runIn(worldHere(), 'status', ...words);
  if (error instanceof MailError) return error;
  throw new Error(`no failure: ${error}`);
}

function put(name: string, change: Parameters<typeof aSite>[0]): void {
  sites.put(aSite({ name, organisation: `Practice ${name}`, ...change }));
}

function putMany(): void {
  put('by-gmail', { gmail: { ...GMAIL, test: TEST_MESSAGE } });
  put('by-google-smtp', { smtp: SMTP });
  put('by-office', { smtp: { ...SMTP, host: 'smtp.office365.com' } });
  put('by-writeupp', {});
  put('in-testing', { gmail: { ...GMAIL, endsAt: '2026-11-27T09:58:59.000Z' } });
}

describe('--ends', () => {
  test('has the next end of each site, the soonest first', async () => {
    putMany();
    expect(await run('--all', '--ends')).toBeNull();
    expect(heard.lines).toEqual([
      'Ends                      Site            Why                            Who can prevent it',
      '15 Feb 2021  has passed   by-google-smtp  Google ends SMTP passwords     nobody',
      '27 Nov 2026  in 6 days    in-testing      the app is in "Testing"        the person who made the Google client file',
      '31 Dec 2026  in 40 days   by-office       Microsoft ends SMTP passwords  the Microsoft 365 administrator, for a while',
      '19 May 2027  in 179 days  by-gmail        not used for six months        the person who looks after this computer',
      '',
      '1 site has no known end.',
    ]);
  });

  test('is for scripts a result a site, each with all its ends, in the same order', async () => {
    putMany();
    await run('--all', '--ends', '--json');
    expect(
      heard.results.map(({ site, ends }) => [
        site,
        (ends as { code: string }[]).map(({ code }) => code),
      ]),
    ).toEqual([
      ['by-google-smtp', ['google-ended-smtp']],
      ['in-testing', ['testing-mode', 'unused']],
      ['by-office', ['microsoft-ends-smtp']],
      ['by-gmail', ['unused']],
      ['by-writeupp', []],
    ]);
    expect(Object.keys((heard.results[0] as { ends: object[] }).ends[0] ?? {})).toEqual([
      'at',
      'code',
      'message',
    ]);
  });

  test('of one site is told at length', async () => {
    putMany();
    await run('--site', 'in-testing', '--ends');
    expect(heard.lines.join('\n')).toContain(
      '27 Nov 2026 (in 6 days)\n    Google ends the permission of',
    );
    await run('--site', 'by-writeupp', '--ends');
    expect(heard.lines).toEqual(['by-writeupp: no known end.']);
  });

  test('names the site in each command where several are on record, and only there', async () => {
    const ics = join(folder, 'ends.ics');
    const command = 'writeupp-mail test-connection';
    put('by-gmail', { gmail: { ...GMAIL, test: TEST_MESSAGE } });
    for (const all of [[], ['--all']]) {
      await run(...all, '--site', 'by-gmail', '--ends', '--ics', ics);
      expect(await descriptionsIn(ics)).toContain(`${command}\n`);
    }
    put('by-writeupp', {});
    await run('--site', 'by-gmail', '--ends', '--ics', ics);
    expect(heard.lines.join('\n')).toContain(`${command} --site by-gmail\n`);
    expect(await descriptionsIn(ics)).toContain(`${command} --site by-gmail\n`);
  });

  test('of a record that can’t be read is a failure, and hides none of the others', async () => {
    putMany();
    sites.damage('by-gmail');
    const ics = join(folder, 'ends.ics');
    expect(await run('--all', '--ends', '--ics', ics)).toBe('storage');
    expect(heard.lines).toHaveLength(8);
    expect((await eventsIn(ics)).length).toBe(4);
  });
});

async function calendarIn(path: string): Promise<ICAL.Event[]> {
  const calendar = new ICAL.Component(ICAL.parse(await readFile(path, 'utf8')));
  return calendar.getAllSubcomponents('vevent').map((each) => new ICAL.Event(each));
}

/** Of each event, its day and what it is about. */
async function eventsIn(path: string): Promise<string[]> {
  return (await calendarIn(path)).map(({ startDate, summary }) => `${startDate} ${summary}`);
}

async function descriptionsIn(path: string): Promise<string> {
  return (await calendarIn(path)).map(({ description }) => description).join('\n');
}

describe('--ics', () => {
  test('writes every known end, for this user alone', async () => {
    putMany();
    const path = join(folder, 'ends.ics');
    await writeFile(path, 'old', { mode: 0o644 });
    expect(await run('--all', '--ends', '--ics', path)).toBeNull();
    expect(heard.lines.at(-1)).toBe(`The calendar is in ${path}.`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await eventsIn(path)).toEqual([
      '2021-02-15 Email of Practice by-google-smtp: Google ends SMTP passwords',
      '2026-11-27 Email of Practice in-testing: the app is in "Testing"',
      '2027-05-19 Email of Practice in-testing: not used for six months',
      '2026-12-31 Email of Practice by-office: Microsoft ends SMTP passwords',
      '2027-05-19 Email of Practice by-gmail: not used for six months',
    ]);
  });

  test.each([[[]], [['--json']]])(
    'that can’t be written hides neither the ends nor a failure: %j',
    async (words) => {
      putMany();
      sites.damage('by-gmail');
      const path = join(folder, 'no', 'ends.ics');
      const error = await failureOf('--all', '--ends', '--ics', path, ...words);
      expect(error.details.site).toBe('by-gmail');
      expect(heard.notes).toEqual([expect.stringContaining(path)]);
      expect(words.length > 0 ? heard.results : heard.lines.slice(1, 4)).toHaveLength(
        words.length > 0 ? 4 : 3,
      );
      expect(heard.lines.join('\n')).not.toContain('The calendar is in');
      sites.put(aSite({ name: 'by-gmail' }));
      expect((await failureOf('--all', '--ends', '--ics', path, ...words)).message).toContain(path);
    },
  );

  test.each([[['--all', '--ends']], [['--all', '--check']]])(
    'says on a terminal that it is empty: %j',
    async (words) => {
      put('by-writeupp', {});
      const path = join(folder, 'ends.ics');
      await run(...words, '--ics', path);
      expect(heard.notes.filter((note) => /calendar/.test(note))).toEqual([]);
      const stream = { isTTY: true, columns: 80 } as unknown as NodeJS.WriteStream;
      more = { streams: { stdin: process.stdin, stdout: stream, stderr: stream } };
      await run(...words, '--ics', path);
      expect(heard.notes).toContain('No known ends: the calendar is empty.');
      expect(await eventsIn(path)).toEqual([]);
      heard.notes.length = 0;
      putMany();
      await run(...words, '--ics', path);
      expect(heard.notes).not.toContain('No known ends: the calendar is empty.');
    },
  );

  test.each([[['--all', '--ends']], [['--all']], [['--all', '--check']]])(
    'refuses a link before anything is done: %j',
    async (words) => {
      putMany();
      const [path, other] = [join(folder, 'link.ics'), join(folder, 'other')];
      await writeFile(other, 'whole');
      await symlink(other, path);
      expect(await run(...words, '--ics', path)).toBe('usage');
      expect(await readFile(other, 'utf8')).toBe('whole');
      expect(heard.results).toEqual([]);
    },
  );
});

test.each([
  [['--notify', 'true']],
  [['--all', '--notify', 'true']],
  [['--check', '--notify', 'true']],
  [['--check', '--ics', 'x.ics']],
  [['--all', '--check', '--notify', 'tell.cmd']],
  [['--all', '--check', '--notify', ' ']],
])('%j is wrong usage, and nothing is checked', async (words) => {
  put('harbour-physio', {});
  expect(await run(...words)).toBe('usage');
  expect(heard.results).toEqual([]);
});

test.each([
  [['--check', '--ics', 'x.ics'], '--ics with --check needs --all.', '--ics x.ics'],
  [['--metrics', 'x.prom'], '--metrics is about a check of all sites.', '--metrics x.prom'],
  [['--all', '--changes'], '--changes is about a check of all sites.', '--changes'],
  [['--notify', 'tell it'], '--notify is about a check of all sites.', '--notify "tell it"'],
])('%j is answered with the command that can be run', async (words, message, option) => {
  put('harbour-physio', {});
  expect(await failureOf(...words)).toMatchObject({
    code: 'usage',
    message,
    hint: `Use: writeupp-mail status --all --check ${option}`,
  });
});

/** A spool of the site with one message; gives the folder. */
async function putSpool(): Promise<string> {
  const spool = join(folder, 'spool');
  await mkdir(join(spool, 'new'), { recursive: true });
  await writeFile(join(spool, 'new', 'one'), 'To: jane@practice.example\r\n\r\n');
  await rememberSpool(folder, 'harbour-physio', spool);
  return spool;
}

test('the ends of a site, for scripts, come with its spools too', async () => {
  const spool = await putSpool();
  put('harbour-physio', {});
  for (const all of [[], ['--all']]) {
    expect(await run(...all, '--ends', '--json')).toBeNull();
    expect(heard.results[0]).toMatchObject({
      spools: [{ folder: spool, waiting: 1 }],
      attention: [{ code: 'spool-not-emptied' }],
    });
  }
});

test('a failure that was reported before is not hinted at as if it followed', async () => {
  const spool = await putSpool();
  put('harbour-physio', lan(1));
  const check = ['--all', '--check', '--changes'];
  const FAILS = 'Checked now: email can’t leave by 127.0.0.1';
  expect(await run(...check)).toBe('network');
  expect(heard.lines).toContain(`  ! ${FAILS}`);
  await rm(join(spool, 'new', 'one'));
  expect(await run(...check)).toBeNull();
  expect(heard.lines).toContain('  Fixed since the last time: spool-not-emptied');
  expect(heard.lines.find((line) => line.includes(FAILS))).toMatch(/^ {2}✗ .*127\.0\.0\.1: ./);
});

test.each([[['--check']], [['--all', '--check']]])(
  'a spool that nothing empties needs attention: %j',
  async (words) => {
    const spool = await putSpool();
    const server = await startSmtpServer({ security: 'none' });
    put('harbour-physio', lan(server.port));
    const metrics = join(folder, 'sites.prom');
    const ended = await run(...words, ...(words.length > 1 ? ['--metrics', metrics] : []));
    await server.close();
    expect(ended).toBeNull();
    const [result] = heard.results;
    expect(result).toMatchObject({ ok: true, spools: [{ folder: spool, waiting: 1 }] });
    expect(result?.attention).toContainEqual(
      expect.objectContaining({ code: 'spool-not-emptied' }),
    );
    expect(heard.lines.join('\n')).toContain(`Spool ${spool}: 1 waiting`);
    if (words.length > 1) {
      expect(await readFile(metrics, 'utf8')).toContain(
        'writeupp_mail_attention{code="spool-not-emptied"} 1\n',
      );
    }
  },
);

describe('where WriteUpp keeps the SMTP password', () => {
  const store = async () => {
    const own = sites.viewOf('run', openGate, async () => undefined);
    return { ...own, can: { ...own.can, readPassword: false } };
  };

  test('SMTP with a login counts as neither proven nor failed', async () => {
    put('harbour-physio', { smtp: SMTP });
    more = { sites: store };
    const metrics = join(folder, 'sites.prom');
    const error = await failureOf('--all', '--check', '--metrics', metrics);
    expect(error).toMatchObject({ code: 'usage', exitCode: 2 });
    expect(error.message).toMatch(/^SMTP was not tried: WriteUpp keeps the password, so /);
    const lines = heard.lines.join('\n');
    expect(lines).toContain('! SMTP was not tried: WriteUpp keeps the password.');
    expect(lines).not.toMatch(/Nothing needs attention|can’t leave/);
    expect(heard.results[0]).toMatchObject({ ok: false, checks: { smtp: { ok: false } } });
    const text = await readFile(metrics, 'utf8');
    expect(text).toContain('writeupp_mail_site_up{site="harbour-physio",code="usage"} 0\n');
    // Its email may be fine.
    expect(text).toMatch(/^# HELP writeupp_mail_site_up .*, 0 if it found none or could not try:/m);
  });

  test('a server that asks for no login is tried all the same', async () => {
    const server = await startSmtpServer({ security: 'none' });
    put('harbour-physio', lan(server.port));
    more = { sites: store };
    expect(await run('--check')).toBeNull();
    expect(heard.results[0]).toMatchObject({ checks: { smtp: { ok: true } } });
    await server.close();
    expect(await run('--check')).toBe('network');
  });

  test('no news comes of that: the site has not died, and works again only once that is seen', () => {
    const found = (failure: MailError | null) =>
      newsOf(
        [
          {
            ...{ name: 'a', organisation: 'a', pathway: 'smtp', failure, attention: [], ends: [] },
            ...{ expectedEnd: null, seen: { failingSince: NOW, dns: null, keyEndsAt: null } },
          },
        ],
        null,
      ).map(({ kind }) => kind);
    expect(found(new MailError('usage', 'SMTP was not tried.', ''))).toEqual([]);
    expect(found(new MailError('smtp-refused', 'No.', ''))).toEqual(['died']);
    expect(found(null)).toEqual(['recovered']);
  });

  test('doctor warns, and fails nothing', async () => {
    put('harbour-physio', { smtp: SMTP });
    more = { sites: store };
    const checks = siteChecks(worldHere(), 'harbour-physio');
    const findings: string[] = [];
    for (const { name, isDue, run: ask } of checks) {
      if (isDue?.() === false) continue;
      const finding = await ask(new AbortController().signal);
      findings.push(`${name}: ${finding?.status}`);
    }
    expect(findings).toContain('site-smtp: warn');
    expect(findings.join()).not.toContain('fail');
  });
});

const lan = (port: number) => ({
  smtp: {
    ...SMTP,
    ...{ host: '127.0.0.1', port, security: 'none' as const, user: null, password: null },
  },
});

describe('--notify', () => {
  const taken = () => join(folder, 'taken');
  const LOCKED = new MailError('keychain-locked', 'The keychain is locked.', 'Unlock it.');
  let server: TestMailServer;

  beforeEach(async () => {
    server = await startSmtpServer({ security: 'none' });
    await writeFile(
      join(folder, 'take.mjs'),
      `import { readFileSync, writeFileSync } from 'node:fs';
       writeFileSync(process.argv[2], readFileSync(0)); process.exit(Number(process.argv[3] ?? 0));`,
    );
  });
  afterEach(() => server.close());

  /** A check an hour after the last; gives how it ended, and what was told. */
  async function check(code = 0): Promise<{ ended: unknown; told: string[] | null; text: string }> {
    now = new Date(now.getTime() + 3_600_000);
    await rm(taken(), { force: true });
    const command = `"${process.execPath}" ${join(folder, 'take.mjs')} ${taken()} ${code}`;
    const ended = await run('--all', '--check', '--notify', command, '--json');
    const text = existsSync(taken()) ? await readFile(taken(), 'utf8') : '';
    const told =
      text === ''
        ? null
        : (JSON.parse(text).items as Record<string, unknown>[]).map(
            ({ kind, site, code }) => `${kind} ${site} ${code}`,
          );
    return { ended, told, text };
  }

  test('tells what died and what works again, once each, and leaves the exit code', async () => {
    put('a', lan(server.port));
    put('b', lan(server.port));
    expect(await check()).toMatchObject({ ended: null, told: null });
    sites.damage('a');
    expect(await check()).toMatchObject({ ended: 'storage', told: ['died a storage'] });
    expect(await check()).toMatchObject({ ended: 'storage', told: null });
    put('a', lan(server.port));
    // Told in vain.
    expect(await check(1)).toMatchObject({ ended: null, told: ['recovered a ok'] });
    expect(await check()).toMatchObject({ ended: null, told: ['recovered a ok'] });
    expect(await check()).toMatchObject({ ended: null, told: null });
  });

  test('waits with what may pass by itself until a second check finds it too', async () => {
    put('a', lan(server.port));
    await check();
    put('a', lan(1));
    expect(await check()).toMatchObject({ ended: 'network', told: null });
    const since = now.toISOString();
    const second = await check();
    expect(second).toMatchObject({ ended: 'network', told: ['died a network'] });
    expect(JSON.parse(second.text).items[0].since).toBe(since);
  });

  test('tells at once what was so at the first check of a site', async () => {
    put('a', lan(1));
    expect(await check()).toMatchObject({ told: ['died a network'] });
  });

  test('tells of ends that come near', async () => {
    putMany();
    sites.damage('by-gmail');
    const { told } = await check();
    expect(told?.filter((item) => item.startsWith('end'))).toEqual([
      'end by-google-smtp google-ended-smtp',
      'end in-testing testing-mode',
    ]);
    now = new Date('2026-12-24T12:00:00.000Z');
    expect((await check()).told).toContain('end by-office microsoft-ends-smtp');
  });

  test('tells of a locked keychain once for all sites, and of no site that it died', async () => {
    put('a', { gmail: GMAIL });
    put('b', { gmail: GMAIL });
    put('c', {});
    more = { secrets: () => Promise.reject(LOCKED) };
    const first = await check();
    expect(first.told).toEqual(['unchecked null keychain-locked']);
    expect(first.text).toContain('2 sites could not be checked on this computer.');
    expect((await check()).told).toBeNull();
  });
});
