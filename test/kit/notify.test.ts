/** Who is told what is new, once, by a command of theirs: real commands, and a clock that the test sets. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type NewsItem, notify, readNotifyCommand } from '../../src/kit/notify.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const START = Date.parse('2026-11-20T12:00:00.000Z');
const item = (change: Partial<NewsItem> = {}): NewsItem => ({
  kind: 'died',
  site: 'harbour-physio',
  code: 'sign-in-needed',
  message: 'Google no longer accepts it.',
  hint: 'Sign in again.',
  since: '2026-11-20T10:00:00.000Z',
  at: null,
  ...change,
});
const recovered = (site: string) => item({ kind: 'recovered', site, code: 'ok', since: null });
const endIn = (days: number, change: Partial<NewsItem> = {}) =>
  item({
    ...{ kind: 'end', code: 'microsoft-ends-smtp', since: null },
    at: new Date(START + days * DAY_MS).toISOString(),
    ...change,
  });

let folder: string;
let now: number;
let notes: string[];
let variables: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notify-'));
  now = START;
  notes = [];
  variables = { ...process.env };
  await writeFile(
    join(folder, 'take it.mjs'),
    `import { readFileSync, writeFileSync } from 'node:fs';
     const [, , path, code = '0'] = process.argv;
     writeFileSync(path, JSON.stringify({ input: readFileSync(0, 'utf8'), env: process.env, args: process.argv.slice(4) }));
     process.exit(Number(code));`,
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const taken = () => join(folder, 'taken');
const command = (code = '0') =>
  `"${process.execPath}" "${join(folder, 'take it.mjs')}" ${taken()} ${code}`;

/** What the command got; null where it was not run. */
async function tell(
  items: readonly NewsItem[],
  words = command(),
  { limitMs = undefined as number | undefined, signal = new AbortController().signal } = {},
) {
  await rm(taken(), { force: true });
  const world = {
    environment: { home: folder, forChildren: variables },
    now: () => new Date(now),
    signal,
    report: { note: (line: string) => void notes.push(line) },
  };
  await notify(world, readNotifyCommand(words), 'check', items, limitMs);
  if (!existsSync(taken())) return null;
  const { input, env } = JSON.parse(await readFile(taken(), 'utf8'));
  expect(input.endsWith('\n')).toBe(true);
  const event = JSON.parse(input) as { items: NewsItem[]; more: number; host: unknown };
  return { ...event, codes: event.items.map(({ code }) => code), env: env as NodeJS.ProcessEnv };
}

const isTold = async (items: readonly NewsItem[]) => (await tell(items)) !== null;

