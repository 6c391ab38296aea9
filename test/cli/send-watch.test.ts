/** `send --batch --watch` and WRITEUPP_MAIL_SPOOL, by the built program: what the histories in memory can't show. */

import { chown, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { takeApart, valuesOf } from '../support/eml.js';
import { connectSite } from '../support/mail-site.js';
import { PROGRAM, type RunningProgram, type RunResult, runProgram } from '../support/program.js';
import { testIf } from '../support/system-part.js';
import { useStandIn } from '../support/use-stand-in.js';
import { SITE, type Workspace } from '../support/workspace.js';

const { google, newComputer } = useStandIn();
let workspace: Workspace;
let sendmail: string;
let spool: string;
const running: RunningProgram[] = [];

beforeAll(async () => {
  workspace = await newComputer();
  await connectSite(workspace);
  const folder = join(workspace.folder, 'bin');
  await mkdir(folder);
  sendmail = join(folder, 'sendmail');
  await symlink(PROGRAM, sendmail);
});
beforeEach(async () => {
  spool = await mkdtemp(join(tmpdir(), 'spool-'));
  await mkdir(join(spool, 'new'));
});
afterEach(async () => {
  for (const one of running.splice(0)) {
    one.child.kill('SIGKILL');
    await one.ended;
  }
  await rm(spool, { recursive: true, force: true });
});

/** The user who owns nothing. */
const NOBODY = 65_534;
const DOWN = { kind: 'answer', status: 503, body: {} } as const;
const MESSAGE =
  'From: jo@practice.example\nTo: a@x.example\nBcc: b@x.example\nSubject: x\n\nBody.\n';
const names = async (place: string) =>
  (await readdir(join(spool, place)).catch(() => []))
    .filter((name) => !name.startsWith('.'))
    .sort();
const put = (name: string) => writeFile(join(spool, 'new', name), MESSAGE);

function watch(...more: string[]): RunningProgram {
  const args = ['send', '--batch', spool, '--watch', '--settle', '0', '--json', ...more];
  const one = workspace.start(args);
  running.push(one);
  return one;
}

/** Looked at again and again, until the test's own time is over. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}

const said = (one: RunningProgram) => one.output().stdout;
const isWatching = (one: RunningProgram) => () => one.output().stderr.includes('Watching');

/** Under the name sendmail, as cron and PHP call it. */
async function asSendmail(
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[] = ['-t', '-i'],
): Promise<RunResult> {
  const path = [join(process.execPath, '..'), process.env.PATH].join(delimiter);
  return runProgram(args, {
    program: sendmail,
    input: MESSAGE,
    env: { ...workspace.env, PATH: path, WRITEUPP_MAIL_SPOOL: spool, ...env },
  });
}

describe('a watch', () => {
  test('sends what comes, is alone, and ends with nothing in hand', async () => {
    const first = watch('--keep', '0');
    await until(isWatching(first));
    await put('a.eml');
    await until(() => said(first).includes('"file":"a.eml","outcome":"sent"'));
    const second = watch();
    expect(await second.ended).toMatchObject({ code: 5, error: { code: 'spool-busy' } });
    await put('b.eml');
    await until(() => said(first).includes('"file":"b.eml","outcome":"sent"'));
    // What it put there is deleted at once; nothing else is.
    await writeFile(join(spool, 'sent', 'of-another'), MESSAGE);
    await until(async () => (await names('sent')).length === 1);
    first.child.kill('SIGTERM');
    const ended = await first.ended;
    expect(ended).toMatchObject({ code: 0, result: { ok: true, site: SITE, sent: 2, waiting: 0 } });
    expect([await names('sending'), await names('sent')]).toEqual([[], ['of-another']]);
  }, 60_000);

  test('that was killed leaves its place to the next', async () => {
    const first = watch();
    await until(isWatching(first));
    first.child.kill('SIGKILL');
    await first.ended;
    await until(isWatching(watch()));
  }, 60_000);

  test('pauses where Google does not answer, and says so', async () => {
    google.misbehave('token:refresh', DOWN);
    google.misbehave('send', DOWN);
    const one = watch();
    await put('a.eml');
    await until(() => said(one).includes('"event":"pause"'));
    const pause = said(one)
      .split('\n')
      .filter((line) => line.includes('"event":"pause"'))
      .map((line) => JSON.parse(line))[0];
    expect(pause).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    const status = await workspace.run(['status', '--json']);
    expect(status.result?.spools).toEqual([
      expect.objectContaining({
        isNotEmptied: false,
        paused: expect.objectContaining({ code: pause.code }),
      }),
    ]);
    one.child.kill('SIGTERM');
    expect((await one.ended).code).toBe(0);
  }, 60_000);

  test.each([
    [['--give-up', '0']],
    [['--give-up', 'x']],
    [['--notify', 'tell.cmd']],
    [['--keep', 'a week']],
    [['--again', 'a.eml']],
  ])('refuses %j', async (more) => {
    expect(await watch(...more).ended).toMatchObject({ code: 2, error: { code: 'usage' } });
  });
});

test('news go to the command of --notify, once', async () => {
  const told = join(spool, 'told');
  const script = join(spool, 'tell');
  await writeFile(script, `#!/bin/sh\ncat >> '${told}'\n`, { mode: 0o755 });
  google.misbehave('send', { kind: 'cut', when: 'after' });
  const one = watch('--notify', script);
  await until(isWatching(one));
  await put('a.eml');
  await until(async () => (await readFile(told, 'utf8').catch(() => '')).endsWith('\n'));
  one.child.kill('SIGTERM');
  expect((await one.ended).code).toBe(0);
  const events = (await readFile(told, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events).toEqual([
    expect.objectContaining({
      event: 'news',
      items: [expect.objectContaining({ kind: 'messages-unknown', site: SITE })],
    }),
  ]);
  expect(JSON.stringify(events)).not.toContain('a.eml');
}, 60_000);

describe('sendmail with a spool', () => {
  const down = () => {
    google.misbehave('token:refresh', DOWN);
    google.misbehave('send', { ...DOWN, status: 429, body: { error: { code: 429 } } });
  };

  test('puts what can’t be sent now there, whole, and the next run sends it to the same', async () => {
    down();
    const ended = await asSendmail({});
    expect(ended).toMatchObject({ code: 0, stdout: '' });
    expect(ended.stderr).toContain('--watch');
    const [name = '', envelope = ''] = await names('new');
    expect(envelope).toBe(`${name}.envelope`);
    expect(JSON.parse(await readFile(join(spool, 'new', envelope), 'utf8'))).toEqual({
      ...{ site: SITE, from: null, to: ['a@x.example', 'b@x.example'] },
    });
    expect(await readFile(join(spool, 'new', name), 'utf8')).toContain('Date: ');
    const status = await workspace.run(['status', '--json']);
    expect(status.result?.attention).toContainEqual(
      expect.objectContaining({ code: 'spool-not-emptied' }),
    );
    expect((await workspace.run([])).stdout).toContain('no watch has ever looked');
    const doctor = await workspace.run(['doctor', '--json']);
    expect(doctor.events).toContainEqual(
      expect.objectContaining({ name: 'spools', status: 'warn' }),
    );
    google.behave();
    const before = google.messages.length;
    expect((await workspace.run(['send', '--batch', spool, '--json'])).code).toBe(0);
    const arrived = takeApart(google.messages[before]?.raw ?? Buffer.alloc(0));
    expect(valuesOf(arrived, 'bcc')).toEqual([' b@x.example\r\n']);
    expect(google.messages).toHaveLength(before + 1);
  }, 60_000);

  test('is not told of a watch where one looks', async () => {
    const one = watch();
    await until(async () => (await readdir(spool)).includes('.watch.json'));
    down();
    const ended = await asSendmail({});
    expect(ended).toMatchObject({ code: 0, stdout: '' });
    expect(ended.stderr).not.toContain('--watch');
    one.child.kill('SIGTERM');
    await one.ended;
  }, 60_000);

  test('keeps a copy of what may have been sent, which stays 74', async () => {
    google.misbehave('send', { kind: 'cut', when: 'after' });
    const before = google.messages.length;
    expect((await asSendmail({})).code).toBe(74);
    expect(google.messages).toHaveLength(before + 1);
    expect(await names('unknown')).toHaveLength(2);
    expect(await names('new')).toEqual([]);
  });

  test.each<[string, () => Promise<string>]>([
    ['is not there', async () => join(spool, 'nowhere')],
    ['is a file', async () => join(await putAFile(), 'file')],
    [
      'is another site’s',
      async () => {
        await putOwner();
        return spool;
      },
    ],
  ])('says 75 where it %s', async (_what, folder) => {
    down();
    const ended = await asSendmail({ WRITEUPP_MAIL_SPOOL: await folder() });
    expect(ended.code).toBe(75);
    expect(await names('new')).toEqual([]);
  });

  const isRoot = process.getuid?.() === 0;
  testIf(isRoot, 'the right to give a folder away')(
    'says 75 where it is another user’s',
    async () => {
      down();
      await chown(spool, NOBODY, NOBODY);
      const ended = await asSendmail({});
      expect(ended.code).toBe(75);
      expect(ended.stderr).toContain(`belongs to another user of this computer (number ${NOBODY})`);
      expect(await names('new')).toEqual([]);
    },
  );

  const putAFile = async () => {
    await writeFile(join(spool, 'file'), '');
    return spool;
  };
  const putOwner = () =>
    writeFile(
      join(spool, '.owner'),
      JSON.stringify({ site: 'south', store: 'x', description: 'y', isRehearsal: false }),
    );

  test('says 65 of a message that can never be sent, and 0 of one that was', async () => {
    expect((await asSendmail({}, ['-i', '--', 'nobody'])).code).toBe(65);
    expect((await asSendmail({})).code).toBe(0);
    expect(await readdir(join(spool, 'new'))).toEqual([]);
  });
});
