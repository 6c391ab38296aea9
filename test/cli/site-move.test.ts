/** `site move`, run as a process: from a settings folder to a database that is shared, and back. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DATABASE_PASSWORD } from '../support/postgres.js';
import { describeWith } from '../support/system-part.js';
import { usePostgres, useStandIn } from '../support/use-stand-in.js';
import { SITE, SMTP_PASSWORD } from '../support/workspace.js';

describeWith(['postgres'], 'site move', () => {
  const { prepared } = useStandIn();
  const server = usePostgres();
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'moved-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('there and back: record, secrets and history are as before, and each place works', async () => {
    const workspace = await prepared.at('tested');
    // The lines of its last change are in the history, which goes along.
    const { lines: _lines, ...before } = Object(await workspace.record());
    const url = await server.newDatabase();
    const shared = { env: { WRITEUPP_MAIL_STORE: url } };
    const there = await workspace.run(['site', 'move', '--to', url, '--json']);
    expect(there).toMatchObject({ code: 0, result: { moved: [SITE] } });
    expect(there.stdout + there.stderr).not.toContain(DATABASE_PASSWORD);
    expect(there.stderr).toContain('can see the password in --to');
    expect(await workspace.record()).toBeNull();
    const files = await workspace.secretFiles();
    expect(files.every((file) => /vault-[\da-f-]{36}/.test(file))).toBe(true);
    expect((await workspace.run(['status', '--json'])).code).toBe(2);
    expect(await workspace.run(['test-connection', '--json'], shared)).toMatchObject({
      code: 0,
      result: { pathway: 'smtp', testMessage: { id: expect.any(String) } },
    });
    const home = join(folder, 'back');
    const back = await workspace.run(['site', 'move', SITE, '--to', home, '--json'], shared);
    expect(back).toMatchObject({ code: 0, result: { moved: [SITE] } });
    const moved = JSON.parse(
      await readFile(join(home, 'rehearsal', 'sites', `${SITE}.json`), 'utf8'),
    );
    expect(moved).toEqual({ ...before, gmail: { ...moved.gmail } });
    const env = { WRITEUPP_MAIL_HOME: home };
    const migrated = await workspace.run(['migrate', '--yes', '--json'], { env });
    expect(migrated).toMatchObject({ code: 0, result: { pathway: 'gmail', smtp: null } });
    const { events } = await workspace.run(['history', '--json'], { env });
    expect(events.map(({ step }) => step)).toEqual([
      ...['add-site', 'sign-in', 'test-message', 'move-site', 'test-message'],
      ...['move-site', 'revert-smtp'],
    ]);
  });

  test('the password of the database is in no output, whatever goes wrong', async () => {
    const workspace = await prepared.at('empty');
    const url = await server.newDatabase();
    const wrong = [url.replace('practice_', 'none_'), url.replace('practice:', 'nobody:')];
    const refused = url.replace(/:\d+\//, ':1/');
    for (const store of [
      url,
      ...wrong,
      refused,
      `${url}?sslmode=require`,
      url.replace('@', '@@/'),
    ]) {
      for (const args of [
        ['status', '--verbose'],
        ['site', 'list', '--verbose', '--json'],
      ]) {
        const run = await workspace.run(args, { env: { WRITEUPP_MAIL_STORE: store } });
        expect(run.stdout + run.stderr).not.toContain(DATABASE_PASSWORD);
        expect([0, 1, 2, 5]).toContain(run.code);
      }
    }
  });

  test('another site of that name, a place that is none, and the place itself are refused', async () => {
    const workspace = await prepared.at('smtp');
    const other = await prepared.at('empty');
    await other.addSite(SITE, '--smtp-from', 'desk@harbour-physio.example');
    const settings = join(other.home, '..');
    for (const [to, code] of [
      [settings, 'invalid-settings'],
      ['mysql://nowhere/x', 'usage'],
      [join(workspace.home, '..'), 'usage'],
    ] as const) {
      const run = await workspace.run(['site', 'move', SITE, '--to', to, '--json']);
      expect(run).toMatchObject({ code: 2, error: { code } });
      expect(await workspace.record()).not.toBeNull();
      expect(await workspace.secretSlots()).toEqual(['smtp-password']);
    }
    expect(await other.record()).toMatchObject({ smtp: { from: 'desk@harbour-physio.example' } });
    expect(JSON.stringify(await other.record())).not.toContain(SMTP_PASSWORD);
  });
});
