/** Faults of the disk: a clear error with the path, and everything as it was, byte for byte. */

import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MailError } from '../../src/errors.js';
import { parseSite } from '../../src/sites/record.js';
import type { RunResult } from '../support/program.js';
import { describeWith } from '../support/system-part.js';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, SITE, type Workspace } from '../support/workspace.js';
import { runLettingPersonSignIn } from './run-with-person.js';
import { copyOf } from './series.js';

const MIGRATE = ['migrate', '--yes', '--json'];
const SET = ['site', 'set', '--organisation', 'Other', '--json'];
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const UNTOUCHED = 'Your SMTP settings are untouched.';

const { newComputer } = useStandIn();
let start: Workspace;
let workspace: Workspace;
let record: string;

beforeAll(async () => {
  start = await newComputer();
  await start.addSite();
});
beforeEach(async () => {
  workspace = await newComputer();
  await copyOf(start)(workspace, 0);
  record = join(workspace.home, 'sites', `${SITE}.json`);
});

describe('a record that is not what this program wrote', () => {
  const whole = async () => JSON.parse(await readFile(record, 'utf8')) as Record<string, unknown>;
  const BROKEN: readonly [string, () => Promise<string>][] = [
    ['cut off', async () => (await readFile(record, 'utf8')).slice(0, 100)],
    ['empty', async () => ''],
    ['of wrong types', async () => JSON.stringify({ ...(await whole()), smtp: 'yes' })],
    ['from a newer version', async () => JSON.stringify({ ...(await whole()), schemaVersion: 4 })],
    ['a list', async () => '[]'],
  ];
  test.each(BROKEN)('%s, is reported and left alone', async (_, content) => {
    const text = await content();
    await writeFile(record, text);
    const before = await snapshot(workspace.home);
    for (const args of [MIGRATE, SET, ['status', '--json'], ['revert-smtp', '--yes', '--json']]) {
      expectStorageError(await workspace.run(args), record);
    }
    expect(await snapshot(workspace.home)).toEqual(before);
  });

  test('changed anywhere, is read as a whole record or refused with its path', async () => {
    const text = await readFile(record, 'utf8');
    const anywhere = fc.tuple(fc.nat(text.length - 1), fc.nat(20), fc.string({ maxLength: 20 }));
    fc.assert(
      fc.property(anywhere, ([at, length, put]) => {
        try {
          const site = parseSite(text.slice(0, at) + put + text.slice(at + length), record);
          return typeof site.name === 'string' && typeof site.login === 'string';
        } catch (error) {
          return error instanceof MailError && error.code === 'storage';
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test('of any JSON at all, is read as a whole record or refused with its path', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          return typeof parseSite(text, record).name === 'string';
        } catch (error) {
          return error instanceof MailError && error.message.includes(record);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('something else in the place of a file', () => {
  test('a folder in place of the record', async () => {
    await rm(record);
    await mkdir(record);
    expectStorageError(await workspace.run(MIGRATE), record);
    expect((await lstat(record)).isDirectory()).toBe(true);
  });

  test('a symbolic link in place of the record is not followed', async () => {
    const target = join(workspace.folder, 'target.json');
    await rename(record, target);
    await symlink(target, record);
    const before = await readFile(target, 'utf8');
    for (const args of [MIGRATE, SET]) expectStorageError(await workspace.run(args), record);
    expect(await readFile(target, 'utf8')).toBe(before);
    expect((await lstat(record)).isSymbolicLink()).toBe(true);
  });

  test('a symbolic link in place of the folder of records is not written through', async () => {
    const sites = join(workspace.home, 'sites');
    const target = join(workspace.folder, 'elsewhere');
    await rename(sites, target);
    await symlink(target, sites);
    const before = await snapshot(target);
    const run = await workspace.run(SET);
    expectStorageError(run, record);
    // It is not read through either, so what is stored can't be told.
    expect(run.error?.hint).not.toContain(UNTOUCHED);
    expect(await snapshot(target)).toEqual(before);
  });
});

describeWith(['root'], 'a disk that does not take it', () => {
  test('no permission, as another user', async () => {
    const other = { uid: 65_534, gid: 65_534 };
    await chmod(workspace.folder, 0o755);
    await chmod(workspace.home, 0o755);
    const before = await snapshot(workspace.home);
    const run = await runAs(other, SET);
    expectStorageError(run, dirname(workspace.home));
    expect(run.error?.message).toContain('belongs to the administrator');
    expect(await snapshot(workspace.home)).toEqual(before);
  });

  test('a folder of records that may be read and not written', async () => {
    const other = { uid: 65_534, gid: 65_534 };
    await giveTo(workspace.folder, other);
    await chmod(join(workspace.home, 'sites'), 0o500);
    const before = await snapshot(workspace.home);
    const run = await runAs(other, SET);
    expectStorageError(run, record);
    expect(run.error?.hint).toContain(UNTOUCHED);
    expect(await snapshot(workspace.home)).toEqual(before);
  });

  test('a spool of another user, for a watch and for a single run', async () => {
    const other = { uid: 65_534, gid: 65_534 };
    const spool = await mkdtemp(join(tmpdir(), 'spool-'));
    await mkdir(join(spool, 'new'));
    await writeFile(join(spool, 'new', 'm'), 'To: a@x.example\n\nBody.\n');
    await chmod(spool, 0o755);
    await giveTo(workspace.folder, other);
    const before = await snapshot(spool);
    for (const more of [['--watch'], []]) {
      expectStorageError(await runAs(other, ['send', '--batch', spool, ...more, '--json']), spool);
    }
    expect(await snapshot(spool)).toEqual(before);
    await rm(spool, { recursive: true });
  });

  test('a disk that was mounted read-only', async () => {
    await onSmallDisk('remount,ro', async () => {
      const before = await snapshot(workspace.home);
      const run = await workspace.run(MIGRATE);
      expectStorageError(run, workspace.home);
      expect(run.error?.message).toContain('read-only');
      expect(run.error?.hint).toContain(UNTOUCHED);
      expect(await snapshot(workspace.home)).toEqual(before);
    });
  });

  test('a disk that is full from the start', async () => {
    await onSmallDisk(null, async () => {
      await fillUp(workspace.home, 0);
      const before = await snapshot(workspace.home);
      const run = await workspace.run(MIGRATE);
      expectStorageError(run, workspace.home);
      expect(run.error?.message).toContain('the disk is full');
      expect(run.error?.hint).toContain(UNTOUCHED);
      expect(await snapshot(workspace.home)).toEqual(before);
    });
  });

  test('a disk that gets full on the way, at each step in turn', async () => {
    let failed = 0;
    for (let pages = 1; pages <= 6; pages += 1) {
      await onSmallDisk(null, async () => {
        await fillUp(workspace.home, pages);
        const run = await runLettingPersonSignIn(workspace, MIGRATE);
        if (run.code !== 0) {
          failed += 1;
          expectStorageError(run, workspace.home);
          expect(await workspace.record()).toMatchObject({ smtp: { password: { slot: 'a' } } });
        }
        await rm(join(workspace.home, 'filler'));
        const next = await runLettingPersonSignIn(workspace, MIGRATE);
        expect(next.result).toMatchObject({ pathway: 'gmail', gmail: { email: ACCOUNT } });
      });
      workspace = await newComputer();
      await copyOf(start)(workspace, 0);
    }
    expect(failed).toBeGreaterThan(0);
  }, 180_000);
});

function expectStorageError(run: Pick<RunResult, 'code' | 'error' | 'stderr'>, path: string): void {
  expect({ code: run.code, error: run.error, stderr: run.stderr }).toMatchObject({
    code: 1,
    error: { code: 'storage' },
  });
  expect(run.error?.message).toContain(path);
}

/** Every file below a folder with its content, links as links. */
async function snapshot(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    // The note of what failed last, for support, is what a failure does write.
    if (entry.name === 'last-failure.json') continue;
    const path = join(entry.parentPath, entry.name);
    found[path] = entry.isFile() ? (await readFile(path)).toString('base64') : 'not a file';
  }
  return found;
}

/**
 * Root ignores permissions: these runs are another user's. The program is shown to them in a folder that they may
 * read, wherever it was built.
 */
async function runAs(
  user: { readonly uid: number; readonly gid: number },
  args: readonly string[],
): Promise<Pick<RunResult, 'code' | 'error' | 'stderr'>> {
  const shown = await mkdtemp(join(tmpdir(), 'program-'));
  await chmod(shown, 0o755);
  execFileSync('mount', ['--bind', ROOT, shown]);
  try {
    const program = join(shown, 'bin', 'writeupp-mail.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
      ...user,
      env: { ...workspace.env, NODE_OPTIONS: undefined },
      cwd: '/',
      encoding: 'utf8',
    });
    const last = stdout.trim().split('\n').at(-1) ?? '';
    return { code: status, stderr, error: last === '' ? undefined : JSON.parse(last) };
  } finally {
    execFileSync('umount', [shown]);
    await rmdir(shown);
  }
}

async function giveTo(folder: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  await chown(folder, uid, gid);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    await chown(join(entry.parentPath, entry.name), uid, gid);
  }
}

/** Puts the settings folder on a small disk of its own for a while. */
async function onSmallDisk(option: string | null, work: () => Promise<void>): Promise<void> {
  const { home } = workspace;
  await mkdir(join(home, 'locks'), { recursive: true });
  const aside = `${home}-aside`;
  await rename(home, aside);
  await mkdir(home);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k,mode=700', 'tmpfs', home]);
  try {
    execFileSync('cp', ['-a', `${aside}/.`, home]);
    if (option !== null) execFileSync('mount', ['-o', option, home]);
    await work();
  } finally {
    execFileSync('umount', ['-l', home]);
  }
}

/** Leaves this many pages of 4 KiB. */
async function fillUp(folder: string, pagesLeft: number): Promise<void> {
  const filler = join(folder, 'filler');
  const page = Buffer.alloc(4096);
  let pages = 0;
  try {
    for (; pages < 1_000; pages += 1) await writeFile(filler, page, { flag: 'a' });
  } catch {
    await truncate(filler, Math.max(0, pages - pagesLeft) * 4096);
  }
}
