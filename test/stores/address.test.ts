/** The address of a database, read as libpq reads it: how the connection is protected, and what is never shown. */

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readAddress } from '../../src/stores/postgres/database-url.js';

let folder: string;
let root: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'address-test-'));
  root = join(folder, 'root.crt');
  await writeFile(root, 'A ROOT');
});
afterAll(() => rm(folder, { recursive: true }));

/** What is checked of the server, in one word each. */
async function protection(query: string, variables: NodeJS.ProcessEnv, host = 'db.example') {
  const fill = (text: string) => text.replaceAll('ROOT', encodeURIComponent(root));
  const set = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, value?.replaceAll('ROOT', root)]),
  );
  const { config, mayBePlain } = await readAddress(
    `postgres://u:p@${host}/mail${fill(query)}`,
    set,
  );
  const { ssl } = config;
  if (typeof ssl !== 'object') return 'plain';
  return [
    mayBePlain ? 'TLS if there is any' : 'TLS',
    ...(ssl.rejectUnauthorized === false ? [] : ['certificate']),
    ...(ssl.rejectUnauthorized === false || ssl.checkServerIdentity !== undefined ? [] : ['name']),
    ...(ssl.ca === undefined ? [] : [`by ${String(ssl.ca)}`]),
  ].join(', ');
}

describe('TLS', () => {
  test.each<[query: string, variables: NodeJS.ProcessEnv, expected: string]>([
    ['', {}, 'TLS if there is any'],
    ['?sslmode=disable', {}, 'plain'],
    ['?sslmode=allow', {}, 'TLS if there is any'],
    ['?sslmode=prefer', {}, 'TLS if there is any'],
    ['?sslmode=require', {}, 'TLS'],
    ['?sslmode=require&sslrootcert=ROOT', {}, 'TLS, certificate, by A ROOT'],
    ['?sslmode=require&sslrootcert=system', {}, 'TLS, certificate, name'],
    ['?sslmode=prefer&sslrootcert=system', {}, 'TLS, certificate, name'],
    ['?sslrootcert=system', {}, 'TLS, certificate, name'],
    ['?sslmode=verify-ca&sslrootcert=ROOT', {}, 'TLS, certificate, by A ROOT'],
    ['?sslmode=verify-ca&sslrootcert=system', {}, 'TLS, certificate, name'],
    ['?sslmode=verify-full', {}, 'TLS, certificate, name'],
    ['?sslmode=verify-full&sslrootcert=ROOT', {}, 'TLS, certificate, name, by A ROOT'],
    ['', { PGSSLMODE: 'verify-full' }, 'TLS, certificate, name'],
    ['', { PGSSLMODE: 'disable' }, 'plain'],
    ['', { PGSSLMODE: '' }, 'TLS if there is any'],
    ['', { PGSSLMODE: 'disable', PGSSLROOTCERT: '/none' }, 'plain'],
    ['?sslmode=require', { PGSSLMODE: 'disable' }, 'TLS'],
    ['?sslmode=disable', { PGSSLMODE: 'verify-full' }, 'plain'],
    ['?sslmode=verify-full', { PGSSLROOTCERT: 'ROOT' }, 'TLS, certificate, name, by A ROOT'],
    ['', { PGSSLMODE: 'verify-ca', PGSSLROOTCERT: 'ROOT' }, 'TLS, certificate, by A ROOT'],
    ['?sslrootcert=ROOT', { PGSSLMODE: 'verify-full' }, 'TLS, certificate, name, by A ROOT'],
    ['', { PGSSLMODE: 'require', PGSSLROOTCERT: 'system' }, 'TLS, certificate, name'],
  ])('%j with %j: %s', async (query, variables, expected) => {
    expect(await protection(query, variables)).toBe(expected);
  });

  test('of a socket there is none', async () => {
    expect(await protection('?sslmode=verify-full', {}, '%2Frun%2Fpg')).toBe('plain');
  });

  test.each<[string, NodeJS.ProcessEnv, string]>([
    ['', { PGSSLMODE: 'full' }, 'PGSSLMODE'],
    ['?sslmode=full', { PGSSLMODE: 'require' }, 'WRITEUPP_MAIL_STORE'],
    ['', { PGSSLMODE: 'verify-ca' }, 'PGSSLMODE'],
    ['?sslmode=verify-ca', {}, 'WRITEUPP_MAIL_STORE'],
    ['?sslrootcert=/none/root.crt', {}, 'certificate file'],
  ])('%j with %j is refused, and %s named', async (query, variables, named) => {
    await expect(protection(query, variables)).rejects.toMatchObject({
      code: 'invalid-settings',
      message: expect.stringContaining(named),
    });
  });
});

