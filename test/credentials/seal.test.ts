/** Sealing by Node.js's own X25519: what age's library opens, and nobody else. */

import { expect, test } from '@jest/globals';
import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { sealTo } from '../../src/credentials/seal.js';

async function open(sealed: Uint8Array, identity: string): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return decrypter.decrypt(sealed, 'text');
}

test('each recipient opens it by the library, and a stranger does not', async () => {
  const identities = await Promise.all(Array.from({ length: 5 }, () => generateIdentity()));
  const recipients = await Promise.all(identities.map(identityToRecipient));
  const [stranger = '', ...team] = identities;
  const sealed = await sealTo(recipients.slice(1), 'päss 🔑');
  for (const identity of team) expect(await open(sealed, identity)).toBe('päss 🔑');
  await expect(open(sealed, stranger)).rejects.toThrow();
});

test('no two have anything in common, and what is no recipient is refused', async () => {
  const recipient = await identityToRecipient(await generateIdentity());
  const [one, other] = await Promise.all([sealTo([recipient], 'x'), sealTo([recipient], 'x')]);
  const shares = [one, other].map((each) => Buffer.from(each).toString('latin1').split('\n')[1]);
  expect(shares[0]).toMatch(/^-> X25519 [\w+/]{43}$/);
  expect(shares[0]).not.toBe(shares[1]);
  expect(() => sealTo(['age1nonsense'], 'x')).toThrow();
});
