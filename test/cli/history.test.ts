/** `history`, run as a process: what a switch leaves behind as its certificate. */

import { appendFile, chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { isOnBackend, isOnPostgres, unlessOnBackend, useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE, SMTP_PASSWORD } from '../support/workspace.js';

const { prepared } = useStandIn();

test('tells each step of a switch, who did it, and on what proof; never a secret', async () => {
  const workspace = await prepared.at('migrated');
  const run = await workspace.run(['history', '--site', SITE, '--json']);
  expect(run.code).toBe(0);
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const event = (command: string, step: string, facts = {}) => ({
    ...{ event: 'history', at: time, site: SITE, command, step, outcome: 'done' },
    ...{ who: userInfo().username, host: hostname(), ...facts },
  });
  const testMessage = { id: expect.any(String), to: LOGIN };
  expect(run.events).toEqual([
    ...(isOnBackend ? [] : [event('site add', 'add-site', { fields: ['smtp'] })]),
    event('sign-in', 'sign-in', { account: ACCOUNT }),
    event('test-connection', 'test-message', { account: ACCOUNT, testMessage }),
    event('migrate', 'revert-smtp', {
      account: ACCOUNT,
      proof: {
        by: 'test-message',
        testMessage: { ...testMessage, acceptedAt: time, receipt: 'accepted-by-gmail' },
      },
      removed: {
        smtp: {
          ...{ host: 'smtp.gmail.com', port: 587, security: 'starttls' },
          ...{ user: ACCOUNT, from: null },
        },
      },
    }),
  ]);
  expect(run.stdout).not.toContain(SMTP_PASSWORD);
});

test('for people it ends on the certificate; a table has a row an event', async () => {
  const workspace = await prepared.at('migrated');
  const text = await workspace.run(['history', '--site', SITE]);
  expect(text.stdout).toContain(`Certificate of the switch: Harbour Physio (${SITE})`);
  expect(text.stdout).toContain('They were: smtp.gmail.com, port 587 (STARTTLS)');
  expect(text.stdout).toMatch(/Proof: test message \S+ to \S+, accepted by Gmail/);
  const table = await workspace.run(['history', '--csv']);
  const rows = table.stdout.split('\r\n');
  expect(rows[0]).toMatch(/^at,site,command,step,outcome,who,host,/);
  expect(rows).toHaveLength(isOnBackend ? 5 : 6);
  expect(rows.at(-2)).toContain(',migrate,revert-smtp,done,');
});

unlessOnBackend('WriteUpp itself adds and removes sites').test(
  'a deletion that was asked for says so; what was forgotten stays in the history',
  async () => {
    const workspace = await prepared.at('smtp');
    await workspace.run(['revert-smtp', '--yes']);
    await workspace.run(['site', 'remove', SITE, '--yes']);
    const { events } = await workspace.run(['history', '--site', SITE, '--json']);
    expect(events.map(({ step }) => step)).toEqual(['add-site', 'revert-smtp', 'remove-site']);
    expect(events[1]).toMatchObject({ proof: { by: 'asked-for', testMessage: null } });
    expect(events[2]).toMatchObject({ command: 'site remove' });
  },
);

test('--since leaves out what came before; nothing else is taken for a date', async () => {
  const workspace = await prepared.at('smtp');
  const none = await workspace.run(['history', '--since', '2999-01-01', '--json']);
  expect(none).toMatchObject({ code: 0, stdout: '' });
  await workspace.run(['site', 'set', '--organisation', 'Other', '--site', SITE]);
  const all = await workspace.run(['history', '--since', '2020-01-01T10:00', '--json']);
  expect(all.events).toHaveLength(isOnBackend ? 1 : 2);
  for (const since of ['yesterday', '2026-02-30', '2026-13-01']) {
    const wrong = await workspace.run(['history', '--since', since, '--json']);
    expect(wrong).toMatchObject({ code: 2, error: { code: 'usage' } });
  }
});

if (!isOnPostgres && !isOnBackend) {
  test('a torn line is left out; a history that can’t be written stops no deed, and is told', async () => {
    const workspace = await prepared.at('smtp');
    const path = join(workspace.home, 'history.jsonl');
    await appendFile(path, '{"id":"torn');
    const set = () => workspace.run(['site', 'set', '--organisation', 'Other', '--site', SITE]);
    expect((await set()).code).toBe(0);
    const { events } = await workspace.run(['history', '--json']);
    expect(events.map(({ step }) => step)).toEqual(['add-site', 'change-site']);
    expect(events[1]).toMatchObject({ fields: ['organisation'] });
    const before = await readFile(path, 'utf8');
    await rm(path);
    await writeFile(path, before);
    await chmod(path, 0o666);
    const run = await workspace.run(['site', 'set', '--organisation', 'New', '--site', SITE]);
    expect(run.code).toBe(0);
    expect(run.stderr).toContain('What was done stands, and the history could not be written');
    expect(await workspace.record()).toMatchObject({ organisation: 'New' });
    expect(await readFile(path, 'utf8')).toBe(before);
  });
}
