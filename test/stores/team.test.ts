/** The secrets of a team in a real database: who can open what, through every change of the team. */

import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import type { KeychainStore } from '../../src/credentials/keychain.js';
import { openTeam, type TeamStore } from '../../src/credentials/team.js';
import {
  openPostgresSiteStore,
  type PostgresSiteStore,
} from '../../src/stores/postgres/postgres-site-store.js';
import { openTeamTable } from '../../src/stores/postgres/team-table.js';
import { describeWith } from '../support/system-part.js';
import { usePostgres } from '../support/use-stand-in.js';

/** The keychain of one person, in memory. */
function newKeychain(): KeychainStore & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    kind: 'keychain',
    description: 'a keychain in memory',
    entries,
    get: async (key, slot) => entries.get(`${key}/${slot}`) ?? null,
    set: async (key, slot, secret) => void entries.set(`${key}/${slot}`, secret),
    delete: async (key, slot) => entries.delete(`${key}/${slot}`),
    prove: async () => undefined,
    close: async () => undefined,
  };
}

describeWith(['postgres'], 'the secrets of a team', () => {
  const server = usePostgres();
  let store: PostgresSiteStore;
  let url: string;
  let notes: string[];
  let jane: TeamStore;

  beforeEach(async () => {
    url = await server.newDatabase();
    await store?.close();
    store = await openPostgresSiteStore(url, {
      ...{ isRehearsal: false, readOnly: false, signal: new AbortController().signal },
      onWait: () => undefined,
    });
    notes = [];
    jane = person('jane');
  });
  afterAll(() => store?.close());

  function person(me: string, keychain = newKeychain(), readOnly = false): TeamStore {
    const secrets = openTeamTable(store.database, store.schema);
    return openTeam({ secrets, keychain, me, readOnly, onNote: (line) => notes.push(line) });
  }
  const recipientOf = async (one: TeamStore) => (await one.list()).own ?? '';

  test('the first member opens it, is told so, and it comes back in another run', async () => {
    const keychain = newKeychain();
    const first = person('jane', keychain);
    await first.prove();
    await first.set('harbour', 'smtp-password', 'Pa55');
    expect(notes).toEqual([expect.stringContaining('You are the first of the team, as "jane"')]);
    expect(await person('jane', keychain).get('harbour', 'smtp-password')).toBe('Pa55');
    expect(await first.get('harbour', 'google-token-a')).toBeNull();
    expect(await first.delete('harbour', 'smtp-password')).toBe(true);
    expect(await first.delete('harbour', 'smtp-password')).toBe(false);
  });

  test('a stranger gets nothing, and is told what to ask for; added, all of it; removed, no more', async () => {
    await jane.set('harbour', 'smtp-password', 'Pa55');
    const maria = person('maria');
    const recipient = await recipientOf(maria);
    const notYet = { code: 'invalid-settings', hint: expect.stringContaining(recipient) };
    await expect(maria.get('harbour', 'smtp-password')).rejects.toMatchObject(notYet);
    await expect(maria.set('harbour', 'smtp-password', 'x')).rejects.toMatchObject(notYet);
    await jane.add('maria', recipient);
    const later = person('other name');
    expect((await later.list()).recipients.map(({ name }) => name)).toEqual(['jane', 'maria']);
    expect(await maria.get('harbour', 'smtp-password')).toBe('Pa55');
    await maria.set('harbour', 'google-token-a', 'token');
    expect(await jane.get('harbour', 'google-token-a')).toBe('token');
    expect(await jane.remove('maria')).toEqual(['harbour']);
    await expect(maria.get('harbour', 'smtp-password')).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:invalid-settings|storage)$/),
    });
    expect(await jane.get('harbour', 'smtp-password')).toBe('Pa55');
  });

  test('a secret that is stored while somebody is removed is not sealed for them', async () => {
    await jane.prove();
    const keychain = newKeychain();
    const maria = person('maria', keychain);
    await jane.add('maria', await recipientOf(maria));
    // Another run of jane's knows the team as it was.
    const slow = person('jane', newKeychain());
    await jane.add('slow', await recipientOf(slow));
    await slow.set('harbour', 'smtp-password', 'before');
    await jane.remove('maria');
    await slow.set('harbour', 'smtp-password', 'after');
    const { rows } = await server.query(url, 'select sealed from writeupp_mail.secret');
    const { Decrypter } = await import('age-encryption');
    const decrypter = new Decrypter();
    decrypter.addIdentity(keychain.entries.get('@team/identity') ?? '');
    await expect(decrypter.decrypt(rows[0].sealed)).rejects.toThrow();
    expect(await jane.get('harbour', 'smtp-password')).toBe('after');
  });

  test('a row that was put in the place of another is refused', async () => {
    await jane.set('harbour', 'smtp-password', 'Pa55');
    await jane.set('aberdeen', 'smtp-password', 'other');
    await server.query(
      url,
      `update writeupp_mail.secret set sealed =
        (select sealed from writeupp_mail.secret where site_key = 'aberdeen') where site_key = 'harbour'`,
    );
    await expect(jane.get('harbour', 'smtp-password')).rejects.toMatchObject({ code: 'storage' });
  });

  test('runs at once have one identity, and two first people are one first', async () => {
    const keychain = newKeychain();
    const runs = Array.from({ length: 5 }, () => person('jane', keychain));
    await Promise.all(runs.map((one, number) => one.set(`site-${number}`, 'smtp-password', 'x')));
    for (const [number, one] of runs.entries()) {
      expect(await one.get(`site-${(number + 1) % 5}`, 'smtp-password')).toBe('x');
    }
    expect((await jane.list()).recipients).toHaveLength(1);
  });

  test('the same person, name or recipient is not added twice; nonsense is refused; the last one stays', async () => {
    await jane.prove();
    const recipient = await identityToRecipient(await generateIdentity());
    await jane.add('maria', recipient);
    const refused = { code: 'invalid-settings' };
    await expect(jane.add('maria', recipient)).rejects.toMatchObject(refused);
    await expect(jane.add('other', recipient)).rejects.toMatchObject(refused);
    await expect(jane.add('other', 'age1nonsense')).rejects.toMatchObject(refused);
    await expect(jane.remove('nobody')).rejects.toMatchObject(refused);
    await jane.remove('maria');
    await expect(jane.remove('jane')).rejects.toMatchObject(refused);
  });

  test('a run that must change nothing makes no identity and joins no team', async () => {
    const keychain = newKeychain();
    const looking = person('jane', keychain, true);
    expect((await looking.list()).own).toBeNull();
    await expect(looking.prove()).rejects.toMatchObject({ code: 'invalid-settings' });
    expect(keychain.entries.size).toBe(0);
    expect((await server.query(url, 'select 1 from writeupp_mail.recipient')).rowCount).toBe(0);
  });
});
