/** The secrets of a team in a real database: who can open what, through every change of the team. */

import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { Decrypter, Encrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { guarded } from '../../src/credentials/accepted-members.js';
import type { Slot } from '../../src/credentials/credential-reader.js';
import type { Member, TeamSecrets } from '../../src/credentials/team-secrets.js';
import { openTeam, type TeamStore } from '../../src/credentials/team-store.js';
import {
  openPostgresSiteStore,
  type PostgresSiteStore,
} from '../../src/stores/postgres/postgres-site-store.js';
import { openTeamTable } from '../../src/stores/postgres/team-table.js';
import { memoryKeychain } from '../support/memory-keychain.js';
import { describeWith } from '../support/system-part.js';
import { usePostgres } from '../support/use-stand-in.js';
import { HOME, openForTest } from './open-for-test.js';

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
      ...{ home: HOME, isRehearsal: false, readOnly: false, signal: new AbortController().signal },
      onWait: () => undefined,
    });
    notes = [];
    jane = person('jane');
  });
  afterAll(() => store?.close());

  /** @param before is done before each portion is put */
  function person(
    me: string,
    keychain = memoryKeychain(),
    readOnly = false,
    before?: () => Promise<void>,
  ): TeamStore {
    const table = openTeamTable(store.database, store.schema, 'team');
    const secrets: TeamSecrets = {
      ...table,
      async reseal(...given) {
        await before?.();
        return table.reseal(...given);
      },
    };
    return openTeam({ secrets, keychain, me, readOnly, onNote: (line) => notes.push(line) });
  }

  /** A person at a computer that remembers whom it has accepted. */
  function computerOf(me: string, keychain = memoryKeychain()) {
    let members: readonly Member[] | null = null;
    let looks = 0;
    const accepted = {
      read: async () => {
        looks += 1;
        return members;
      },
      write: async (given: readonly Member[]) => {
        members = given.map(({ name, recipient }) => ({ name, recipient }));
      },
    };
    const onNote = (line: string) => notes.push(line);
    /** @param other what its table does otherwise */
    const open = (other: (table: TeamSecrets) => Partial<TeamSecrets> = () => ({})) => {
      const real = openTeamTable(store.database, store.schema, 'team');
      const table = { ...real, ...other(real) };
      const secrets = guarded(table, { accepted, readOnly: false, onNote });
      const team = openTeam({ secrets, keychain, me, readOnly: false, onNote });
      return { ...team, accept: secrets.accept, newcomers: secrets.newcomers };
    };
    return { open, keychain, looks: () => looks };
  }

  /** The answer to a change is lost: repeated, it finds another generation. */
  const lost = ({ change, reset }: TeamSecrets): Partial<TeamSecrets> => ({
    change: async (...given) => (await change(...given)) && false,
    reset: async (...given) => (await reset(...given)) && null,
  });
  /** The run ends as soon as a change is made. */
  const killed = ({ change, reset }: TeamSecrets): Partial<TeamSecrets> => ({
    change: async (...given) => end(await change(...given)),
    reset: async (...given) => end(await reset(...given)),
  });
  /** The team's lines of the history. */
  async function told(): Promise<string[]> {
    const lines: string[] = [];
    for await (const { step, member } of store.history.read(''))
      lines.push(`${step} ${member?.name}`);
    return lines;
  }
  function end(_done: unknown): never {
    throw new Error('killed');
  }
  const bySql = (name: string, recipient: string) =>
    server.query(
      url,
      'insert into writeupp_mail.recipient (name, recipient, added_by) values ($1, $2, $3)',
      [name, recipient, 'jane'],
    );
  const newRecipient = async () => identityToRecipient(await generateIdentity());
  const recipientOf = async (one: TeamStore) => (await one.list()).own ?? '';

  test('the first member opens it, is told so, and it comes back in another run', async () => {
    const keychain = memoryKeychain();
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
    const whose = { isRemoved: true, sites: ['harbour'], serviceAccounts: [] };
    expect(await jane.remove('maria')).toEqual(whose);
    await expect(maria.get('harbour', 'smtp-password')).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:invalid-settings|storage)$/),
    });
    expect(await jane.get('harbour', 'smtp-password')).toBe('Pa55');
  });

  test('a secret that is stored while somebody is removed is not sealed for them', async () => {
    await jane.prove();
    const keychain = memoryKeychain();
    const maria = person('maria', keychain);
    await jane.add('maria', await recipientOf(maria));
    // Another run of jane's knows the team as it was.
    const slow = person('jane', memoryKeychain());
    await jane.add('slow', await recipientOf(slow));
    await slow.set('harbour', 'smtp-password', 'before');
    await jane.remove('maria');
    await slow.set('harbour', 'smtp-password', 'after');
    const { rows } = await server.query(url, 'select sealed from writeupp_mail.secret');
    const decrypter = new Decrypter();
    decrypter.addIdentity(keychain.entries.get('@team/identity') ?? '');
    await expect(decrypter.decrypt(rows[0].sealed)).rejects.toThrow();
    expect(await jane.get('harbour', 'smtp-password')).toBe('after');
  });

  test('a statement of a run that was overtaken changes no secret, however late it arrives', async () => {
    const lock = {
      command: 'migrate',
      signal: new AbortController().signal,
      onWait: () => undefined,
    };
    const first = await store.claim('harbour', lock);
    await jane.set('harbour', 'smtp-password', 'of the first', first.fence);
    const { fence } = first;
    await first.release();
    const second = await store.claim('harbour', lock);
    await jane.set('harbour', 'smtp-password', 'of the second', second.fence);
    const isLost = { code: 'site-busy' };
    await expect(jane.set('harbour', 'smtp-password', 'late', fence)).rejects.toMatchObject(isLost);
    await expect(jane.delete('harbour', 'smtp-password', fence)).rejects.toMatchObject(isLost);
    expect(await jane.get('harbour', 'smtp-password')).toBe('of the second');
    // After a failover to an older copy the generations can be the same.
    await server.query(url, 'update writeupp_mail.fence set generation = generation - 1');
    await expect(jane.delete('harbour', 'smtp-password', fence)).rejects.toMatchObject(isLost);
    await second.release();
  });

  /** Secrets of an older program, which says of none for which team it is sealed. */
  async function fill(count: number, by: TeamStore): Promise<{ readonly siteKey: string }[]> {
    await by.prove();
    const encrypter = new Encrypter();
    encrypter.addRecipient(await recipientOf(by));
    const rows = await Promise.all(
      Array.from({ length: count }, async (_, number) => {
        const place = { siteKey: `site-${String(number).padStart(3, '0')}`, slot: 'smtp-password' };
        const text = JSON.stringify({ version: 1, ...place, secret: `secret ${number}` });
        return { ...place, sealed: await encrypter.encrypt(text) };
      }),
    );
    const insert = `insert into writeupp_mail.secret (site_key, slot, sealed)
      select * from unnest($1::text[], $2::text[], $3::bytea[])`;
    await server.query(url, insert, [
      rows.map(({ siteKey }) => siteKey),
      rows.map(({ slot }) => slot),
      rows.map(({ sealed }) => Buffer.from(sealed)),
    ]);
    return rows;
  }

  async function canOpen(
    keychain: ReturnType<typeof memoryKeychain>,
    ...sites: string[]
  ): Promise<number> {
    const decrypter = new Decrypter();
    decrypter.addIdentity(keychain.entries.get('@team/identity') ?? '');
    const query = 'select sealed from writeupp_mail.secret where site_key = any ($1)';
    const { rows } = await server.query(url, query, [sites]);
    expect(rows).toHaveLength(sites.length);
    const opened = await Promise.allSettled(rows.map((row) => decrypter.decrypt(row.sealed)));
    return opened.filter(({ status }) => status === 'fulfilled').length;
  }

  test('a secret that is stored or deleted while all are re-encrypted waits for nothing, and stays as it is', async () => {
    const keychain = memoryKeychain();
    const other = person('jane', keychain);
    await fill(75, other);
    const portions: string[] = [];
    const busy = person('jane', keychain, false, async () => {
      portions.push('');
      if (portions.length > 1) return;
      await other.set('site-000', 'smtp-password', 'fresh');
      await other.delete('site-001', 'smtp-password');
    });
    const [maria, told] = [person('maria'), [] as unknown[]];
    await busy.add('maria', await recipientOf(maria), (...sealed) => told.push(sealed));
    expect(told).toEqual([
      [50, 75],
      [75, 75],
    ]);
    expect(await maria.get('site-000', 'smtp-password')).toBe('fresh');
    expect(await maria.get('site-001', 'smtp-password')).toBeNull();
    expect(await maria.get('site-074', 'smtp-password')).toBe('secret 74');
  });

  test('a run that was killed amid it left a team list that says so, and the same command ends it', async () => {
    const [keychain, marias] = [memoryKeychain(), memoryKeychain()];
    const other = person('jane', keychain);
    await fill(75, other);
    const maria = person('maria', marias);
    const recipient = await recipientOf(maria);
    const stopped = () => {
      let portions = 0;
      return person('jane', keychain, false, async () => {
        portions += 1;
        if (portions === 2) throw new Error('killed');
      });
    };
    await expect(stopped().add('maria', recipient)).rejects.toThrow('killed');
    expect((await other.list()).left).toBe(25);
    expect(await canOpen(marias, 'site-000', 'site-074')).toBe(1);
    await other.add('maria', recipient);
    expect((await other.list()).left).toBe(0);
    expect(await canOpen(marias, 'site-000', 'site-074')).toBe(2);
    await expect(stopped().remove('maria')).rejects.toThrow('killed');
    // Nothing that is stored from now on is for her, though not everything is re-encrypted.
    await other.set('site-074', 'smtp-password', 'new');
    expect(await canOpen(marias, 'site-073', 'site-074')).toBe(1);
    expect(await other.remove('maria')).toMatchObject({ isRemoved: false });
    expect(await canOpen(marias, 'site-000', 'site-073', 'site-074')).toBe(0);
    expect((await other.list()).left).toBe(0);
    await expect(other.remove('maria')).rejects.toMatchObject({ code: 'invalid-settings' });
  });

  test('in the tables of an older program, what is stored counts as sealed for the team of then', async () => {
    await jane.set('harbour', 'smtp-password', 'Pa55');
    await server.query(
      url,
      `alter table writeupp_mail.secret drop column generation;
       update writeupp_mail.version set version = 2`,
    );
    const { close } = await openForTest(url);
    await close();
    expect((await jane.list()).left).toBe(0);
    const maria = person('maria');
    await jane.add('maria', await recipientOf(maria));
    expect(await maria.get('harbour', 'smtp-password')).toBe('Pa55');
  });

  test('a secret that nobody can open is named, and keeps nobody from the others', async () => {
    await fill(3, jane);
    await server.query(
      url,
      "update writeupp_mail.secret set sealed = 'x' where site_key = 'site-001'",
    );
    const maria = person('maria');
    await expect(jane.add('maria', await recipientOf(maria))).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('"site-001"'),
    });
    expect(await maria.get('site-002', 'smtp-password')).toBe('secret 2');
  });

  test('every secret is sealed again for a new person, and without one who is removed: more than one portion', async () => {
    const count = 101;
    const rows = await fill(count, jane);
    const keychain = memoryKeychain();
    const maria = person('maria', keychain);
    await jane.add('maria', await recipientOf(maria));
    for (const { siteKey } of [rows.at(0), rows.at(-1)].flatMap((row) => row ?? [])) {
      expect(await maria.get(siteKey, 'smtp-password')).toBe(`secret ${Number(siteKey.slice(5))}`);
    }
    expect((await jane.remove('maria')).sites).toHaveLength(count);
    expect(await canOpen(keychain, 'site-000', 'site-100')).toBe(0);
  });

  test('who adds herself by SQL is given nothing: everything that would be sealed stops, and she is named', async () => {
    const here = computerOf('jane');
    await here.open().set('harbour', 'smtp-password', 'before');
    const maria = memoryKeychain();
    const recipient = await recipientOf(person('maria', maria));
    await here.open().add('maria', recipient);
    await here.open().set('harbour', 'smtp-password', 'known to maria');
    await here.open().remove('maria');
    await server.query(
      url,
      `insert into writeupp_mail.recipient (name, recipient, added_by) values ('colleague', $1, 'jane')`,
      [recipient],
    );
    const stopped = { code: 'invalid-settings', message: expect.stringContaining(recipient) };
    const peter = await identityToRecipient(await generateIdentity());
    await expect(here.open().set('harbour', 'smtp-password', 'new')).rejects.toMatchObject(stopped);
    await expect(here.open().prove()).rejects.toMatchObject(stopped);
    await expect(here.open().add('peter', peter)).rejects.toMatchObject(stopped);
    await expect(person('maria', maria).get('harbour', 'smtp-password')).rejects.toMatchObject({
      code: 'storage',
    });
    // What is there goes on being read, and she can be thrown out.
    expect(await here.open().get('harbour', 'smtp-password')).toBe('known to maria');
    expect(await here.open().newcomers()).toMatchObject([{ name: 'colleague' }]);
    await here.open().remove('colleague');
    await here.open().set('harbour', 'smtp-password', 'new');
    await expect(person('maria', maria).get('harbour', 'smtp-password')).rejects.toMatchObject({
      code: 'invalid-settings',
    });
    expect(await told()).toEqual([
      ...['team-add jane', 'team-add maria', 'team-remove maria', 'team-remove colleague'],
    ]);
  });

  test('whom another member added is accepted by name, and no earlier member comes back without a word', async () => {
    const [here, there] = [computerOf('jane'), computerOf('maria')];
    await here.open().set('harbour', 'smtp-password', 'x');
    await here.open().add('maria', await recipientOf(there.open()));
    await there.open().set('harbour', 'google-token-a', 'y');
    expect(notes.at(-1)).toContain('jane, maria');
    const peter = await identityToRecipient(await generateIdentity());
    await there.open().add('peter', peter);
    await expect(here.open().prove()).rejects.toMatchObject({ code: 'invalid-settings' });
    expect(await here.open().accept()).toMatchObject([{ name: 'peter' }]);
    await here.open().prove();
    await there.open().remove('peter');
    await here.open().prove();
    await there.open().add('peter', peter);
    await expect(here.open().prove()).rejects.toMatchObject({ code: 'invalid-settings' });
    expect(await told()).toEqual([
      ...['team-add jane', 'team-add maria', 'team-add peter', 'team-accept peter'],
      ...['team-remove peter', 'team-add peter'],
    ]);
    // Said again, as by a run that was killed before it had remembered it, it stays one line; later, it is another.
    const table = openTeamTable(store.database, store.schema, 'team list');
    const { recipients } = await table.team();
    const newest = recipients.filter(({ name }) => name === 'peter');
    for (const _time of [1, 2]) await table.noteAccepted(newest);
    expect((await told()).slice(6)).toEqual(['team-accept peter']);
  });

  test('with the only identity lost, a new team is started: what nobody can open is gone, and nothing else', async () => {
    await computerOf('jane').open().set('harbour', 'smtp-password', 'x');
    const anew = computerOf('jane');
    await expect(anew.open().set('harbour', 'smtp-password', 'y')).rejects.toMatchObject({
      code: 'invalid-settings',
      hint: expect.stringContaining('team reset'),
    });
    expect(await anew.open().reset()).toEqual({ sites: ['harbour'], serviceAccounts: [] });
    expect(await anew.open().get('harbour', 'smtp-password')).toBeNull();
    await anew.open().set('harbour', 'smtp-password', 'y');
    expect(await anew.open().get('harbour', 'smtp-password')).toBe('y');
    await expect(anew.open().reset()).rejects.toMatchObject({ code: 'usage' });
    expect(await told()).toEqual(['team-add jane', 'team-remove jane', 'team-reset jane']);
  });

  test('a member who removes herself leaves the others all secrets, and can open none', async () => {
    const [here, there] = [computerOf('jane'), computerOf('maria')];
    await here.open().set('harbour', 'smtp-password', 'Pa55');
    await here.open().add('maria', await recipientOf(there.open()));
    expect(await here.open().remove('jane')).toMatchObject({ isRemoved: true, sites: ['harbour'] });
    expect(await there.open().list()).toMatchObject({ recipients: [{ name: 'maria' }], left: 0 });
    expect(await canOpen(here.keychain, 'harbour')).toBe(0);
    expect(await there.open().get('harbour', 'smtp-password')).toBe('Pa55');
    await expect(here.open().get('harbour', 'smtp-password')).rejects.toMatchObject({
      code: 'invalid-settings',
    });
    expect(await told()).toEqual(['team-add jane', 'team-add maria', 'team-remove jane']);
  });

  test('where the team is changed again while she leaves, the rest is encrypted for the team of then', async () => {
    const keychain = memoryKeychain();
    const [maria, tom] = [person('maria'), person('tom')];
    await fill(75, person('jane', keychain));
    await person('jane', keychain).add('maria', await recipientOf(maria));
    const recipient = await recipientOf(tom);
    let portions = 0;
    const leaving = person('jane', keychain, false, async () => {
      portions += 1;
      // Of the run that adds him, nothing but the change of the list.
      if (portions > 1) return;
      const table = openTeamTable(store.database, store.schema, 'team');
      const { generation, recipients } = await table.team();
      const added = { name: 'tom', recipient, addedAt: new Date().toISOString(), addedBy: 'x' };
      await table.change(generation, [...recipients, added]);
    });
    expect(await leaving.remove('jane')).toMatchObject({ isRemoved: true });
    expect((await tom.list()).left).toBe(0);
    expect(await tom.get('site-074', 'smtp-password')).toBe('secret 74');
    expect(await canOpen(keychain, 'site-000', 'site-074')).toBe(0);
  });

  test('nothing is encrypted for nobody, where another program emptied the list meanwhile', async () => {
    const here = computerOf('jane');
    await here.open().set('harbour', 'smtp-password', 'x');
    const emptied = here.open(({ change }) => ({
      change: async (...given) => {
        await server.query(url, 'delete from writeupp_mail.recipient');
        const done = await change(...given);
        await server.query(url, 'delete from writeupp_mail.recipient');
        return done;
      },
    }));
    await expect(emptied.add('maria', await newRecipient())).rejects.toMatchObject({
      code: 'invalid-settings',
    });
    expect(await canOpen(here.keychain, 'harbour')).toBe(1);
  });

  test('two whom nobody here knows: each can be taken out, and nothing is encrypted for the other', async () => {
    const here = computerOf('jane');
    await here.open().set('harbour', 'smtp-password', 'x');
    const [carol, dave] = [memoryKeychain(), memoryKeychain()];
    await bySql('carol', await recipientOf(person('carol', carol)));
    await bySql('dave', await recipientOf(person('dave', dave)));
    await expect(here.open().remove('carol')).rejects.toMatchObject({
      code: 'invalid-settings',
      message: expect.stringMatching(/"dave" .* was changed, .* not yet re-encrypted/),
      hint: expect.stringMatching(/: writeupp-mail team remove dave$/),
    });
    const { recipients, left } = await here.open().list();
    expect(recipients.map(({ name }) => name).sort()).toEqual(['dave', 'jane']);
    expect(left).toBe(1);
    expect(await here.open().newcomers()).toMatchObject([{ name: 'dave' }]);
    const refused = { message: expect.stringContaining('Nothing was saved, because they could') };
    await expect(here.open().set('harbour', 'smtp-password', 'y')).rejects.toMatchObject(refused);
    await expect(here.open().add('peter', await newRecipient())).rejects.toMatchObject(refused);
    expect(await here.open().remove('dave')).toMatchObject({ isRemoved: true });
    expect((await here.open().list()).left).toBe(0);
    await here.open().set('harbour', 'smtp-password', 'y');
    expect(await canOpen(carol, 'harbour')).toBe(0);
    expect(await canOpen(dave, 'harbour')).toBe(0);
    expect(await told()).toEqual(['team-add jane', 'team-remove carol', 'team-remove dave']);
  });

  test('with a change interrupted, a name that nobody has finishes it and removes nobody', async () => {
    const keychain = memoryKeychain();
    await fill(3, person('jane', keychain));
    const stopped = person('jane', keychain, false, async () => end(null));
    const maria = person('maria');
    await expect(stopped.add('maria', await recipientOf(maria))).rejects.toThrow('killed');
    const done = await person('jane', keychain).remove('mario');
    expect(done).toMatchObject({ isRemoved: false, sites: ['site-000', 'site-001', 'site-002'] });
    expect(await maria.list()).toMatchObject({ left: 0, recipients: { length: 2 } });
    expect(await maria.get('site-002', 'smtp-password')).toBe('secret 2');
  });

  test.each([
    ['whose answer is lost', lost],
    ['amid which the run ends', killed],
  ])('an addition, a removal and a new team %s are made here too', async (_how, how) => {
    const [here, maria] = [computerOf('jane'), person('maria')];
    const isLost = how === lost;
    await here.open().set('harbour', 'smtp-password', 'x');
    const recipient = await recipientOf(maria);
    const added = here.open(how).add('maria', recipient);
    if (isLost) await added;
    else {
      await expect(added).rejects.toThrow('killed');
      await here.open().add('maria', recipient);
    }
    expect(await maria.get('harbour', 'smtp-password')).toBe('x');
    await here.open().set('harbour', 'smtp-password', 'y');

    const removed = here.open(how).remove('maria');
    if (isLost) expect(await removed).toMatchObject({ isRemoved: true });
    else {
      await expect(removed).rejects.toThrow('killed');
      await here.open().remove('maria');
    }
    await here.open().set('harbour', 'smtp-password', 'z');

    here.keychain.entries.clear();
    const reset = here.open(how).reset();
    if (isLost) expect(await reset).toEqual({ sites: ['harbour'], serviceAccounts: [] });
    else await expect(reset).rejects.toThrow('killed');
    expect(await here.open().newcomers()).toEqual([]);
    await here.open().set('harbour', 'smtp-password', 'fresh');
    expect((await here.open().list()).recipients).toHaveLength(1);
    expect(await told()).toEqual([
      ...['team-add jane', 'team-add maria', 'team-remove maria'],
      ...['team-remove jane', 'team-reset jane'],
    ]);
  });

  test('whom a change was to add that was never made is a stranger again', async () => {
    const here = computerOf('jane');
    await here.open().prove();
    const recipient = await newRecipient();
    const failing = here.open(() => ({ change: async () => end(null) }));
    await expect(failing.add('maria', recipient)).rejects.toThrow('killed');
    await here.open().prove();
    await bySql('maria', recipient);
    await expect(here.open().prove()).rejects.toMatchObject({ code: 'invalid-settings' });
  });

  test('the keys of service accounts are named apart from sites, by a removal and by a new team', async () => {
    const robot = 'robot@harbour.iam.gserviceaccount.com';
    const here = computerOf('jane');
    await here.open().set('harbour', 'smtp-password', 'x');
    await here.open().set(`@${robot}`, 'service-account-key', 'y');
    await here.open().set('@team test', 'smtp-password', 'left by a run that was killed');
    await here.open().add('maria', await newRecipient());
    const whose = { sites: ['harbour'], serviceAccounts: [robot] };
    expect(await here.open().remove('maria')).toEqual({ isRemoved: true, ...whose });
    here.keychain.entries.clear();
    expect(await here.open().reset()).toEqual(whose);
  });

  test('what is stored looks once for who is accepted', async () => {
    const here = computerOf('jane');
    await here.open().prove();
    const team = here.open();
    const before = here.looks();
    await team.set('harbour', 'smtp-password', 'x');
    expect(here.looks() - before).toBe(1);
  });

  test.each([
    ['x"; curl evil | sh; "', 'NAME'],
    ['maria green', '"maria green"'],
  ])('the name %s is put into no command that a shell would obey', async (name, word) => {
    const here = computerOf('jane');
    await here.open().prove();
    await bySql(name, await newRecipient());
    const command = new RegExp(`: writeupp-mail team remove ${word}$`, 'm');
    await expect(here.open().prove()).rejects.toMatchObject({
      hint: expect.stringMatching(command),
    });
    await server.query(url, 'update writeupp_mail.recipient set recipient = $1 where name = $2', [
      'age1nonsense',
      name,
    ]);
    await expect(jane.prove().catch(() => here.open().accept())).resolves.toBeDefined();
    await expect(here.open().prove()).rejects.toMatchObject({
      code: 'storage',
      hint: expect.stringMatching(command),
    });
  });

  test.each<[what: string, from: [string, Slot], to: [string, Slot]]>([
    ['another site', ['aberdeen', 'smtp-password'], ['harbour', 'smtp-password']],
    [
      'the same site: no password goes out as a token',
      ['harbour', 'smtp-password'],
      ['harbour', 'google-token-a'],
    ],
  ])('a row is refused that was put in the place of one of %s', async (_what, from, to) => {
    await jane.set(...from, 'Pa55');
    await jane.set(...to, 'another');
    const at = (site: string, slot: string) => `site_key = '${site}' and slot = '${slot}'`;
    await server.query(
      url,
      `update writeupp_mail.secret set sealed =
        (select sealed from writeupp_mail.secret where ${at(...from)}) where ${at(...to)}`,
    );
    await expect(jane.get(...to)).rejects.toMatchObject({ code: 'storage' });
    expect(await jane.get(...from)).toBe('Pa55');
  });

  test('runs at once have one identity, and two first people are one first', async () => {
    const keychain = memoryKeychain();
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

  test('a row that another program spoilt is told in words, ends no line, and can be taken out', async () => {
    await jane.set('harbour', 'smtp-password', 'Pa55');
    await server.query(
      url,
      `insert into writeupp_mail.recipient (name, recipient, added_at, added_by)
       values (E'maria\nForged', 'age1nonsense', 'infinity', E'x\ny')`,
    );
    const later = person('other');
    const { recipients } = await later.list();
    expect(JSON.stringify(recipients)).not.toContain('\\n');
    const fresh = await recipientOf(person('tom'));
    await expect(jane.add('tom', fresh)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('can’t be used'),
      hint: expect.stringContaining('team remove "maria'),
    });
    expect(await jane.get('harbour', 'smtp-password')).toBe('Pa55');
    await jane.remove(recipients.find(({ name }) => name.startsWith('maria'))?.name ?? '');
    await jane.add('tom', fresh);
  });

  test('a run that must change nothing makes no identity and joins no team', async () => {
    const keychain = memoryKeychain();
    const looking = person('jane', keychain, true);
    expect((await looking.list()).own).toBeNull();
    await expect(looking.prove()).rejects.toMatchObject({ code: 'invalid-settings' });
    expect(keychain.entries.size).toBe(0);
    // With an identity, the run itself would be the first of the team, and so nothing stands in its way.
    await person('jane', keychain).list();
    await person('jane', keychain, true).prove();
    expect((await server.query(url, 'select 1 from writeupp_mail.recipient')).rowCount).toBe(0);
    expect(notes).toEqual([]);
  });
});
