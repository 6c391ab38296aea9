/** A rehearsal, with a stand-in for Google, next to the sites of the real one: it can neither see nor change them. */

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { startSmtpServer } from '../support/mail-server.js';
import { addSmtpSite } from '../support/mail-site.js';
import { useStandIn } from '../support/use-stand-in.js';
import { LOGIN, SITE, type Workspace } from '../support/workspace.js';
import { folderPrint } from './folder-print.js';

const { google, newComputer } = useStandIn();
let real: Workspace;

/** What the workspace of the real Google lacks to be a rehearsal. */
const rehearsal = () => ({ env: { WRITEUPP_MAIL_GOOGLE_URL: google.url } });

beforeEach(async () => {
  real = await newComputer({ env: { WRITEUPP_MAIL_GOOGLE_URL: undefined } });
  expect((await real.addSite()).code).toBe(0);
});

test('finds no site of the real settings folder, and leaves its records and secrets as they are', async () => {
  const before = await folderPrint(real.home);
  const record = await real.record();
  const commands = [
    ['migrate', '--yes'],
    ['sign-in', '--yes'],
    ['revert-smtp', '--yes'],
    ['site', 'set', '--login', 'other@harbour-physio.example'],
    ['site', 'remove', '--yes'],
    ['status'],
  ];
  for (const args of commands) {
    const run = await real.run([...args, '--site', SITE, '--json'], rehearsal());
    expect([args, run.code, run.error?.code]).toEqual([args, 2, 'no-such-site']);
  }
  expect(await folderPrint(real.home)).toEqual(before);
  expect(record).not.toBeNull();
  expect(await real.record()).toEqual(record);
});

test('of a site of the same name has records and secrets of its own', async () => {
  const before = await realFiles();
  const add = ['site', 'add', SITE, '--login', LOGIN, '--smtp-host', 'mail.example', '--json'];
  expect((await real.run(add, rehearsal())).code).toBe(0);
  expect((await real.run(['site', 'remove', SITE, '--yes'], rehearsal())).code).toBe(0);
  expect(await realFiles()).toEqual(before);
});

test('empties no spool of a real site of the same name, by a run or by a watch', async () => {
  const server = await startSmtpServer({ security: 'none' });
  try {
    const address = { port: server.port, security: 'none' };
    const other = await newComputer({ env: { WRITEUPP_MAIL_GOOGLE_URL: undefined } });
    await addSmtpSite(other, address);
    const spool = join(other.folder, 'spool');
    const put = (name: string) =>
      writeFile(join(spool, 'new', name), 'To: a@x.example\nSubject: x\n\nBody.\n');
    const batch = ['send', '--batch', spool, '--settle', '0', '--json'];
    await mkdir(join(spool, 'new'), { recursive: true });
    await put('one');
    expect((await other.run(batch)).result).toMatchObject({ sent: 1 });
    await put('two');
    const own = { ...other, run: (args: readonly string[]) => other.run(args, rehearsal()) };
    await addSmtpSite(own, address);
    for (const more of [[], ['--watch']]) {
      const run = await own.run([...batch, ...more]);
      expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
    }
    expect(await readdir(join(spool, 'new'))).toEqual(['two']);
    expect(server.messages).toHaveLength(1);
  } finally {
    await server.close();
  }
});

/** All that is in the settings folder but the rehearsal's folder, whose coming the time of the folder around it tells. */
async function realFiles(): Promise<Readonly<Record<string, string>>> {
  const all = Object.entries(await folderPrint(real.home));
  const own = join(real.home, 'rehearsal');
  return Object.fromEntries(
    all.filter(([path]) => path !== real.home && path !== own && !path.startsWith(`${own}/`)),
  );
}
