/** The token for a backend, as it is kept and changed. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import { type BackendPorts, openBackend } from '../../src/kit/backend.js';
import type { StoreFacts } from '../../src/stores/http/wire.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'backend-'));
});
afterEach(() => rm(home, { recursive: true }));

const LOCKED = new MailError('keychain-locked', 'The keychain is locked.', 'Unlock it.');
const factsOf = (id: string): StoreFacts => ({
  ...{ id, sendsItself: false, recipient: null, clientIds: [], claimSeconds: 60, can: [] },
});

test('the old token goes only once another one is kept under another id', async () => {
  const kept = new Map<string, string>();
  let isLocked = false;
  const secrets: BackendPorts['secrets'] = async (id) => ({
    description: 'memory',
    get: async () => kept.get(id) ?? null,
    set: async (_key, _slot, secret) => {
      if (isLocked) throw LOCKED;
      kept.set(id, secret);
    },
    delete: async () => kept.delete(id),
    prove: async () => undefined,
  });
  const open = () =>
    openBackend({
      ...{ storeUrl: 'http://127.0.0.1:1', home, isRehearsal: true, readOnly: false, secrets },
      ...{ givenToken: undefined, signal: new AbortController().signal, note: () => undefined },
    });
  await (await open()).signIn('token-one', factsOf('one'), null);
  isLocked = true;
  const failed = (await open()).signIn('token-two', factsOf('two'), null);
  await expect(failed).rejects.toBe(LOCKED);
  expect(await (await open()).token()).toBe('token-one');
  isLocked = false;
  await (await open()).signIn('token-two', factsOf('two'), null);
  expect(await (await open()).token()).toBe('token-two');
  expect([...kept.keys()]).toEqual(['two']);
});
