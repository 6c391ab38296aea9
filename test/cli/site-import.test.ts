/** `site import`, `site export` and `migrate --from`, run as processes: all is checked first, nothing is half done. */

import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE } from '../support/workspace.js';

const TABLE = [
  'name;organisation;login;smtp-host;smtp-user;smtp-password;account',
  `${SITE};"Harbour; Physio";${LOGIN};smtp.gmail.com;${ACCOUNT};"a ""quoted"" secret";`,
  'beta;Beta;b@beta.example;;;;post@beta.example',
  '',
].join('\r\n');
const BAD = 'name,login,smtp-port,smtp-user\nx/y,jane,587,u\nz,z@z.example,,\nz,q@q.example,,\n';

const { newComputer, workspace } = useComputer();

async function fileOf(text: string, name = 'sites.csv'): Promise<string> {
  const path = join(workspace.folder, name);
  await writeFile(path, text);
  return path;
}

const sitesOnRecord = async () => (await workspace.run(['site', 'list', '--json'])).result?.sites;

describe('site import', () => {
  test('takes a table with a byte order mark, semicolons and quotes; again, it leaves all as it is', async () => {
    const path = await fileOf(`\uFEFF${TABLE}`);
    const first = await workspace.run(['site', 'import', path, '--json']);
    expect(first).toMatchObject({
      code: 0,
      result: { ok: true, imported: 2, updated: 0, known: 0, refused: 0, skipped: 0 },
    });
    expect(await workspace.record()).toMatchObject({
      organisation: 'Harbour; Physio',
      smtp: { host: 'smtp.gmail.com', port: 587, user: ACCOUNT, password: { slot: 'a' } },
    });
    expect(await workspace.record('beta')).toMatchObject({
      account: 'post@beta.example',
      smtp: null,
    });
    const again = await workspace.run(['site', 'import', path, '--json']);
    expect(again).toMatchObject({
      code: 0,
      result: { imported: 0, updated: 0, known: 2, refused: 0, skipped: 2 },
    });
    const people = await workspace.run(['site', 'import', path]);
    expect(people.stdout).toContain(`Delete the file now: passwords stand in it. ${path}`);
    expect(people.stdout + first.stdout).not.toContain('secret');
  });

  test('checks the whole file before the first change, and names row, column and reason', async () => {
    const run = await workspace.run(['site', 'import', '-', '--json'], { input: BAD });
    expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
    expect(run.error?.rows).toEqual([
      { row: 1, column: 'name', message: expect.any(String) },
      { row: 1, column: 'login', message: expect.any(String) },
      { row: 1, column: 'smtp-host', message: expect.any(String) },
      { row: 3, column: 'name', message: 'stands in row 2 already' },
    ]);
    expect(await sitesOnRecord()).toEqual([]);
  });

  test('--rejects replaces an older file, and never the file itself', async () => {
    const file = join(workspace.folder, 'sites.csv');
    const text = 'name,login\nharbour,jane@harbour.example\nhill,none\n';
    await writeFile(file, text);
    const into = (rejects: string) =>
      workspace.run(['site', 'import', file, '--skip-invalid', '--rejects', rejects, '--json']);
    expect(await into(file)).toMatchObject({ code: 2, error: { code: 'usage' } });
    expect(await readFile(file, 'utf8')).toBe(text);
    const rejects = join(workspace.folder, 'rejects.csv');
    await writeFile(rejects, 'older');
    expect(await into(rejects)).toMatchObject({ code: 1 });
    expect(await readFile(rejects, 'utf8')).toContain('hill,none');
  });

  test('--skip-invalid imports the good rows, and writes the others to --rejects as they were', async () => {
    const rejects = join(workspace.folder, 'rejects.csv');
    const args = ['site', 'import', '-', '--skip-invalid', '--rejects', rejects, '--json'];
    const run = await workspace.run(args, { input: BAD });
    expect(run).toMatchObject({
      code: 1,
      result: { ok: false, imported: 1, known: 0, refused: 2, skipped: 2 },
    });
    expect(await readFile(rejects, 'utf8')).toBe(
      'name,login,smtp-port,smtp-user\nx/y,jane,587,u\nz,q@q.example,,\n',
    );
    expect((await stat(rejects)).mode & 0o777).toBe(0o600);
    const again = await workspace.run(args, { input: BAD });
    // An older file is replaced.
    expect(again).toMatchObject({ code: 1 });
    const dry = await workspace.run([...args.slice(0, 4), '--dry-run'], { input: BAD });
    expect(dry).toMatchObject({ code: 1, stdout: expect.stringContaining('leave 1 as they are') });
  });

  test('people are told the line of the file beside the row, and what to do with the file', async () => {
    const text = 'sep=,\nname,login,smtp-host,smtp-password\n\na,a@b.example,s.example,#NAME?\n';
    const path = await fileOf(`${text}b,b@b.example,s.example,secret\n`);
    const refused = await workspace.run(['site', 'import', path]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('Row 1 (line 4 of the file), smtp-password: is what a');
    const run = await workspace.run(['site', 'import', path, '--skip-invalid']);
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('1 row was refused');
    expect(run.stdout).toContain('Row 1 (line 4 of the file), smtp-password: is what a');
    // It is the only place where the refused row is.
    expect(run.stdout).toContain(`The rows to correct: ${path}`);
    expect(run.stdout).not.toContain('Delete the file now');
  });

  test('changes what is on record with --update alone; SMTP after a revert stays refused', async () => {
    await workspace.run(['site', 'import', await fileOf(TABLE)]);
    const changed = `name,login,organisation\n${SITE},${LOGIN},Harbour Physiotherapy\n`;
    const refused = await workspace.run(['site', 'import', '-', '--json'], { input: changed });
    expect(refused).toMatchObject({ code: 2, error: { rows: [{ row: 1, column: 'name' }] } });
    const update = ['site', 'import', '-', '--update', '--json'];
    const run = await workspace.run(update, { input: changed });
    expect(run).toMatchObject({ code: 0, result: { updated: 1 } });
    expect(await workspace.record()).toMatchObject({
      organisation: 'Harbour Physiotherapy',
      smtp: { password: { slot: 'a' } },
    });
    await workspace.run(['revert-smtp', '--yes', '--site', SITE]);
    const smtp = `name,login,smtp-host\n${SITE},${LOGIN},smtp.gmail.com\n`;
    const reverted = await workspace.run(update, { input: smtp });
    expect(reverted).toMatchObject({ code: 2, error: { rows: [{ column: 'smtp-host' }] } });
  });

  test.each<[what: string, input: string, rejects: string]>([
    [
      'a table of Excel’s, with its mark, its quotes and its line ends',
      '\uFEFFname;login\r\n"a ""b""";"x\ny"\r\n;\r\nok;ok@b.example\r\n',
      '\uFEFFname;login\r\n"a ""b""";"x\ny"\r\n',
    ],
    ['objects a line', '{"name":"a"}\n{"name": \n', '{"name":"a"}\n{"name": \n'],
    ['a list', '[{"name":"a"},"b",null]', '[\n{\n  "name": "a"\n},\n"b",\nnull\n]\n'],
  ])('--rejects gives %s back as it was', async (_what, input, expected) => {
    const rejects = join(workspace.folder, 'rejects');
    const args = ['site', 'import', '-', '--skip-invalid', '--rejects', rejects, '--json'];
    expect((await workspace.run(args, { input })).code).toBe(1);
    expect(await readFile(rejects, 'utf8')).toBe(expected);
  });

  test('another password is stored with --update, and never left out in silence', async () => {
    const path = await fileOf(TABLE);
    await workspace.run(['site', 'import', path]);
    const before = await workspace.record();
    const other = `name;login;smtp-password\n${SITE};${LOGIN};another-secret\n`;
    const refused = await workspace.run(['site', 'import', '-', '--json'], { input: other });
    expect(refused).toMatchObject({ code: 2, error: { rows: [{ column: 'smtp-password' }] } });
    expect(await workspace.record()).toEqual(before);
    const update = ['site', 'import', '-', '--update', '--json'];
    const run = await workspace.run(update, { input: other });
    expect(run).toMatchObject({ code: 0, result: { updated: 1, skipped: 0 } });
    expect(await workspace.record()).toMatchObject({ smtp: { password: { slot: 'b' } } });
    const again = await workspace.run(update, { input: other });
    expect(again).toMatchObject({ code: 0, result: { updated: 0, skipped: 1 } });
    expect(run.stdout + refused.stdout).not.toContain('another-secret');
  });

  test('tells beforehand that a keychain takes long for many passwords', async () => {
    const rows = Array.from(
      { length: 501 },
      (_, index) => `p${index},p@b.example,s.example,secret`,
    );
    const run = await workspace.run(['site', 'import', '-', '--dry-run', '--json'], {
      input: ['name,login,smtp-host,smtp-password', ...rows].join('\n'),
      env: { WRITEUPP_MAIL_CREDENTIALS: undefined },
    });
    expect(run).toMatchObject({ code: 0, result: { imported: 501 } });
    expect(run.stderr).toContain('WRITEUPP_MAIL_CREDENTIALS=vault');
  });

  test('--dry-run changes nothing', async () => {
    const run = await workspace.run(['site', 'import', await fileOf(TABLE), '--dry-run', '--json']);
    expect(run).toMatchObject({ code: 0, result: { imported: 2, dryRun: true } });
    expect(await sitesOnRecord()).toEqual([]);
  });

  test.each<[what: string, content: string | Buffer]>([
    ['is empty', ''],
    ['names an unknown column', 'name,login,colour\na,a@a.example,red\n'],
    ['names no login column', 'name\na\n'],
    ['has an open quote', 'name,login\n"a,a@a.example\n'],
    ['is UTF-16 without its mark', Buffer.from('name,login\r\n', 'utf16le')],
    ['is Latin-1', Buffer.from('name,login,organisation\na,a@a.example,Café\n', 'latin1')],
    ['is a workbook', Buffer.from('PK\x03\x04', 'latin1')],
    ['names a column twice', 'name,login,NAME\n'],
    ['has SMTP settings that are none', '[{"name":"a","login":"a@a.example","smtp":"x"}]'],
    ['is cut JSON', '[{"name":"a","login":"a@a.example"}'],
  ])('refuses a file that %s', async (_what, input) => {
    const run = await workspace.run(['site', 'import', '-', '--json'], { input });
    expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
    expect(run.error?.rows).not.toHaveLength(0);
    expect(await sitesOnRecord()).toEqual([]);
  });

  test('what never ends is not read to its end', async () => {
    const run = await workspace.run(['site', 'import', '/dev/zero', '--json']);
    expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
    expect(run.error?.message).toContain('larger than 64 MiB');
  });

  test('a folder in the place of the file is named as one', async () => {
    const run = await workspace.run(['site', 'import', workspace.folder, '--json']);
    expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
    expect(run.error?.message).toContain('is a folder');
  });
});

describe('site export', () => {
  test('gives what import takes, without a secret', async () => {
    await workspace.run(['site', 'import', await fileOf(TABLE)]);
    const exported = await workspace.run(['site', 'export']);
    expect(exported.code).toBe(0);
    expect(exported.stdout).not.toContain('secret');
    const twice = await workspace.run(['site', 'export', 'beta', 'BETA', '--json']);
    expect(twice.result?.sites).toHaveLength(1);
    const schema = new URL('../../docs/site-file.schema.json', import.meta.url);
    const validate = new Ajv2020().compile(JSON.parse(await readFile(schema, 'utf8')));
    expect([validate(JSON.parse(exported.stdout)), validate.errors]).toEqual([true, null]);
    expect(validate([{ name: 'a', login: 'a@a.example', colour: 'red' }])).toBe(false);
    const other = await newComputer();
    const run = await other.run(['site', 'import', '-', '--json'], { input: exported.stdout });
    expect(run).toMatchObject({ code: 0, result: { imported: 2 } });
    expect((await other.run(['site', 'export'])).stdout).toBe(exported.stdout);
  });

  test('survives a console: in ASCII, and read as Windows PowerShell saves it', async () => {
    const organisation = 'Café Physio’s 😀';
    const text = JSON.stringify({ name: 'café', login: LOGIN, organisation });
    await workspace.run(['site', 'import', await fileOf(text, 'one.json')]);
    const { stdout } = await workspace.run(['site', 'export']);
    expect(stdout).toMatch(/^[\n -~]+$/);
    const saved = join(workspace.folder, 'saved.json');
    await writeFile(saved, Buffer.from(`\uFEFF${stdout.replaceAll('\n', '\r\n')}`, 'utf16le'));
    const other = await newComputer();
    expect((await other.run(['site', 'import', saved, '--json'])).result).toMatchObject({
      imported: 1,
    });
    expect(await other.record('café')).toMatchObject({ organisation });
  });

  test('--output writes a file for this user alone, and never by a link', async () => {
    await workspace.run(['site', 'import', await fileOf(TABLE)]);
    const path = await fileOf('old', 'out.json');
    const run = await workspace.run(['site', 'export', SITE, '--output', path, '--with-client']);
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('Google client file') });
    expect(run.stdout).not.toContain('client_secret');
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ sites: [{ name: SITE }] });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const link = join(workspace.folder, 'link.json');
    await symlink(path, link);
    const before = await readFile(path, 'utf8');
    const refused = await workspace.run(['site', 'export', '--output', link, '--json']);
    expect(refused).toMatchObject({ code: 2, error: { code: 'usage' } });
    expect(await readFile(path, 'utf8')).toBe(before);
    const json = await workspace.run(['site', 'export', '--output', path, '--json']);
    expect(json.result).toMatchObject({ output: path, sites: [{}, {}] });
  });
});

