/** The keychain store against real keyrings: that it keeps secrets, and that no failure is silent or endless. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import type { CredentialStore } from '../../src/credentials/credential-store.js';
import { type KeychainOptions, openKeychain } from '../../src/credentials/keychain.js';
import type { MailError } from '../../src/errors.js';
import {
  BROKEN_KEYCHAINS,
  type BrokenKeychain,
  brokenKeychain,
  type KeychainSetting,
  type Keyring,
  startDisplay,
  startKeyring,
} from '../support/keyring.js';
import { describeWith } from '../support/system-part.js';

/** The worker is a program of its own, so that it runs compiled. */
const WORKER = new URL('../../dist/keychain-worker.js', import.meta.url);

/** Long enough for a busy machine to start the worker, short enough for a test. */
const TIMEOUT_MS = 3_000;

const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function storeIn(
  setting: KeychainSetting,
  options: Partial<KeychainOptions> = {},
): CredentialStore {
  const store = openKeychain({
    service: 'writeupp-mail-test',
    environment: setting.env,
    interactive: false,
    timeoutMs: TIMEOUT_MS,
    workerPath: WORKER,
    platform: 'linux',
    ...options,
  });
  cleanUps.push(store.close);
  return store;
}

async function keyring(options = { unlocked: true }): Promise<Keyring> {
  const started = await startKeyring(options);
  cleanUps.push(started.stop);
  return started;
}

async function broken(kind: BrokenKeychain): Promise<KeychainSetting> {
  const setting = await brokenKeychain(kind);
  cleanUps.push(setting.stop);
  return setting;
}

/** The error that a call ends with; the test fails if there is none. */
async function failureOf(call: Promise<unknown>): Promise<MailError> {
  return call.then(
    (value) => {
      throw new Error(`no failure, but ${JSON.stringify(value)}`);
    },
    (error) => error,
  );
}

describeWith(['keyring'], 'an unlocked keyring', () => {
  test('gives back what was stored, replaces it, and forgets it', async () => {
    const store = storeIn(await keyring());

    await store.set('harbour', 'smtp-password', 'first');
    await store.set('harbour', 'smtp-password', 'päss "word" \n 🔑');
    await store.set('harbour', 'google-token-a', 'token');

    expect(await store.get('harbour', 'smtp-password')).toBe('päss "word" \n 🔑');
    expect(await store.get('harbour', 'google-token-a')).toBe('token');
    expect(await store.delete('harbour', 'smtp-password')).toBe(true);
    expect(await store.get('harbour', 'smtp-password')).toBeNull();
    expect(await store.delete('harbour', 'smtp-password')).toBe(false);
    expect(await store.get('harbour', 'google-token-a')).toBe('token');
  });

  test('is proven by a dummy entry that is not left behind', async () => {
    const started = await keyring();
    await storeIn(started).prove();

    expect(await countEntries(started)).toBe(0);
  });

  test('is left as it was by a store that only reads', async () => {
    const started = await keyring();
    await storeIn(started).set('harbour', 'smtp-password', 'secret');
    const before = await keyringFile(started);
    const store = storeIn(started, { readOnly: true });

    await store.prove();
    expect(await store.get('harbour', 'smtp-password')).toBe('secret');
    expect(await store.get('harbour', 'google-token-a')).toBeNull();
    expect((await keyringFile(started)).equals(before)).toBe(true);
  });

  test('serves calls that overlap', async () => {
    const store = storeIn(await keyring());
    const sites = Array.from({ length: 20 }, (_, index) => `site-${index}`);

    await Promise.all(sites.map((site) => store.set(site, 'smtp-password', `secret of ${site}`)));

    const secrets = await Promise.all(sites.map((site) => store.get(site, 'smtp-password')));
    expect(secrets).toEqual(sites.map((site) => `secret of ${site}`));
  });

  test('serves programs that prove it at the same time', async () => {
    const started = await keyring();
    const stores = Array.from({ length: 8 }, () => storeIn(started, { timeoutMs: 20_000 }));

    await expect(Promise.all(stores.map((store) => store.prove()))).resolves.toHaveLength(8);
    expect(await countEntries(started)).toBe(0);
  });

  test('is used again after the worker was let go', async () => {
    const store = storeIn(await keyring());
    await store.set('harbour', 'smtp-password', 'secret');

    await store.close();
    await store.close();

    expect(await store.get('harbour', 'smtp-password')).toBe('secret');
  });
});

