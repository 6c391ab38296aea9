/** The whole main job by processes alone, for a copy of the program that is not this repository's, or another Node.js. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { GoogleStandIn } from '../stand-in/stand-in.js';
import { findProgram } from '../support/find-program.js';
import { startKeyring } from '../support/keyring.js';
import type { WhatRuns } from '../support/program.js';
import { ACCOUNT, LOGIN, newWorkspace, SITE, type Workspace } from '../support/workspace.js';

const MESSAGE = `From: ${ACCOUNT}\r\nTo: pat@patient.example\r\nSubject: Hello\r\n\r\nText.\r\n`;

/** From SMTP settings to email by Gmail, and out again; every command that it takes, and what it leaves. */
export async function expectWholeSwitch(
  workspace: Workspace,
  google: GoogleStandIn,
): Promise<void> {
  expect(await workspace.run(['--version'])).toMatchObject({ code: 0, stderr: '' });
  expect((await workspace.run(['--help'])).stdout).toContain('migrate');
  expect(await workspace.addSite()).toMatchObject({ code: 0 });
  expect(await workspace.run(['status', '--json'])).toMatchObject({
    code: 0,
    result: { pathway: 'smtp', gmail: null },
  });
  const { run, page } = await workspace.runWithPerson(['migrate', '--yes', '--json'], {
    account: ACCOUNT,
  });
  expect(run).toMatchObject({ code: 0, result: { ok: true, pathway: 'gmail', smtp: null } });
  expect(page.status).toBe(200);
  expect(google.mailbox(LOGIN).at(-1)?.parsed.subject).toBe('Gmail Test Connection from WriteUpp');
  const delivered = google.mailbox('pat@patient.example').length;
  expect(await workspace.run(['send'], { input: MESSAGE })).toMatchObject({ code: 0 });
  expect(google.mailbox('pat@patient.example')).toHaveLength(delivered + 1);
  expect((await workspace.run(['status'])).stdout).toMatch(/Email goes by\s+Gmail/);
  expect(await workspace.run(['sign-out', '--yes', '--json'])).toMatchObject({ code: 0 });
  expect(await workspace.record(SITE)).toMatchObject({ gmail: null, smtp: null });
}

/** The same with a private keychain, which needs the part in machine code; skipped where there is none. */
export async function expectWholeSwitchByKeychain(
  google: GoogleStandIn,
  what: WhatRuns,
): Promise<void> {
  if (findProgram('gnome-keyring-daemon') === undefined) {
    if (process.env.CI) throw new Error('not installed: gnome-keyring');
    console.warn('Skipped: not installed: gnome-keyring');
    return;
  }
  const keyring = await startKeyring({ unlocked: true });
  const workspace = await newWorkspace(google, {
    ...what,
    env: {
      DBUS_SESSION_BUS_ADDRESS: keyring.env.DBUS_SESSION_BUS_ADDRESS,
      WRITEUPP_MAIL_CREDENTIALS: undefined,
      WRITEUPP_MAIL_PASSPHRASE: undefined,
    },
  });
  try {
    await expectWholeSwitch(workspace, google);
    expect(existsSync(join(workspace.home, 'vault'))).toBe(false);
  } finally {
    await workspace.remove();
    await keyring.stop();
  }
}
