/** The vault: secrets that no other run, damage or wrong passphrase can lose, and that never lie open on disk. */

import { spawn } from 'node:child_process';
import { createDecipheriv, scryptSync } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import './native-errors.js';
import type { CredentialStore } from '../../src/credentials/credential-store.js';
import { openVault } from '../../src/credentials/vault.js';

const PASSPHRASE = 'correct horse battery staple';

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vault-'));
  folder = join(root, 'vault');
});

afterEach(() => rm(root, { recursive: true, force: true }));

/** A store as a new run of the program has it. */
function vault(passphrase: string | undefined = PASSPHRASE): CredentialStore {
  return openVault({ folder, passphrase: async () => passphrase });
}

/** A store that must not need the passphrase. */
function unasked(): CredentialStore {
  return openVault({
    folder,
    passphrase: async () => {
      throw new Error('the passphrase was asked for');
    },
  });
}

describe('the vault', () => {
  test('gives back in another run what was stored, replaces it, and forgets it', async () => {
    await vault().set('harbour', 'smtp-password', 'first');
    await vault().set('harbour', 'smtp-password', 'päss "word" \n 🔑');
    await vault().set('harbour', 'google-token-a', 'token');

    expect(await vault().get('harbour', 'smtp-password')).toBe('päss "word" \n 🔑');
    expect(await vault().get('harbour', 'google-token-a')).toBe('token');
    expect(await vault().delete('harbour', 'smtp-password')).toBe(true);
    expect(await vault().delete('harbour', 'smtp-password')).toBe(false);
    expect(await vault().get('harbour', 'smtp-password')).toBeNull();
    expect(await vault().get('harbour', 'google-token-a')).toBe('token');
  });

  test('asks for the passphrase once, says whether the vault is new, and only when it must', async () => {
    const asked: boolean[] = [];
    const open = () =>
      openVault({
        folder,
        passphrase: async ({ creating }) => {
          asked.push(creating);
          return PASSPHRASE;
        },
      });
    const first = open();
    await first.set('harbour', 'smtp-password', 'secret');
    await first.prove();
    await first.get('harbour', 'smtp-password');
    const second = open();
    await second.get('harbour', 'smtp-password');

    expect(asked).toEqual([true, false]);
    expect(await unasked().get('harbour', 'google-token-a')).toBeNull();
    expect(await unasked().delete('harbour', 'smtp-password')).toBe(true);
  });

  test('takes the same passphrase from keyboards that compose letters differently', async () => {
    await vault('caf\u00e9 au lait').set('harbour', 'smtp-password', 'secret');

    expect(await vault('cafe\u0301 au lait').get('harbour', 'smtp-password')).toBe('secret');
  });

  test('is private, and holds nothing that can be read', async () => {
    await vault().set('harbour', 'smtp-password', 'hunter2-in-plain');

    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const names = (await readdir(folder)).sort();
    expect(names).toEqual(['harbour.smtp-password.age', 'identity.json']);
    for (const name of names) {
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
      expect(await readFile(join(folder, name), 'latin1')).not.toMatch(
        /hunter2-in-plain|AGE-SECRET-KEY|battery/,
      );
    }
    expect(await readFile(join(folder, 'harbour.smtp-password.age'), 'latin1')).toMatch(
      /^age-encryption\.org\/v1\n/,
    );
  });

  test('is as hard to guess as OWASP asks: scrypt with N=2^15, r=8, p=3', async () => {
    await vault().prove();
    const file = JSON.parse(await readFile(join(folder, 'identity.json'), 'utf8'));
    const [salt, nonce, sealed] = [file.salt, file.nonce, file.sealed].map((text) =>
      Buffer.from(text, 'base64'),
    ) as [Buffer, Buffer, Buffer];
    const owasp = { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 26 };
    const key = scryptSync(PASSPHRASE, salt, 32, owasp);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAuthTag(sealed.subarray(-16));
    const identity = decipher.update(sealed.subarray(0, -16), undefined, 'utf8') + decipher.final();
    expect(identity).toMatch(/^AGE-SECRET-KEY-1/);
  });

  test('does not believe a disk that keeps the old secret for the new one', async () => {
    await vault().set('harbour', 'smtp-password', 'first');
    const code = await vaultRun(
      `const { default: fs } = await import('node:fs');
       fs.promises.rename = (from) => fs.promises.unlink(from);
       (await import('node:module')).syncBuiltinESMExports();
       await store.set('harbour', 'smtp-password', 'second');`,
    );
    expect(code).toBe(1);
  });

  test('proves itself and leaves nothing behind but its key', async () => {
    await vault().prove();

    expect(await readdir(folder)).toEqual(['identity.json']);
  });

  test.each(['../../etc/passwd', '..', 'CON', 'a/b', 'ü'.repeat(64), '%2e%2e'])(
    'keeps the file of the key %p in its folder',
    async (key) => {
      await vault().set(key, 'smtp-password', 'secret');

      expect(await vault().get(key, 'smtp-password')).toBe('secret');
      expect(await readdir(root)).toEqual(['vault']);
      expect(await readdir(folder)).toHaveLength(2);
    },
  );

  test('a store that only reads makes no vault and writes nothing', async () => {
    const readOnly = { folder, passphrase: async () => PASSPHRASE, readOnly: true };
    await openVault(readOnly).prove();
    expect(await readdir(root)).toEqual([]);

    await vault().set('harbour', 'smtp-password', 'secret');
    const before = await stat(folder);
    await openVault(readOnly).prove();
    expect((await stat(folder)).mtimeMs).toBe(before.mtimeMs);
    await expect(
      openVault({ ...readOnly, passphrase: async () => 'wrong' }).prove(),
    ).rejects.toMatchObject({ code: 'vault-passphrase' });
  });
});

