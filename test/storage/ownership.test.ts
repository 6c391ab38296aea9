/** What another user owns or may write is refused, in words that say what to run; what is only loose is tightened. */

import { chmod, readFile, rename, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { refuseOthers, refuseStrangers } from '../../src/storage/ownership.js';
import { useComputer } from '../support/use-stand-in.js';
import { SITE } from '../support/workspace.js';

const ME = 1000;

describe('a file or folder', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const OURS = { uid: ME, gid: 100, mode: 0o600 };
  const CASES = [
    ['ours alone', ME, OURS, null, null],
    ['ours, and read by others', ME, { ...OURS, mode: 0o644 }, null, null],
    ['of another user', ME, { ...OURS, uid: 7 }, 'chown', 'chown'],
    ['of root', ME, { ...OURS, uid: 0 }, 'chown', null],
    ['of a user, met by root', 0, OURS, 'without sudo', 'without sudo'],
    ['written by all', ME, { ...OURS, mode: 0o602 }, 'chmod', 'chmod'],
    ['written by a group', ME, { ...OURS, mode: 0o620 }, 'chmod', 'chmod'],
    ['written by one’s own group', ME, { ...OURS, gid: ME, mode: 0o664 }, 'chmod', null],
  ] as const;
  test.each(CASES)('%s', (_, user, found, records, brought) => {
    jest.spyOn(process, 'geteuid').mockReturnValue(user);
    jest.spyOn(process, 'getegid').mockReturnValue(user);
    for (const [refuse, expected] of [
      [refuseOthers, records],
      [refuseStrangers, brought],
    ] as const) {
      const hint = hintOf(() => refuse("/home/jane's/x", found));
      if (expected === null) expect(hint).toBeNull();
      else expect(hint).toContain(expected);
    }
  });

  test('is named in a command that a shell takes as it is', () => {
    jest.spyOn(process, 'geteuid').mockReturnValue(ME);
    expect(hintOf(() => refuseOthers("/home/jane's", { ...OURS, mode: 0o777 }))).toContain(
      "chmod go-w '/home/jane'\\''s'\n",
    );
  });

  function hintOf(work: () => void): string | null {
    try {
      work();
      return null;
    } catch (error) {
      expect(error).toMatchObject({ code: 'storage' });
      return (error as { hint: string }).hint;
    }
  }
});

describe('the program', () => {
  const { workspace } = useComputer();
  const settings = () => workspace.env.WRITEUPP_MAIL_HOME ?? '';

  beforeEach(async () => {
    expect((await workspace.addSite()).code).toBe(0);
  });

  const WRITABLE: readonly (readonly [string, () => string, readonly string[]])[] = [
    ['the settings folder', settings, ['status']],
    ['the rehearsal’s folder', () => workspace.home, ['status']],
    ['the folder of records', () => join(workspace.home, 'sites'), ['status']],
    ['a record', () => join(workspace.home, 'sites', `${SITE}.json`), ['status']],
    [
      'a secret',
      () => join(workspace.home, 'vault', `${SITE}.smtp-password.age`),
      ['status', '--check'],
    ],
    [
      'the vault’s key',
      () => join(workspace.home, 'vault', 'identity.json'),
      ['status', '--check'],
    ],
    [
      'the Google client file',
      () => workspace.env.WRITEUPP_MAIL_OAUTH_CLIENT ?? '',
      ['sign-in', '--account', 'jo@x.example'],
    ],
  ];
  test.each(WRITABLE)('refuses %s that others may write', async (_, pathOf, args) => {
    await chmod(pathOf(), 0o777);
    const run = await workspace.run([...args, '--json']);
    expect(run).toMatchObject({ code: 1, error: { code: 'storage' } });
    expect(run.error?.message).toContain(`${pathOf()} may be changed by other users`);
    expect(run.error?.hint).toContain(`chmod go-w ${pathOf()}`);
    expect((await stat(pathOf())).mode & 0o777).toBe(0o777);
  });

  test('closes to others a folder that they may look into, and not in a dry run', async () => {
    const folders = [settings(), workspace.home, join(workspace.home, 'sites')];
    const modes = () =>
      Promise.all(folders.map(async (folder) => (await stat(folder)).mode & 0o777));
    for (const folder of folders) await chmod(folder, 0o755);
    await workspace.run(['migrate', '--dry-run', '--json']);
    expect(await modes()).toEqual([0o755, 0o755, 0o755]);
    expect((await workspace.run(['site', 'set', '--organisation', 'X', '--json'])).code).toBe(0);
    expect(await modes()).toEqual([0o700, 0o700, 0o700]);
  });

  test('works in a settings folder that is a symbolic link, as those who keep theirs in one place have it', async () => {
    const elsewhere = join(workspace.folder, 'dotfiles');
    await rename(settings(), elsewhere);
    await symlink(elsewhere, settings());
    expect((await workspace.run(['site', 'set', '--organisation', 'X', '--json'])).code).toBe(0);
    const record = join(elsewhere, 'rehearsal', 'sites', `${SITE}.json`);
    expect(JSON.parse(await readFile(record, 'utf8'))).toMatchObject({ organisation: 'X' });
    const history = join(elsewhere, 'rehearsal', 'history.jsonl');
    expect(await readFile(history, 'utf8')).toContain('"change-site"');
  });

  test('makes a settings folder where there is none', async () => {
    const home = join(workspace.folder, 'user', 'new');
    const env = { WRITEUPP_MAIL_HOME: home };
    const add = ['site', 'add', 'x', '--login', 'x@x.example', '--json'];
    expect((await workspace.run(add, { env })).code).toBe(0);
    expect((await stat(home)).mode & 0o777).toBe(0o700);
    expect(await readFile(join(home, 'rehearsal', 'sites', 'x.json'), 'utf8')).toContain('"x"');
  });
});
