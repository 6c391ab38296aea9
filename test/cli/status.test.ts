/** `status`, run as a process: the four pathway states, for people and for scripts. */

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { PreparedWorkspace } from '../support/prepared.js';
import { isOnBackend, isOnPostgres, unlessOnBackend, useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE, SMTP_PASSWORD } from '../support/workspace.js';

const { prepared } = useStandIn();
const onOwnRecords = unlessOnBackend('the backend says what is left to do');

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
const SMTP = {
  host: 'smtp.gmail.com',
  port: 587,
  security: 'starttls',
  user: ACCOUNT,
  from: null,
};
const GMAIL = { email: ACCOUNT, connectedAt: time, testedAt: time, method: 'oauth' };

/** What the records say is left to do, and what a backend says. */
const left = (steps: string[]) => ({ leftToDo: isOnBackend ? [] : steps });
const LEFT_CODES = isOnBackend ? [] : ['left-to-do-in-writeupp'];

/** Each of the four, and how a site gets there. */
const STATES: [
  what: string,
  state: () => Promise<PreparedWorkspace>,
  expected: object,
  codes: string[],
  row: RegExp,
][] = [
  [
    'SMTP alone',
    () => prepared.at('smtp'),
    { pathway: 'smtp', smtp: SMTP, gmail: null },
    ['google-ended-smtp'],
    /Email goes by\s+SMTP settings/,
  ],
  [
    'SMTP and Gmail',
    () => prepared.at('tested'),
    { pathway: 'smtp', smtp: SMTP, gmail: GMAIL },
    ['smtp-takes-precedence', 'google-ended-smtp'],
    /Gmail\s+info@harbour-physio\.example, tested \d+ \w+ \d{4}$/m,
  ],
  [
    'Gmail alone',
    () => prepared.at('migrated'),
    {
      ...{ pathway: 'gmail', smtp: null, gmail: GMAIL },
      ...left(['sign-in', 'test-connection', 'revert-smtp']),
    },
    LEFT_CODES,
    /Email goes by\s+Gmail/,
  ],
  [
    'neither',
    reverted,
    { pathway: 'writeupp', smtp: null, gmail: null, ...left(['revert-smtp']) },
    LEFT_CODES,
    /Email goes by\s+the WriteUpp mail server/,
  ],
];

async function reverted(): Promise<PreparedWorkspace> {
  const workspace = await prepared.at('smtp');
  await workspace.run(['revert-smtp', '--yes']);
  return workspace;
}

const ENDS = { smtp: ['google-ended-smtp'], gmail: ['unused'], writeupp: [] };

describe.each(STATES)('%s', (_what, state, expected, codes, row) => {
  test('for scripts: one result with exactly the fields promised', async () => {
    const run = await (await state()).run(['status', '--json']);
    expect(run.code).toBe(0);
    expect(run.events).toEqual([
      {
        event: 'result',
        ok: true,
        site: SITE,
        organisation: 'Harbour Physio',
        login: LOGIN,
        leftToDo: [],
        doneInWriteUpp: null,
        ...expected,
        attention: codes.map((code) => ({
          code,
          message: expect.any(String),
          hint: expect.any(String),
        })),
        ends: ENDS[(expected as { pathway: keyof typeof ENDS }).pathway].map((code) => ({
          code,
          at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          message: expect.any(String),
        })),
      },
    ]);
    expect(run.stdout).not.toContain(SMTP_PASSWORD);
  });

  test('for people: the rows, and a row for SMTP only while SMTP settings exist', async () => {
    const run = await (await state()).run(['status']);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain(`Integrations & Add-Ons: ${SITE} (Harbour Physio)`);
    expect(run.stdout).toMatch(row);
    expect(/^\s+SMTP\s/m.test(run.stdout)).toBe('smtp' in expected && expected.smtp !== null);
    const isLeft = 'leftToDo' in expected && !isOnBackend;
    expect(run.stdout.includes('Left to do in WriteUpp, in this order:')).toBe(isLeft);
    expect(run.stdout.includes('Nothing needs attention.')).toBe(codes.length === 0);
  });
});

test('the precedence warning says what to run', async () => {
  const run = await (await prepared.at('tested')).run(['status']);
  expect(run.stdout).toContain('The SMTP settings take precedence over the Gmail connection.');
  // The only site need not be named; a backend is not asked whether there are others.
  expect(run.stdout).toMatch(
    isOnBackend ? /writeupp-mail migrate --site harbour-physio$/m : /writeupp-mail migrate$/m,
  );
});

describe('--all', () => {
  test('gives one result a site', async () => {
    const workspace = await prepared.at('migrated');
    await workspace.addSite('another');
    const run = await workspace.run(['status', '--all', '--json']);
    expect(run.events.map(({ event, site, pathway }) => [event, site, pathway])).toEqual([
      ['result', 'another', 'smtp'],
      ['result', SITE, 'gmail'],
    ]);
    const human = await workspace.run(['status', '--all']);
    expect(human.stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^ {2}Practice +Goes by +Gmail +What is next$/),
      expect.stringMatching(/^! Harbour Physio \(another\) +SMTP settings +not connected +switch/),
      expect.stringMatching(
        isOnBackend
          ? /^ {2}Harbour Physio \(harbour-physio\) +Gmail +info@\S+ +nothing$/
          : /^ {2}Harbour Physio \(harbour-physio\) +Gmail +info@.* the same in WriteUpp itself$/,
      ),
      '',
      '2 sites: 1 by Gmail, 1 by SMTP settings.',
      '1 needs attention. To see why:',
      '  writeupp-mail status --site NAME',
      ...(isOnBackend
        ? []
        : ['1 has to be switched in WriteUpp itself too: the status of each says how.']),
    ]);
  });

  test('with no site says so, exit code 0', async () => {
    const workspace = await prepared.at('empty');
    expect(await workspace.run(['status', '--all', '--json'])).toMatchObject({
      code: 0,
      stdout: '',
    });
  });
});

