/** What many sites share: each domain is asked about once, and a DNS that does not answer stops nothing. */

import { expect, test } from '@jest/globals';
import { SHARED_KEY_SLOT } from '../../src/credentials/credential-reader.js';
import type { DeliveryReport } from '../../src/delivery/delivery-report.js';
import type { DeliveryCode } from '../../src/delivery/finding.js';
import type { DeliveryQuestion } from '../../src/delivery/subject.js';
import { bulk } from '../../src/kit/bulk.js';
import { forgetUnusedKey, keepKey } from '../../src/sites/service-keys.js';
import { MemorySecrets } from '../support/memory-store.js';
import { twin } from '../support/twin.js';

/** A world whose DNS gives this code for each question. */
async function dnsThat(code: DeliveryCode) {
  const asked: string[] = [];
  const assess = async ({ sender }: DeliveryQuestion) => {
    asked.push(sender);
    const finding = { topic: 'spf', status: 'warning', message: code, hint: '', record: null };
    return { findings: [{ ...finding, code }] } as unknown as DeliveryReport;
  };
  const shared = await bulk(twin({ dns: async () => assess })).dns();
  const ask = (sender: string) => shared?.({ sender, account: sender });
  return { asked, ask };
}

test('each domain is asked about once, also by several at once', async () => {
  const { asked, ask } = await dnsThat('spf-without-google');
  const found = await Promise.all(['a@one.example', 'b@ONE.example', 'a@two.example'].map(ask));
  expect(found.map((report) => report?.findings.map(({ code }) => code))).toEqual(
    Array(3).fill(['spf-without-google']),
  );
  expect(asked).toEqual(['a@one.example', 'a@two.example']);
});

test('a DNS that gives no answer is asked three times, and no more', async () => {
  const { asked, ask } = await dnsThat('dns-unknown');
  for (let index = 0; index < 5; index += 1) await ask(`a@${index}.example`);
  expect(asked).toHaveLength(3);
});

test('a DNS that answers, and can’t tell of each sender, is asked on', async () => {
  let asked = 0;
  const assess = async () => {
    asked += 1;
    const findings = [{ code: null }, { code: 'dns-unknown', message: '' }];
    return { findings } as unknown as DeliveryReport;
  };
  const shared = await bulk(twin({ dns: async () => assess })).dns();
  for (let index = 0; index < 5; index += 1) {
    await shared?.({ sender: `a@${index}.example`, account: null });
  }
  expect(asked).toBe(5);
});

test('the client, and the store of secrets, are asked for once', async () => {
  let asked = 0;
  const client = async () => {
    asked += 1;
    return { id: 'the-client', secret: null };
  };
  const many = bulk(twin({ client }));
  await many.client();
  await many.client();
  expect(asked).toBe(1);
  expect(await many.secrets()).toBe(await many.secrets());
});

test.each([
  [true, 'smtp-password'],
  [false, SHARED_KEY_SLOT],
] as const)(
  'what is deleted is remembered no more (all: %s): %s',
  async (remembersSecrets, slot) => {
    const secrets = new MemorySecrets();
    const store = await bulk(twin({}, { secrets }), { remembersSecrets }).secrets();
    await store.set('harbour', slot, 'secret');
    await store.delete('harbour', slot);
    expect(await store.get('harbour', slot)).toBeNull();
    secrets.of('harbour').set(slot, 'another');
    expect(await store.get('harbour', slot)).toBe('another');
    await store.delete('harbour', slot);
    expect(await store.get('harbour', slot)).toBeNull();
  },
);

test('a key that is forgotten with its last site is really stored for the next', async () => {
  const [secrets, owner] = [new MemorySecrets(), { email: 'mail@p.example', issuer: 'google' }];
  const claim = { confirm: async () => undefined };
  const many = bulk(twin({}, { secrets }));
  const [store, sites] = [await many.secrets(), await many.sites()];
  await keepKey(owner, 'the key', store, claim);
  expect(await forgetUnusedKey(owner, sites, 'harbour', store, claim)).toBe('gone');
  await keepKey(owner, 'the key', store, claim);
  expect(secrets.of('@mail@p.example').get(SHARED_KEY_SLOT)).toBe('the key');
});