describe('no part of a password is shown', () => {
  const PASSWORDS = [
    ...['/Zm9v', 'Zm9v/', 'p@Zm9v/w', 'p@Zm9v?w', 'p@Zm9v#w', '12/Zm9v', '12?Zm9v', '12#Zm9v'],
    ...['p@Zm9v', 'Zm9v:x', 'Zm9v?a=b', '12?user=Zm9v&x', 'p%Zm9v', 'p[Zm9v]', 'p Zm9v', 'p\\Zm9v'],
    ...['12?host=x&Zm9v', '/x?y#Zm9v'],
  ];
  test.each(PASSWORDS)('%s', async (password) => {
    for (const rest of ['@db.example/mail', '@db.example:5432/mail?sslmode=require', '@/mail']) {
      try {
        const { description } = await readAddress(`postgres://mover:${password}${rest}`, {});
        expect(description).not.toContain('Zm9v');
        expect(description).toMatch(/^the database mail on (?:db.example|localhost)/);
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid-settings' });
        const { message, hint } = error as { message: string; hint: string };
        expect(message + hint).not.toContain('Zm9v');
      }
    }
  });

  test('and an address that is whole is taken', async () => {
    for (const [address, description] of [
      ['postgres://u:p%40s%2Fw@db.example:1/mail', 'the database mail on db.example:1'],
      ['postgres:///mail?user=jo@x.example&host=/run/pg', 'the database mail on this computer'],
      ['postgresql://db.example', 'the database on db.example'],
    ] as const) {
      expect((await readAddress(address, {})).description).toBe(description);
    }
  });
});

test('what the address leaves out is read from libpq’s variables', async () => {
  const variables = {
    ...{ PGHOST: 'db.example', PGPORT: '5433', PGDATABASE: 'mail', PGUSER: 'jo' },
    PGPASSWORD: 'secret',
  };
  const { config, description } = await readAddress('postgres:///', variables);
  expect(description).toBe('the database mail on db.example:5433');
  expect(config).toMatchObject({ user: 'jo', password: 'secret' });
});

describe('a password that stands nowhere else is read from libpq’s file', () => {
  const LINES = [
    '# db.example:5432:mail:jo:comment',
    'other.example:5432:mail:jo:wrong',
    'db.example:1:mail:jo:wrong',
    'db.example:*:other:jo:wrong',
    'db.example:5432:mail:jo:it\\:s a \\\\ secret',
    'localhost:*:*:jo:of the socket',
    'db\\:x:5432:*:*:escaped',
    '*:*:*:*:last',
  ];
  const passwordOf = async (address: string, more: NodeJS.ProcessEnv = {}, mode = 0o600) => {
    const path = join(folder, 'passwords');
    await writeFile(path, `${LINES.join('\n')}\n`);
    await chmod(path, mode);
    const { config } = await readAddress(address, { PGPASSFILE: path, ...more });
    const { password } = config;
    return typeof password === 'function' ? password() : password;
  };

  test.each([
    ['postgres://jo@db.example/mail', 'it:s a \\ secret'],
    ['postgres://jo@db.example:5432/mail', 'it:s a \\ secret'],
    ['postgres://jo@%2Frun%2Fpg/mail', 'of the socket'],
    ['postgres://ann@db.example/mail', 'last'],
    ['postgres://jo:given@db.example/mail', 'given'],
  ])('%s', async (address, password) => {
    expect(await passwordOf(address)).toBe(password);
  });

  test('after PGPASSWORD', async () => {
    expect(await passwordOf('postgres://jo@db.example/mail', { PGPASSWORD: 'set' })).toBe('set');
  });

  test('not where others can read it, which is said', async () => {
    await expect(passwordOf('postgres://jo@db.example/mail', {}, 0o644)).rejects.toMatchObject({
      code: 'invalid-settings',
      message: expect.stringContaining('asks for a password, and none is set'),
      hint: expect.stringContaining('chmod 600'),
    });
  });

  test('none at all is said too', async () => {
    const missing = { PGPASSFILE: join(folder, 'none') };
    await expect(passwordOf('postgres://jo@db.example/mail', missing)).rejects.toMatchObject({
      code: 'invalid-settings',
      hint: expect.stringContaining('HOST:PORT:DATABASE:USER:PASSWORD'),
    });
  });
});
