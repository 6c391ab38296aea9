/** A shared store with a team's secrets, as two people at two computers use it, each with a keychain of their own. */

import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type KeychainSetting, startKeyring } from '../support/keyring.js';
import { once } from '../support/once.js';
import { describeWith } from '../support/system-part.js';
import { usePostgres, useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, SITE, SMTP_PASSWORD, type Workspace } from '../support/workspace.js';

const { google, newComputer } = useStandIn();

describeWith(['postgres', 'keyring'], 'WRITEUPP_MAIL_CREDENTIALS=team', () => {
  const server = usePostgres();
  let keyrings: KeychainSetting[];
  let jane: Workspace;
  let maria: Workspace;
  let url: string;

  beforeAll(async () => {
    url = await server.newDatabase();
    keyrings = [await startKeyring({ unlocked: true }), await startKeyring({ unlocked: true })];
    const computer = ({ env }: KeychainSetting) =>
      newComputer({
        env: {
          ...env,
          WRITEUPP_MAIL_STORE: url,
          WRITEUPP_MAIL_CREDENTIALS: 'team',
          WRITEUPP_MAIL_PASSPHRASE: undefined,
        },
      });
    const [first, second] = keyrings;
    if (first === undefined || second === undefined) throw new Error('no keyrings');
    [jane, maria] = [await computer(first), await computer(second)];
  });
  afterAll(async () => {
    for (const keyring of keyrings ?? []) await keyring.stop();
  });

  const switched = once(async () => {
    const added = await jane.addSite();
    expect(added).toMatchObject({ code: 0 });
    expect(added.stderr).toContain('You are the first of the team');
    const { run } = await jane.runWithPerson(['sign-in', '--json'], { account: ACCOUNT });
    expect(run.code).toBe(0);

    const stranger = await maria.run(['test-connection', '--json']);
    expect(stranger).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
    const own = String((await maria.run(['team', 'list', '--json'])).result?.recipient);
    expect(own).toMatch(/^age1/);
    expect(stranger.error?.hint).toContain(`team add NAME ${own}`);

    expect(await jane.run(['team', 'add', 'maria', own, '--json'])).toMatchObject({ code: 0 });
    expect(await maria.run(['migrate', '--yes', '--json'])).toMatchObject({
      code: 0,
      result: { pathway: 'gmail', smtp: null },
    });
    const removed = await jane.run(['team', 'remove', 'maria']);
    expect(removed.stdout).toContain(`They may have seen`);
    expect(removed.stdout).toContain(SITE);
    expect((await maria.run(['test-connection', '--json'])).code).toBe(2);
    expect((await jane.run(['test-connection', '--json'])).code).toBe(0);
  });
  test(
    'one person connects, the other one finishes the switch; the database gives nobody a secret',
    switched,
  );

  test('sites leave the team’s secrets and come back', async () => {
    await switched();
    const folder = join(jane.folder, 'alone');
    const vault = {
      env: { WRITEUPP_MAIL_CREDENTIALS: 'vault', WRITEUPP_MAIL_PASSPHRASE: 'a passphrase' },
    };
    const refused = await jane.run(['site', 'move', SITE, '--to', folder, '--json']);
    expect(refused).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
    expect(await jane.run(['site', 'move', SITE, '--to', folder, '--json'], vault)).toMatchObject({
      code: 0,
    });
    const alone = { WRITEUPP_MAIL_HOME: folder, WRITEUPP_MAIL_STORE: undefined };
    const run = await jane.run(['test-connection', '--site', SITE, '--json'], {
      env: { ...vault.env, ...alone },
    });
    expect(run.code).toBe(0);
    const env = { ...alone, WRITEUPP_MAIL_PASSPHRASE: 'a passphrase' };
    const back = await jane.run(['site', 'move', SITE, '--to', url, '--json'], { env });
    expect(back).toMatchObject({ code: 0, result: { moved: [SITE] } });
    expect((await jane.run(['test-connection', '--site', SITE, '--json'])).code).toBe(0);
  });

  test('nothing in any table opens a mailbox', async () => {
    await switched();
    await jane.addSite('with-password');
    const schema = 'writeupp_mail_rehearsal';
    const tables = await server.query(
      url,
      'select tablename from pg_tables where schemaname = $1',
      [schema],
    );
    let dump = '';
    for (const { tablename } of tables.rows) {
      const { rows } = await server.query(
        url,
        `select t::text as row from ${schema}.${tablename} t`,
      );
      dump += rows.map(({ row }) => row).join('\n');
      const sealed = await server.query(url, `select * from ${schema}.${tablename}`);
      for (const row of sealed.rows) {
        for (const cell of Object.values(row)) {
          if (cell instanceof Uint8Array) dump += Buffer.from(cell).toString('latin1');
        }
      }
    }
    expect(dump).toContain('age-encryption.org');
    expect(dump).toContain('with-password');
    for (const secret of [SMTP_PASSWORD, 'AGE-SECRET-KEY', ...google.secrets()]) {
      expect(dump).not.toContain(secret);
      expect(dump).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });
});

test('without a shared store it is refused', async () => {
  const workspace = await newComputer({ env: { WRITEUPP_MAIL_CREDENTIALS: 'team' } });
  for (const args of [['status'], ['team', 'list'], ['migrate', '--yes']]) {
    expect(await workspace.run([...args, '--json'])).toMatchObject({
      code: 2,
      error: { code: 'invalid-settings' },
    });
  }
});