describe('the passphrase', () => {
  test.each([
    ['none', undefined],
    ['an empty one', ''],
  ])('%s is asked for in words', async (_what, passphrase) => {
    const none = openVault({ folder, passphrase: async () => passphrase });

    await expect(none.set('harbour', 'smtp-password', 'secret')).rejects.toMatchObject({
      code: 'vault-passphrase',
      exitCode: 6,
      hint: expect.stringContaining('WRITEUPP_MAIL_PASSPHRASE'),
    });
    expect(await readdir(root)).toEqual([]);
  });

  test('a wrong one opens nothing, stores nothing and breaks nothing', async () => {
    await vault().set('harbour', 'smtp-password', 'secret');
    const wrong = vault('wrong');

    for (const call of [
      () => wrong.get('harbour', 'smtp-password'),
      () => wrong.set('harbour', 'smtp-password', 'other'),
      () => wrong.prove(),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'vault-passphrase' });
    }
    expect(await vault().get('harbour', 'smtp-password')).toBe('secret');
  });
});

describe('damage', () => {
  test('of any bit of the key is found, before the passphrase is asked for', async () => {
    await vault().set('harbour', 'smtp-password', 'secret');
    const path = join(folder, 'identity.json');
    const whole = await readFile(path);
    const unnoticed: string[] = [];

    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const flipped = flipBit(whole, bit);
      await writeFile(path, flipped);
      const outcome = await unasked()
        .get('harbour', 'smtp-password')
        .catch((error) => `${error.code} ${error.message}`);
      if (!String(outcome).startsWith(`storage ${path} can’t be used`)) {
        unnoticed.push(`bit ${bit}: ${outcome}`);
      }
    }

    expect(unnoticed).toEqual([]);
    await writeFile(path, whole);
    expect(await vault().get('harbour', 'smtp-password')).toBe('secret');
  });

  test('of any byte of a secret is found, and the file is left as it is', async () => {
    await vault().set('harbour', 'smtp-password', 'secret');
    const path = join(folder, 'harbour.smtp-password.age');
    const whole = await readFile(path);
    const store = vault();
    const unnoticed: string[] = [];

    for (let byte = 0; byte < whole.length; byte += 1) {
      const flipped = flipBit(whole, byte * 8 + (byte % 8));
      await writeFile(path, flipped);
      const outcome = await store.get('harbour', 'smtp-password').catch((error) => error.message);
      if (!String(outcome).startsWith(`${path} can’t be used`)) {
        unnoticed.push(`byte ${byte}: ${outcome}`);
      }
      if (!(await readFile(path)).equals(flipped)) unnoticed.push(`byte ${byte}: written over`);
    }

    expect(unnoticed).toEqual([]);
  });

  test.each(['identity.json', 'harbour.smtp-password.age'])('a truncated %s', async (name) => {
    await vault().set('harbour', 'smtp-password', 'secret');
    const path = join(folder, name);
    const whole = await readFile(path);
    const store = vault();
    await store.prove();

    for (const length of [0, 1, Math.floor(whole.length / 2), whole.length - 2]) {
      await writeFile(path, whole.subarray(0, length));

      await expect(store.get('harbour', 'smtp-password')).rejects.toMatchObject({
        code: 'storage',
        message: expect.stringContaining(path),
      });
    }
  });

  test('a key of a newer version is not opened, nor replaced', async () => {
    await vault().prove();
    const path = join(folder, 'identity.json');
    const newer = (await readFile(path, 'utf8')).replace('"version": 1', '"version": 2');
    await writeFile(path, newer);

    await expect(vault().set('harbour', 'smtp-password', 'secret')).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('newer version'),
    });
    expect(await readFile(path, 'utf8')).toBe(newer);
  });

  test('a secret without its key is told, and no new key is made for it', async () => {
    await vault().set('harbour', 'smtp-password', 'secret');
    await rm(join(folder, 'identity.json'));

    await expect(unasked().get('harbour', 'smtp-password')).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('identity.json'),
    });
  });

  test.each([
    ["another site's", 'hill', 'smtp-password'],
    ["another secret of the site's", 'harbour', 'google-token-a'],
  ] as const)('a secret does not pass for %s, and is left as it is', async (_whose, key, slot) => {
    await vault().set('harbour', 'smtp-password', 'secret');
    const planted = join(folder, `${key}.${slot}.age`);
    await copyFile(join(folder, 'harbour.smtp-password.age'), planted);
    const before = await readFile(planted);

    await expect(vault().get(key, slot)).rejects.toMatchObject({ code: 'storage' });
    expect(await readFile(planted)).toEqual(before);
  });

  test("another vault's secret is refused", async () => {
    const other = join(root, 'other');
    await openVault({ folder: other, passphrase: async () => PASSPHRASE }).set(
      'harbour',
      'smtp-password',
      'planted',
    );
    await vault().prove();
    await copyFile(
      join(other, 'harbour.smtp-password.age'),
      join(folder, 'harbour.smtp-password.age'),
    );

    await expect(vault().get('harbour', 'smtp-password')).rejects.toMatchObject({
      code: 'storage',
    });
  });

  test('a symbolic link in place of a secret is not followed', async () => {
    await vault().set('harbour', 'smtp-password', 'secret');
    const target = join(root, 'elsewhere');
    await writeFile(target, 'not ours');
    const path = join(folder, 'hill.smtp-password.age');
    await symlink(target, path);

    await expect(vault().get('hill', 'smtp-password')).rejects.toMatchObject({ code: 'storage' });
    await vault().set('hill', 'smtp-password', 'secret');
    await vault().delete('hill', 'smtp-password');
    expect(await readFile(target, 'utf8')).toBe('not ours');
  });

  test('a symbolic link in place of the folder is not read, and not written through', async () => {
    await vault().set('harbour', 'smtp-password', 'secret');
    const elsewhere = join(root, 'elsewhere');
    await rename(folder, elsewhere);
    await symlink(elsewhere, folder);

    const before = await readdir(elsewhere);
    const refused = { code: 'storage', message: expect.stringContaining('not a folder') };
    await expect(vault().get('harbour', 'smtp-password')).rejects.toMatchObject(refused);
    await expect(vault().set('hill', 'smtp-password', 'x')).rejects.toMatchObject(refused);
    expect(await readdir(elsewhere)).toEqual(before);
  });

  test('a new one takes no passphrase that is quickly guessed; one that exists opens with its own', async () => {
    const tooShort = { code: 'vault-passphrase', message: expect.stringContaining('too short') };
    for (const passphrase of ['a', '1234567', '🔑🔑🔑🔑🔑🔑🔑']) {
      await expect(vault(passphrase).set('harbour', 'smtp-password', 'x')).rejects.toMatchObject(
        tooShort,
      );
    }
    await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' });
    await vault('12345678').set('harbour', 'smtp-password', 'secret');
    const wrong = { code: 'vault-passphrase', message: expect.stringContaining('not the one') };
    await expect(vault('a').get('harbour', 'smtp-password')).rejects.toMatchObject(wrong);
  });

  test('a file in place of the folder is told, and left', async () => {
    await writeFile(folder, 'not a folder');

    await expect(vault().set('harbour', 'smtp-password', 'secret')).rejects.toMatchObject({
      code: 'storage',
    });
    expect(await readFile(folder, 'utf8')).toBe('not a folder');
  });
});