describe('the command', () => {
  test.each([
    ['notify-send', ['notify-send']],
    ['  curl  -s https://x.example ', ['curl', '-s', 'https://x.example']],
    ['"/opt/our tools/tell" --to "Front desk"', ['/opt/our tools/tell', '--to', 'Front desk']],
    ['tell --to="Front desk" ""', ['tell', '--to=Front desk', '']],
    ["tell 'a b' $HOME `x` ; rm", ['tell', "'a", "b'", '$HOME', '`x`', ';', 'rm']],
    ['"C:\\Program Files\\tell.exe" \\n', ['C:\\Program Files\\tell.exe', '\\n']],
  ])('%j is split at spaces, and no shell looks at it', (text, words) => {
    expect(readNotifyCommand(text)).toEqual(words);
  });

  test.each([
    '',
    '  ',
    '""',
    'tell "one',
    'tell.cmd',
    '"C:\\a b\\Tell.BAT" x',
    'tell.bat.',
    'x.cmd ',
  ])('%j is wrong usage', (text) => {
    expect(() => readNotifyCommand(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  test('gets one JSON object, and an environment without our secrets and the spool', async () => {
    const secrets = ['PASSPHRASE', 'SERVER', 'STORE', 'STORE_TOKEN', 'SPOOL'];
    for (const name of secrets) variables[`WRITEUPP_MAIL_${name}`] = 'secret';
    variables.PGPASSWORD = 'secret';
    variables.WRITEUPP_MAIL_HOME = folder;
    const told = await tell([item()]);
    expect(told).toMatchObject({ event: 'news', at: '2026-11-20T12:00:00.000Z', more: 0 });
    expect(told?.items).toEqual([item()]);
    expect(told?.host).toEqual(expect.any(String));
    expect(told?.env).toMatchObject({ WRITEUPP_MAIL_NOTIFYING: '1', WRITEUPP_MAIL_HOME: folder });
    expect(Object.values(told?.env ?? {})).not.toContain('secret');
  });

  test('is not run where nothing is new', async () => {
    expect(await tell([])).toBeNull();
    expect(await tell([recovered('harbour-physio'), endIn(31)])).toBeNull();
    expect(notes).toEqual([]);
  });

  test('has told only if it ended with 0: else it is tried again', async () => {
    expect(await tell([item()], command('3'))).not.toBeNull();
    expect(notes[0]).toBe(
      'The command of --notify ended with 3. The news does not count as delivered, and will be sent again next time.',
    );
    await tell([item()], '/no/such/program');
    expect(notes[1]).toContain('was not found: give its whole path');
    await tell([item()], `"${join(folder, 'take it.mjs')}"`);
    expect(notes[2]).toContain('may not be run: make it executable (chmod +x)');
    expect(await isTold([item()])).toBe(true);
    expect(await isTold([item()])).toBe(false);
    expect(notes).toHaveLength(3);
  });

  test('may leave what it gets unread', async () => {
    const many = Array.from({ length: 100 }, (_, at) =>
      item({ site: `site-${at}`, message: 'x'.repeat(10_000) }),
    );
    await tell(many, `"${process.execPath}" -e 0`);
    expect(notes).toEqual([]);
    expect(await isTold(many)).toBe(false);
  });

  test('has its time, and is stopped when that is over', async () => {
    await tell([item()], `"${process.execPath}" -e "setInterval(()=>{},1000)"`, {
      limitMs: 200,
    });
    expect(notes[0]).toContain('took longer than');
    expect(await isTold([item()])).toBe(true);
  });

  test('is stopped together with all that it started', async () => {
    const started = join(folder, 'started');
    const script = `const { renameSync, writeFileSync } = require('node:fs');
      writeFileSync(process.argv[1] + '-', String(process.pid));
      renameSync(process.argv[1] + '-', process.argv[1]);
      setInterval(() => {}, 1000);`;
    await writeFile(
      join(folder, 'slow.mjs'),
      `import { spawn } from 'node:child_process';
       spawn(process.execPath, ['-e', ${JSON.stringify(script)}, process.argv[2]], { stdio: 'ignore' });
       setInterval(() => {}, 1000);`,
    );
    const stop = new AbortController();
    const telling = tell([item()], `"${process.execPath}" ${join(folder, 'slow.mjs')} ${started}`, {
      signal: stop.signal,
    });
    while (!existsSync(started)) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    await telling;
    expect(notes[0]).toContain('was stopped because this run ended');
    expect(await isGone(Number(await readFile(started, 'utf8')))).toBe(true);
  });
});

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    // A process that has ended and that nobody has buried yet is gone as well.
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ' Z ');
    if (/ Z /.test(state)) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

describe('what was told', () => {
  test('is kept for this user alone, and not repeated until it changes', async () => {
    expect(await isTold([item()])).toBe(true);
    expect((await stat(join(folder, 'notified-check.json'))).mode & 0o777).toBe(0o600);
    now += DAY_MS;
    expect(await isTold([item({ message: 'In other words.' })])).toBe(false);
    expect(await isTold([item({ code: 'admin-policy' })])).toBe(true);
    expect(await isTold([item({ since: '2026-11-21T00:00:00.000Z' })])).toBe(true);
  });

  test('is told again where it can’t be kept', async () => {
    await mkdir(join(folder, 'notified-check.json'));
    expect(await isTold([item()])).toBe(true);
    expect(notes).toEqual([
      expect.stringContaining(
        'A record of what was sent could not be kept, so it will be sent again: ',
      ),
    ]);
    expect(await isTold([item()])).toBe(true);
  });

  test('is told again where it can’t be read', async () => {
    await tell([item()]);
    await writeFile(join(folder, 'notified-check.json'), '{"version":1,"told":[{}]}');
    expect(await isTold([item()])).toBe(true);
  });

  test('recovered: only what had died, once; and what dies then is new', async () => {
    expect(await isTold([recovered('harbour-physio')])).toBe(false);
    await tell([item(), item({ site: 'quay' })]);
    // Not told: it is remembered as dead.
    await tell([recovered('harbour-physio'), item({ site: 'quay' })], command('1'));
    const told = await tell([recovered('harbour-physio'), item({ site: 'quay' })]);
    expect(told?.items).toEqual([recovered('harbour-physio')]);
    expect(await isTold([recovered('harbour-physio'), item({ site: 'quay' })])).toBe(false);
    expect(await isTold([item()])).toBe(true);
  });

  test('a check that can tell nothing of a site takes nothing back', async () => {
    await tell([item()]);
    expect(await isTold([])).toBe(false);
    expect(await isTold([item()])).toBe(false);
    expect(await isTold([recovered('harbour-physio')])).toBe(true);
  });

  test('counts are news when they change', async () => {
    const unknown = (count: number) =>
      item({ kind: 'messages', code: 'unknown', message: `${count} messages`, since: null });
    expect(await isTold([unknown(2)])).toBe(true);
    expect(await isTold([unknown(2)])).toBe(false);
    expect(await isTold([unknown(3)])).toBe(true);
  });

  test('what is not so any more is forgotten after three months', async () => {
    await tell([item({ site: 'gone' }), endIn(5)]);
    now += 91 * DAY_MS;
    await tell([item({ site: 'new' }), endIn(5)]);
    const { told } = JSON.parse(await readFile(join(folder, 'notified-check.json'), 'utf8'));
    expect(told.map(({ site }: NewsItem) => site)).toEqual(['harbour-physio', 'new']);
  });
});

describe('an end', () => {
  test('is told 30, 7 and 1 days before, each once', async () => {
    const days: number[] = [];
    for (let left = 40; left >= -3; left -= 0.25) {
      now = START + (100 - left) * DAY_MS;
      if (await quickly([endIn(100)])) days.push(left);
    }
    expect(days).toEqual([30, 7, 1]);
  });

  test('of several days that have passed, the nearest counts', async () => {
    expect(await isTold([endIn(5)])).toBe(true);
    now += 3 * DAY_MS;
    expect(await isTold([endIn(5)])).toBe(false);
    now += 1.5 * DAY_MS;
    expect(await isTold([endIn(5)])).toBe(true);
  });

  test('that has passed already is told once', async () => {
    expect([await isTold([endIn(-800)]), await isTold([endIn(-800)])]).toEqual([true, false]);
  });

  test('that moved by over a day counts anew, and by less it does not', async () => {
    await tell([endIn(5)]);
    expect(await isTold([endIn(5.9)])).toBe(false);
    expect(await isTold([endIn(4.1)])).toBe(false);
    expect(await isTold([endIn(6.1)])).toBe(true);
    expect(await isTold([endIn(40)])).toBe(false);
    now += 10 * DAY_MS;
    expect(await isTold([endIn(40)])).toBe(true);
  });

  /** As `isTold`, with the quickest command. */
  async function quickly(items: readonly NewsItem[]): Promise<boolean> {
    const before = await readFile(join(folder, 'notified-check.json'), 'utf8').catch(() => '');
    await tell(items, 'true');
    const after = await readFile(join(folder, 'notified-check.json'), 'utf8').catch(() => '');
    return before !== after;
  }
});

test('of more than a hundred, the rest is counted, and told the next time; the worst comes first', async () => {
  const ends = Array.from({ length: 90 }, (_, at) => endIn(20 + at / 100, { site: `end-${at}` }));
  const died = Array.from({ length: 60 }, (_, at) => item({ site: `died-${at}` }));
  const all = [...ends.toReversed(), ...died];
  const first = await tell(all);
  expect(first).toMatchObject({ more: 50 });
  expect(first?.items.map(({ site }) => site)).toEqual([
    ...died.map(({ site }) => site),
    ...ends.slice(0, 40).map(({ site }) => site),
  ]);
  const second = await tell(all);
  expect(second).toMatchObject({ more: 0 });
  expect(second?.items).toHaveLength(50);
  expect(await tell(all)).toBeNull();
});
