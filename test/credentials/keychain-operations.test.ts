/** Answers of a keychain that can't be taken at its word: told by keychains that misbehave on purpose. */

import { describe, expect, test } from '@jest/globals';
import { type Keytar, keychainOperations } from '../../src/credentials/keychain-operations.js';

const ENTRY = { service: 'test', account: 'harbour/smtp-password' } as const;

/** A keychain in memory that behaves as the real ones do when they are unlocked, or locked. */
class MemoryKeychain implements Keytar {
  readonly entries = new Map<string, string>();
  readonly log: string[] = [];
  locked = false;

  async getPassword(service: string, account: string): Promise<string | null> {
    this.log.push('get');
    return this.locked ? null : (this.entries.get(`${service}/${account}`) ?? null);
  }

  async setPassword(service: string, account: string, password: string): Promise<void> {
    this.log.push('set');
    if (this.locked) throw new Error('Cannot create an item in a locked collection');
    this.entries.set(`${service}/${account}`, password);
  }

  async deletePassword(service: string, account: string): Promise<boolean> {
    this.log.push('delete');
    return !this.locked && this.entries.delete(`${service}/${account}`);
  }
}

function setUp(keychain: Keytar = new MemoryKeychain()) {
  const time = { now: 0 };
  const ask = keychainOperations(
    async () => keychain,
    () => time.now,
    'dummy',
  );
  return { ask, time };
}

describe('an empty answer', () => {
  test('counts where a dummy entry can be written, read and deleted', async () => {
    const keychain = new MemoryKeychain();
    const { ask } = setUp(keychain);

    expect(await ask({ action: 'get', ...ENTRY })).toEqual({ ok: true, value: null });
    expect(keychain.log).toEqual(['get', 'set', 'get', 'delete']);
    expect(keychain.entries.size).toBe(0);
  });

  test.each(['get', 'delete'] as const)('to %s is a lock where it can not', async (action) => {
    const keychain = new MemoryKeychain();
    keychain.locked = true;

    expect(await setUp(keychain).ask({ action, ...ENTRY })).toEqual({
      ok: false,
      failure: 'locked',
    });
  });

  test('is proven once, and again when the proof is five seconds old', async () => {
    const keychain = new MemoryKeychain();
    const { ask, time } = setUp(keychain);
    await ask({ action: 'get', ...ENTRY });
    keychain.log.length = 0;

    time.now = 4_000;
    await ask({ action: 'get', ...ENTRY });
    await ask({ action: 'delete', ...ENTRY });
    expect(keychain.log).toEqual(['get', 'delete']);

    time.now = 5_001;
    keychain.locked = true;
    expect(await ask({ action: 'get', ...ENTRY })).toEqual({ ok: false, failure: 'locked' });
  });

  test('needs no proof of its own right after a secret was read', async () => {
    const keychain = new MemoryKeychain();
    keychain.entries.set(`${ENTRY.service}/${ENTRY.account}`, 'secret');
    const { ask } = setUp(keychain);

    await ask({ action: 'get', ...ENTRY });
    await ask({ action: 'get', service: 'test', account: 'harbour/google-token-a' });

    expect(keychain.log).toEqual(['get', 'get']);
  });

  test('is passed on as it is where nothing may be written', async () => {
    const keychain = new MemoryKeychain();
    keychain.locked = true;

    expect(await setUp(keychain).ask({ action: 'peek', ...ENTRY })).toEqual({
      ok: true,
      value: null,
    });
    expect(keychain.log).toEqual(['get']);
  });
});

describe('storing', () => {
  test('fails where what is read back differs', async () => {
    const keychain = new MemoryKeychain();
    keychain.setPassword = async (service, account, password) => {
      keychain.entries.set(`${service}/${account}`, password.slice(0, 3));
    };

    const { ask } = setUp(keychain);

    expect(await ask({ action: 'set', ...ENTRY, secret: 'secret' })).toEqual({
      ok: false,
      failure: 'not-kept',
    });
  });

  test('a dummy that does not go away again is a failure too', async () => {
    const keychain = new MemoryKeychain();
    keychain.deletePassword = async () => false;

    expect(await setUp(keychain).ask({ action: 'prove', service: 'test' })).toEqual({
      ok: false,
      failure: 'not-kept',
    });
  });

  test('an outside error never leaves as it is', async () => {
    const keychain = new MemoryKeychain();
    keychain.setPassword = async (_service, _account, password) => {
      throw new Error(`could not store ${password}`);
    };

    expect(await setUp(keychain).ask({ action: 'set', ...ENTRY, secret: 'hunter2' })).toEqual({
      ok: false,
      failure: 'refused',
    });
  });
});

test('a native module that does not load is told as such', async () => {
  const ask = keychainOperations(
    async () => {
      throw new Error('Failed to load keytar native addon, checked [...]');
    },
    () => 0,
    'dummy',
  );

  expect(await ask({ action: 'get', ...ENTRY })).toEqual({ ok: false, failure: 'no-library' });
});
