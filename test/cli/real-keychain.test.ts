/** `migrate` with the keychain of a real desktop session, and with every way in which one can be broken. */

import { execFile } from 'node:child_process';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { siteKey } from '../../src/sites/site-name.js';
import { keychainService } from '../../src/storage/settings-folder.js';
import {
  BROKEN_KEYCHAINS,
  brokenKeychain,
  type KeychainSetting,
  type Keyring,
  startKeyring,
} from '../support/keyring.js';
import type { RunResult } from '../support/program.js';
import { describeWith } from '../support/system-part.js';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE, SMTP_PASSWORD, type Workspace } from '../support/workspace.js';

const execute = promisify(execFile);

const { google, newComputer } = useStandIn();
let workspace: Workspace;

/** A computer whose credential store is the default one: the keychain of the session given. */
async function computerWith({ env }: KeychainSetting): Promise<Workspace> {
  return newComputer({
    env: {
      ...env,
      WRITEUPP_MAIL_CREDENTIALS: undefined,
      WRITEUPP_MAIL_PASSPHRASE: undefined,
    },
  });
}

describeWith(['keyring'], 'migrate with a real keychain', () => {
  let keyring: Keyring;

  beforeEach(async () => {
    keyring = await startKeyring({ unlocked: true });
    workspace = await computerWith(keyring);
  });
  afterEach(async () => {
    await keyring.stop();
  });

  test('keeps the permission in the keychain and nowhere on disk', async () => {
    expect((await workspace.addSite()).code).toBe(0);
    expect(await entry('smtp-password')).toBe(SMTP_PASSWORD);

    const { run } = await workspace.runWithPerson(['migrate', '--yes', '--json'], {
      account: ACCOUNT,
    });
    expect(run).toMatchObject({ code: 0, result: { pathway: 'gmail', smtp: null } });
    expect(google.secrets()).toContain(await entry('google-token-a'));
    expect(await entry('smtp-password')).toBeNull();

    const written = `${await everythingIn(workspace.home)}${run.stdout}${run.stderr}`;
    expect(written).toContain(ACCOUNT);
    for (const secret of [...google.secrets(), SMTP_PASSWORD]) {
      expect(written.includes(secret)).toBe(false);
    }
  });

  test('sends again with what the keychain holds, without a person', async () => {
    await workspace.addSite();
    await workspace.runWithPerson(['migrate', '--yes', '--json'], { account: ACCOUNT });
    const before = google.messages.length;
    const again = await workspace.run(['test-connection', '--json']);
    expect(again).toMatchObject({ code: 0, result: { testMessage: { to: LOGIN } } });
    expect(google.messages).toHaveLength(before + 1);
  });

  test('shares no entry with another folder, even one that was at the same path before', async () => {
    await workspace.addSite();
    const former = await entry('smtp-password');
    await rename(workspace.home, `${workspace.home}-aside`);
    await workspace.addSite(SITE, '--smtp-user', 'other@harbour-physio.example');
    expect((await workspace.run(['site', 'remove', '--yes', '--json'])).code).toBe(0);
    expect(await entry('smtp-password')).toBeNull();
    await rm(workspace.home, { recursive: true });
    await rename(`${workspace.home}-aside`, workspace.home);
    expect(await entry('smtp-password')).toBe(former);
  });

  test('says what was removed where the keychain locks in the middle, and ends it on the next run', async () => {
    await workspace.addSite();
    await workspace.runWithPerson(['sign-in', '--json'], { account: ACCOUNT });
    // As long as the person looks for the message, the screen can lock.
    google.misbehave('send', { kind: 'delay', ms: 1_500, when: 'after' }, { times: 1 });
    const migrating = workspace.start(['migrate', '--yes', '--json']);
    const sent = google.messages.length;
    while (google.messages.length === sent) await sleep(20);
    await keyring.lock();
    const run = await migrating.ended;
    expect(run).toMatchObject({ code: 6, error: { code: 'keychain-locked' } });
    expect(await workspace.record()).toMatchObject({ smtp: null, gmail: { email: ACCOUNT } });
    expect(run.error?.hint).toContain('the SMTP settings were removed. Email goes by Gmail');
    expect(run.error?.hint).not.toContain('Nothing was changed');

    await keyring.restartService({ unlocked: true });
    expect(await entry('smtp-password')).toBe(SMTP_PASSWORD);
    const next = await workspace.run(['migrate', '--yes', '--json']);
    expect(next).toMatchObject({ code: 0, result: { pathway: 'gmail' } });
    expect(await entry('smtp-password')).toBeNull();
  });

  test('leaves nothing in the keychain after sign-out', async () => {
    await workspace.addSite();
    await workspace.runWithPerson(['migrate', '--yes', '--json'], { account: ACCOUNT });
    expect((await workspace.run(['sign-out', '--yes', '--json'])).code).toBe(0);
    expect(await entry('google-token-a')).toBeNull();
    expect(await entry('google-token-b')).toBeNull();
    expect(await entry('google-access-token')).toBeNull();
  });
});

describeWith(['keyring', 'xvfb'], 'migrate with a keychain that does not work', () => {
  test.each(BROKEN_KEYCHAINS)('%s: %s, before anything is asked of Google', async (kind, code) => {
    const keychain = await brokenKeychain(kind);
    workspace = await computerWith(keychain);
    try {
      await addSiteWithoutPassword();
      const requests = google.requests.length;
      const run = await endingSoon(workspace.run(['migrate', '--yes', '--json']));
      expect(run).toMatchObject({ code: 6, error: { code, exitCode: 6 } });
      expect(run.error?.hint).toContain('Your SMTP settings are untouched.');
      expect(run.error?.hint).toContain('WRITEUPP_MAIL_CREDENTIALS=vault');
      expect(google.requests).toHaveLength(requests);
      expect(await workspace.record()).toMatchObject({ smtp: { user: ACCOUNT }, gmail: null });
    } finally {
      await keychain.stop();
    }
  });
});

/** No secret, so no keychain, is needed for this. */
async function addSiteWithoutPassword(): Promise<void> {
  const added = await workspace.run([
    ...['site', 'add', SITE, '--login', LOGIN, '--json'],
    ...['--smtp-host', 'smtp.gmail.com', '--smtp-user', ACCOUNT],
  ]);
  expect(added.code).toBe(0);
}

/** Nobody can answer a prompt here, so the program's own limit is 10 seconds; the rest is for a busy machine. */
async function endingSoon(run: Promise<RunResult>): Promise<RunResult> {
  const started = Date.now();
  const result = await run;
  expect(Date.now() - started).toBeLessThan(30_000);
  return result;
}

/** What the keychain holds, read by a process of its own as any other program would. */
async function entry(slot: string): Promise<string | null> {
  const folder = { home: workspace.home };
  const service = await keychainService(folder, true);
  const script =
    "import('keytar').then(async ({ default: keytar }) => process.stdout.write(" +
    'JSON.stringify(await keytar.getPassword(process.argv[1], process.argv[2]))))';
  const { stdout } = await execute(
    process.execPath,
    ['-e', script, service, `${siteKey(SITE)}/${slot}`],
    { env: workspace.env },
  );
  const content = JSON.parse(stdout) as string | null;
  // With the id of what it belongs to.
  return content === null ? null : (JSON.parse(content) as { secret: string }).secret;
}

/** All file names and contents below a folder. */
async function everythingIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = entries.map(async (found) =>
    found.isFile()
      ? found.name + (await readFile(join(found.parentPath, found.name), 'latin1'))
      : '',
  );
  return (await Promise.all(texts)).join('\n');
}