test('a disk that gives back something else than was stored is told, and never believed', async () => {
  const code = await vaultRun(`
    const { default: fs } = await import('node:fs');
    const { syncBuiltinESMExports } = await import('node:module');
    const { readFileSync } = fs;
    fs.readFileSync = (...args) => {
      const bytes = readFileSync(...args);
      if (bytes.includes('age-encryption')) bytes[bytes.length - 1] ^= 1;
      return bytes;
    };
    syncBuiltinESMExports();
    await store.set('harbour', 'smtp-password', 'secret');
  `);
  // `storage`.
  expect(code).toBe(1);
});

describe('several runs at once', () => {
  test('make one vault, and lose none of the secrets', async () => {
    const runs = Array.from({ length: 6 }, (_, index) =>
      vaultRun(
        `await store.set('site-${index}', 'smtp-password', 'secret of site-${index}');
         await store.prove();`,
      ),
    );
    expect(await Promise.all(runs)).toEqual(runs.map(() => 0));

    const store = vault();
    for (const index of runs.keys()) {
      expect(await store.get(`site-${index}`, 'smtp-password')).toBe(`secret of site-${index}`);
    }
    expect(await readdir(folder)).toHaveLength(1 + runs.length);
  });

  test('of which one has another passphrase, end in a vault that one of them opens', async () => {
    const codes = await Promise.all([
      vaultRun(`await store.set('harbour', 'smtp-password', 'secret');`, 'mine, long enough'),
      vaultRun(`await store.set('harbour', 'smtp-password', 'secret');`, 'yours, long enough'),
    ]);

    expect(codes.sort()).toEqual([0, 6]);
  });

  test('a run that is killed while the vault is made leaves nothing that stays', async () => {
    await vault().prove();
    for (const left of ['.identity.json.4194304.0a1b2c3d4e5f.tmp']) {
      await copyFile(join(folder, 'identity.json'), join(folder, left));
    }

    // A folder is looked through once in a program.
    expect(await vaultRun(`await store.set('harbour', 'smtp-password', 'secret');`)).toBe(0);

    expect((await readdir(folder)).sort()).toEqual(['harbour.smtp-password.age', 'identity.json']);
  });

  test('within one program, calls that overlap are all done', async () => {
    await mkdir(folder, { mode: 0o700 });
    const store = vault();
    const values = Array.from({ length: 10 }, (_, index) => `value ${index}`);

    await Promise.all(values.map((value) => store.set('harbour', 'smtp-password', value)));

    expect(await store.get('harbour', 'smtp-password')).toBe('value 9');
  });
});

function flipBit(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = bit >> 3;
  copy[index] = (copy[index] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

/** Runs a program of its own that has the vault as `store`; gives its exit code. */
async function vaultRun(code: string, passphrase = PASSPHRASE): Promise<number> {
  const module = new URL('../../build/src/credentials/vault.js', import.meta.url);
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { openVault } = await import(${JSON.stringify(module.href)});
       const [folder, passphrase] = process.argv.slice(1);
       const store = openVault({ folder, passphrase: async () => passphrase });
       try { ${code} } catch (error) { process.exitCode = error.exitCode ?? 99; }`,
      folder,
      passphrase,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const [exitCode] = await once(child, 'exit');
  return exitCode;
}