describe('which site', () => {
  test('several on record and none named: wrong usage, with their names', async () => {
    const workspace = await prepared.at('smtp');
    await workspace.addSite('another');
    const run = await workspace.run(['status', '--json']);
    expect(run).toMatchObject({ code: 2, error: { code: 'usage', sites: ['another', SITE] } });
    const named = await workspace.run(['status', '--json'], {
      env: { WRITEUPP_MAIL_SITE: SITE },
    });
    expect(named.result).toMatchObject({ site: SITE });
    const option = await workspace.run(['--site', 'another', 'status', '--json'], {
      env: { WRITEUPP_MAIL_SITE: SITE },
    });
    expect(option.result).toMatchObject({ site: 'another' });
  });

  test('none on record, and nobody to ask', async () => {
    const workspace = await prepared.at('empty');
    expect(await workspace.run(['status', '--json'])).toMatchObject({
      code: 2,
      error: { code: 'no-sites' },
    });
  });
});

test('a damaged record is reported with its place, and left alone', async () => {
  const workspace = await prepared.at('smtp');
  await workspace.putRecord({ schemaVersion: 3 });
  for (const args of [['status'], ['migrate', '--yes'], ['site', 'set', '--login', LOGIN]]) {
    const run = await workspace.run([...args, '--site', SITE, '--json']);
    expect(run).toMatchObject({ code: 1, error: { code: 'storage', exitCode: 1 } });
    expect(run.error?.message).toContain(placeOfRecord());
  }
});

function placeOfRecord(): string {
  if (isOnBackend) return `of "${SITE}" in WriteUpp’s settings`;
  return isOnPostgres ? `of "${SITE}" in the database` : join('sites', `${SITE}.json`);
}

describe('--for-support', () => {
  test('tells the last failure by its code, its time and its command; a dry run leaves none', async () => {
    const workspace = await prepared.at('smtp');
    const before = await workspace.run(['status', '--for-support', '--json']);
    expect(before).toMatchObject({ code: 0, result: { sites: 1, lastFailure: null } });
    await workspace.run(['migrate', '--dry-run', '--site', 'nowhere']);
    expect((await workspace.run(['status', '--for-support', '--json'])).result).toMatchObject({
      lastFailure: null,
    });
    await workspace.run(['site', 'show', 'nowhere']);
    const after = await workspace.run(['status', '--for-support', '--json']);
    expect(after.result).toMatchObject({
      lastFailure: { code: 'no-such-site', at: time, command: 'site show' },
      node: process.versions.node,
    });
    const human = await workspace.run(['status', '--for-support']);
    expect(human.stdout).toMatch(/Last failure +no-such-site, at .* UTC, by site show/);
    expect(human.stdout).not.toContain('nowhere');
  });

  test('works where nothing is on record and no client file is there', async () => {
    const workspace = await prepared.at('empty');
    const env = { WRITEUPP_MAIL_OAUTH_CLIENT: join(workspace.home, 'none.json') };
    const run = await workspace.run(['status', '--for-support', '--json'], { env });
    expect(run).toMatchObject({ code: 0, result: { sites: 0, client: 'no-oauth-client' } });
  });

  test('works where the records can’t be reached, and makes no settings folder', async () => {
    const workspace = await prepared.at('empty');
    await rm(String(workspace.env.WRITEUPP_MAIL_HOME), { recursive: true, force: true });
    const env = {
      WRITEUPP_MAIL_STORE: 'postgres://127.0.0.1:1/mail',
      WRITEUPP_MAIL_CREDENTIALS: 'keychain',
      DBUS_SESSION_BUS_ADDRESS: undefined,
    };
    const run = await workspace.run(['status', '--for-support', '--json'], { env });
    expect(run).toMatchObject({
      code: 0,
      result: { store: 'network', sites: 'network', credentials: 'keychain-unavailable' },
    });
    expect(existsSync(String(workspace.env.WRITEUPP_MAIL_HOME))).toBe(false);
  });
});

onOwnRecords.test('--done-in-writeupp ends the reminder of what is left to do there', async () => {
  const workspace = await prepared.at('migrated');
  const before = await workspace.run(['status']);
  expect(before.stdout).toContain('click Sign in with Google');
  const done = await workspace.run(['status', '--done-in-writeupp']);
  expect(done.code).toBe(0);
  for (const run of [done, await workspace.run(['status'])]) {
    expect(run.stdout).not.toContain('Left to do');
    expect(run.stdout).toContain('Nothing needs attention.');
  }
  expect(await workspace.record()).toMatchObject({ doneInWriteUpp: expect.any(String) });
});