describe('migrate --from', () => {
  test('needs one file from support, and asks nothing before the sign-in', async () => {
    await workspace.run(['site', 'import', await fileOf(TABLE)]);
    const exported = await workspace.run(['site', 'export', SITE, '--with-client']);
    const practice = await newComputer({ env: { WRITEUPP_MAIL_OAUTH_CLIENT: undefined } });
    const path = join(practice.folder, 'harbour-physio.json');
    await writeFile(path, exported.stdout);
    const args = ['migrate', '--from', path, '--yes', '--json'];
    const before = await readdir(practice.folder, { recursive: true });
    const dry = await practice.run([...args, '--dry-run']);
    expect(dry).toMatchObject({ code: 0, result: { site: SITE, dryRun: true } });
    expect(dry.events).toContainEqual(
      expect.objectContaining({ step: 'sign-in', status: 'skipped' }),
    );
    const words = await practice.run(['migrate', '--from', path, '--yes', '--dry-run']);
    expect(words.stdout).toContain(`writeupp-mail migrate --from ${path}`);
    expect(await readdir(practice.folder, { recursive: true })).toEqual(before);
    const { run } = await practice.runWithPerson(args, { account: ACCOUNT });
    expect(run).toMatchObject({ code: 0, result: { site: SITE, pathway: 'gmail', smtp: null } });
    const again = await practice.run(args);
    expect(again).toMatchObject({ code: 0, result: { site: SITE, pathway: 'gmail' } });
  });

  test('goes on with what a killed run left: all of the site but its password', async () => {
    const site = { name: SITE, login: LOGIN, smtp: { host: 'smtp.example', user: ACCOUNT } };
    await workspace.run(['site', 'import', '-'], { input: JSON.stringify([site]) });
    const whole = { ...site, smtp: { ...site.smtp, password: 'secret' } };
    const path = await fileOf(JSON.stringify(whole), 'whole.json');
    const dry = await workspace.run(['migrate', '--from', path, '--yes', '--dry-run', '--json']);
    expect(dry.code).toBe(0);
    expect(await workspace.record()).toMatchObject({ smtp: { password: null } });
    const { run } = await workspace.runWithPerson(['migrate', '--from', path, '--yes', '--json'], {
      account: ACCOUNT,
    });
    expect(run).toMatchObject({ code: 0, result: { pathway: 'gmail', smtp: null } });
  });

  test('the site is put on record once nothing is missing, and --site must be its name', async () => {
    const path = await fileOf('{"name":"gamma","login":"a@b.example"}', 'gamma.json');
    const args = ['migrate', '--from', path, '--yes', '--json'];
    const named = await workspace.run([...args, '--site', 'beta']);
    expect(named).toMatchObject({ code: 2, error: { code: 'usage' } });
    const env = { WRITEUPP_MAIL_OAUTH_CLIENT: undefined };
    const bare = await workspace.run(args, { env });
    expect(bare).toMatchObject({ code: 2, error: { code: 'no-oauth-client' } });
    expect(await sitesOnRecord()).toEqual([]);
  });

  test('takes one site; once it is on record, it goes on with the record and says what differs', async () => {
    const two = await fileOf(TABLE);
    const many = await workspace.run(['migrate', '--from', two, '--yes', '--json']);
    expect(many).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
    expect(await sitesOnRecord()).toEqual([]);
    await workspace.addSite();
    const before = await workspace.record();
    const one = await fileOf(`name,login\n${SITE},other@x.example\n`, 'one.csv');
    const other = await workspace.run(['migrate', '--from', one, '--dry-run', '--yes', '--json']);
    expect(other.code).toBe(0);
    expect(other.stderr).toContain(`${one} differs from it in: login.`);
    expect(await workspace.record()).toEqual(before);
  });
});
