/** `revert-smtp`, run as a process: what goes for good, what is refused, and what is said. */

import { describe, expect, test } from '@jest/globals';
import { aSite, GMAIL, SMTP } from '../sites/a-site.js';
import { MemorySites } from '../support/memory-store.js';
import { editRecord, type Stage } from '../support/prepared.js';
import { runIn, twin } from '../support/twin.js';
import { isOnBackend, isOnPostgres, KEPT_PASSWORD, useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, SITE } from '../support/workspace.js';

const UNTOUCHED = 'Your SMTP settings are untouched.';

const { prepared } = useStandIn();

describe('revert-smtp --yes', () => {
  test('without Gmail: removes settings and password; email goes by the WriteUpp mail server', async () => {
    const workspace = await prepared.at('smtp');
    const run = await workspace.run(['revert-smtp', '--yes']);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('The SMTP settings and their password were removed.');
    expect(run.stderr).toContain('No Google account is connected');
    expect(run.stderr).toContain('patients will see WriteUpp’s own address');
    const store = isOnPostgres ? 'the database' : workspace.home;
    expect(run.stdout).toContain(isOnBackend ? 'Changed: WriteUpp’s settings at' : store);
    expect(run.stdout).toMatch(/Email goes by\s+the WriteUpp mail server/);
    expect(run.stdout).not.toMatch(/^\s+SMTP\s/m);
    expect(await workspace.record()).toMatchObject({
      smtp: null,
      smtpRevertedAt: expect.any(String),
    });
    expect(await workspace.secretSlots()).toEqual([]);
  });

  test('with Gmail: email goes by Gmail from then on', async () => {
    const workspace = await prepared.at('connected');
    const run = await workspace.run(['revert-smtp', '--yes', '--json']);
    expect(run.events).toEqual([
      expect.objectContaining({
        event: 'result',
        ok: true,
        site: SITE,
        pathway: 'gmail',
        smtp: null,
      }),
    ]);
    expect(await workspace.secretSlots()).toEqual(['google-token-a']);
  });

  test.each([[['--json']], [[]]])(
    'with nothing to revert says so, and changes nothing (%j)',
    async (more) => {
      const workspace = await prepared.at('migrated');
      const before = await workspace.record();
      const run = await workspace.run(['revert-smtp', ...more]);
      expect(run.code).toBe(0);
      if (more.length === 0) expect(run.stdout).toContain('no SMTP settings to remove');
      expect(await workspace.record()).toEqual(before);
    },
  );
});

describe('refused, with nothing done:', () => {
  test.each([
    [['--json'], 'not-interactive'],
    [[], 'nobody can be asked here'],
  ])('where nobody can be asked (%j)', async (more, said) => {
    const workspace = await prepared.at('smtp');
    const before = await workspace.record();
    const run = await workspace.run(['revert-smtp', ...more]);
    expect(run.code).toBe(2);
    expect(run.stdout + run.stderr).toContain(said);
    expect(run.stdout + run.stderr).toContain(UNTOUCHED);
    expect(await workspace.record()).toEqual(before);
    expect(await workspace.secretSlots()).toEqual(['smtp-password']);
  });

  test.each<[what: string, Stage, change: (gmail: { test: { arrival: string } }) => void]>([
    ['without a Gmail account', 'smtp', () => undefined],
    ['without a test message', 'connected', () => undefined],
    [
      'after a No',
      'tested',
      ({ test: message }) => {
        message.arrival = 'denied';
      },
    ],
  ])('--require-gmail %s', async (_what, stage, change) => {
    const workspace = await prepared.at(stage);
    await editRecord(workspace, ({ gmail }) => change(gmail));
    const run = await workspace.run(['revert-smtp', '--yes', '--require-gmail', '--json']);
    expect(run).toMatchObject({ code: 4, error: { code: 'sign-in-needed', exitCode: 4 } });
    expect(run.error?.reason).toBe(stage === 'smtp' ? 'not-connected' : undefined);
    expect(run.error?.hint).toContain(UNTOUCHED);
    expect(await workspace.record()).toMatchObject({ smtp: { password: KEPT_PASSWORD } });
  });
});

test.each([
  ['at another Google', { issuer: 'http://127.0.0.1:4000' }],
  ['with another client file', { clientId: 'another client' }],
])('--require-gmail is not satisfied by a test message %s', async (_what, elsewhere) => {
  const sites = new MemorySites();
  sites.put(aSite({ smtp: SMTP, gmail: { ...GMAIL, ...elsewhere } }));
  const client = async () => ({ id: GMAIL.clientId, secret: null });
  const error = await runIn(twin({ client }, { sites }), 'revert-smtp', '--yes', '--require-gmail');
  expect(error).toMatchObject({ exitCode: 4, details: { reason: 'not-connected' } });
  expect(sites.get('harbour-physio')).toMatchObject({ smtp: SMTP });
});

test('--require-gmail is satisfied by a test message that Gmail accepted', async () => {
  const workspace = await prepared.at('tested');
  const run = await workspace.run(['revert-smtp', '--yes', '--require-gmail', '--json']);
  expect(run).toMatchObject({ code: 0, result: { pathway: 'gmail', gmail: { email: ACCOUNT } } });
});