describeWith(['keyring', 'xvfb'], 'a broken keychain', () => {
  test.each(BROKEN_KEYCHAINS)('%s is %s, whatever is asked of it', async (kind, code) => {
    const timeoutMs = code === 'keychain-timeout' ? 1_500 : TIMEOUT_MS;
    const store = storeIn(await broken(kind), { timeoutMs });
    const calls = [
      () => store.get('harbour', 'smtp-password'),
      () => store.set('harbour', 'smtp-password', 'secret'),
      () => store.delete('harbour', 'smtp-password'),
      () => store.prove(),
    ];

    for (const call of calls) {
      const started = performance.now();
      const error = await failureOf(call());

      expect(error).toMatchObject({ code, exitCode: 6 });
      expect(error.hint).toMatch(/two ways on.*WRITEUPP_MAIL_CREDENTIALS=vault/s);
      expect(performance.now() - started).toBeLessThan(timeoutMs + 10_000);
    }
  });

  test('locked while the program runs, it never passes for empty', async () => {
    const started = await keyring();
    const store = storeIn(started);
    await store.set('harbour', 'smtp-password', 'secret');
    await store.close();

    await started.lock();

    expect(await failureOf(store.get('harbour', 'smtp-password'))).toMatchObject({
      code: 'keychain-locked',
    });
    expect(await failureOf(store.delete('harbour', 'smtp-password'))).toMatchObject({
      code: 'keychain-locked',
    });
  });

  test('works again, with all that was in it, once its service is back', async () => {
    const started = await keyring();
    const store = storeIn(started);
    await store.set('harbour', 'smtp-password', 'secret');

    await started.killService();
    expect(await failureOf(store.get('harbour', 'smtp-password'))).toMatchObject({
      code: 'keychain-unavailable',
    });
    await started.restartService({ unlocked: true });

    expect(await store.get('harbour', 'smtp-password')).toBe('secret');
  });

  test('a service that is killed while it is asked ends the call', async () => {
    const started = await keyring();
    let isAsked = () => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const store = storeIn(started, {
      timeoutMs: 20_000,
      slowAfterMs: 100,
      onSlow: () => isAsked(),
    });
    await store.prove();
    started.freeze();
    const call = failureOf(store.set('harbour', 'smtp-password', 'secret'));
    await asked;

    await started.killService();

    expect(await call).toMatchObject({ code: 'keychain-unavailable' });
  });

  test('an answer that is slow is announced once, with whether a window may be open', async () => {
    const announced: boolean[] = [];
    const started = await keyring();
    started.freeze();
    const slow = {
      slowAfterMs: 200,
      timeoutMs: 800,
      onSlow: (prompt: boolean) => announced.push(prompt),
    };

    await failureOf(storeIn(started, slow).prove());

    expect(announced).toEqual([false]);
  });

  test('a person with a screen gets the longer time', async () => {
    const announced: boolean[] = [];
    const screen = await startDisplay();
    cleanUps.push(screen.stop);
    const started = await keyring();
    started.freeze();
    const environment = { ...started.env, DISPLAY: screen.display };
    const store = storeIn(started, {
      environment,
      interactive: true,
      timeoutMs: 100,
      promptTimeoutMs: 1_500,
      slowAfterMs: 200,
      onSlow: (prompt) => announced.push(prompt),
    });
    const before = performance.now();

    expect(await failureOf(store.prove())).toMatchObject({ code: 'keychain-timeout' });

    expect(performance.now() - before).toBeGreaterThan(1_400);
    expect(announced).toEqual([true]);
  });
});

/** The login keyring as it is on disk. */
async function keyringFile({ env }: KeychainSetting): Promise<Buffer> {
  return readFile(`${env.XDG_DATA_HOME}/keyrings/login.keyring`);
}

/** How many entries the login keyring holds, asked of the service itself. */
async function countEntries({ env }: KeychainSetting): Promise<number> {
  const { stdout } = await promisify(execFile)(
    'gdbus',
    [
      'call',
      '--session',
      '-d',
      'org.freedesktop.secrets',
      '-o',
      '/org/freedesktop/secrets/collection/login',
      '-m',
      'org.freedesktop.DBus.Properties.Get',
      'org.freedesktop.Secret.Collection',
      'Items',
    ],
    { env },
  );
  return stdout.match(/collection\/login\/\d+/g)?.length ?? 0;
}
