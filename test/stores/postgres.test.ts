/** What a shared PostgreSQL adds to the contract: TLS, restarts, its tables, and nothing told that is secret. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { openTeam } from '../../src/credentials/team-store.js';
import { confirmByPerson } from '../../src/sites/warrant.js';
import type { LockHolder } from '../../src/storage/lock-holder.js';
import type { RunStatement } from '../../src/stores/postgres/database.js';
import {
  openPostgresSiteStore,
  type PostgresSiteStore,
} from '../../src/stores/postgres/postgres-site-store.js';
import { openTeamTable } from '../../src/stores/postgres/team-table.js';
import { aSite, GMAIL, SMTP } from '../sites/a-site.js';
import { type Authority, newAuthority } from '../support/certificates.js';
import { type Forwarder, startForwarder } from '../support/forwarder.js';
import { memoryKeychain } from '../support/memory-keychain.js';
import { startPgBouncer } from '../support/pgbouncer.js';
import { DATABASE_PASSWORD, startPostgres, type TestPostgres } from '../support/postgres.js';
import { describeWith } from '../support/system-part.js';
import { HOME, openForTest } from './open-for-test.js';

const options = (onWait: (holder: LockHolder | null) => void = () => undefined) => ({
  ...{ command: 'migrate', signal: new AbortController().signal },
  onWait,
});

describeWith(['postgres'], 'a shared PostgreSQL', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.close());

  test('a server’s clock that was set back holds nobody up', async () => {
    const url = await server.newDatabase();
    const { store, close } = await openForTest(url);
    // Of before the last start, by a clock that says ever since that the server has just started.
    const { database } = store as PostgresSiteStore;
    const { session } = database;
    const setBack = "pg_postmaster_start_time() - interval '1 hour'";
    database.session = async () => {
      const client = await session();
      const query = client.query.bind(client) as RunStatement;
      const altered = (text = '') => text.replaceAll('clock_timestamp()', setBack);
      client.query = ((what: string | pg.QueryConfig) =>
        typeof what === 'string' ? query(what) : query(altered(what.text), what.values)) as never;
      return client;
    };
    await (await store.claim('harbour-physio', options())).release();
    await server.query(
      url,
      `update writeupp_mail.fence set claimed_at = ${setBack} - interval '1 day'`,
    );
    const began = performance.now();
    await (await store.claim('harbour-physio', options())).release();
    expect(performance.now() - began).toBeLessThan(10_000);
    await close();
  });

  test('a restart of the server ends no claim that nobody else took, and no statement fails', async () => {
    let waits = 0;
    const { store, close } = await openForTest(await server.newDatabase(), HOME, () => {
      waits += 1;
    });
    const claim = await store.claim('harbour-physio', options());
    await server.stop();
    const writing = claim.apply({ kind: 'arrive', site: aSite() });
    const reading = store.names();
    // Both have found that it is away.
    while (waits < 2) await sleep(20);
    await server.start();
    await writing;
    await reading;
    await claim.confirm();
    // The lock itself was taken again: another run waits.
    const told: unknown[] = [];
    const waiting = store.claim(
      'harbour-physio',
      options((holder) => told.push(holder)),
    );
    while (told.length === 0) await sleep(20);
    await claim.release();
    await (await waiting).release();
    await close();
  });

  test('after a restart, runs that live keep their claims, though others wait for them', async () => {
    const url = await server.newDatabase();
    const [one, other] = [await openForTest(url), await openForTest(url)];
    const names = Array.from({ length: 12 }, (_, number) => `site-${number}`);
    const claims = await Promise.all(names.map((name) => one.store.claim(name, options())));
    let told = 0;
    const tell = () => {
      told += 1;
    };
    const waiting = names.map((name) => other.store.claim(name, options(tell)));
    while (told < names.length) await sleep(20);
    for (const organisation of ['once', 'twice']) {
      // Longer than a claim is left to its run: that counts from each restart.
      await sleep(4_200);
      await server.stop();
      await server.start();
      await Promise.all(
        claims.map((claim, number) =>
          claim.apply({ kind: 'arrive', site: aSite({ name: `site-${number}`, organisation }) }),
        ),
      );
    }
    for (const claim of claims) await claim.release();
    for (const claim of await Promise.all(waiting)) await claim.release();
    await one.close();
    await other.close();
  });

  test('a claim whose connection ended is taken again, before another run comes', async () => {
    const url = await server.newDatabase();
    const [one, other] = [await openForTest(url), await openForTest(url)];
    const claim = await one.store.claim('harbour-physio', options());
    const locks = "select pid from pg_locks where locktype = 'advisory' and granted";
    const before = await server.query(url, locks);
    await server.query(url, 'select pg_terminate_backend($1)', [before.rows[0].pid]);
    let now = before;
    while (now.rows[0]?.pid === undefined || now.rows[0]?.pid === before.rows[0].pid) {
      await sleep(20);
      now = await server.query(url, locks);
    }
    const told: (LockHolder | null)[] = [];
    const waiting = other.store.claim(
      'harbour-physio',
      options((by) => told.push(by)),
    );
    while (told.length === 0) await sleep(20);
    await claim.apply({ kind: 'arrive', site: aSite() });
    await claim.release();
    expect(await (await waiting).read()).toEqual(aSite());
    await one.close();
    await other.close();
  });

  test('a change under way and a new claim never pass each other', async () => {
    const url = await server.newDatabase();
    const [one, other] = [await openForTest(url), await openForTest(url)];
    const claim = await one.store.claim('harbour-physio', options());
    await claim.apply({ kind: 'arrive', site: aSite() });
    // What `write` locks: a claim that raises the generation has to wait for it.
    const fence = "select 1 from writeupp_mail.fence where key = 'harbour-physio' for share";
    const slow = server.query(url, `begin; ${fence}; select pg_sleep(0.6); commit`);
    const sleeping = "select 1 from pg_stat_activity where wait_event = 'PgSleep'";
    while ((await server.query(url, sleeping)).rowCount === 0) await sleep(20);
    await claim.release();
    const began = performance.now();
    const next = await other.store.claim('harbour-physio', options());
    expect(performance.now() - began).toBeGreaterThan(200);
    await slow;
    await next.release();
    await one.close();
    await other.close();
  });

  test('sites are listed by a query for a thousand of them, not for each', async () => {
    const url = await server.newDatabase();
    const { store, close } = await openForTest(url);
    const fill = `insert into writeupp_mail.site (key, name, record)
      select 'site-' || n, 'site-' || n, '{}' from generate_series(1, 2500) as n`;
    await server.query(url, fill);
    const { database } = store as unknown as { database: { query: RunStatement } };
    const { query } = database;
    let queries = 0;
    database.query = (...given) => {
      queries += 1;
      return query(...given);
    };
    let count = 0;
    for await (const _ of store.list()) count += 1;
    expect({ count, queries }).toEqual({ count: 2_500, queries: 3 });
    await close();
  });

  test('several programs make the tables at once; a newer one’s are refused, and left', async () => {
    const url = await server.newDatabase();
    const opened = await Promise.all(Array.from({ length: 5 }, () => openForTest(url)));
    for (const { store, close } of opened) {
      expect(await store.names()).toEqual([]);
      await close();
    }
    expect((await server.query(url, 'select id from writeupp_mail.store')).rowCount).toBe(1);
    await server.query(url, 'update writeupp_mail.version set version = version + 1');
    await expect(openForTest(url)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('newer version'),
    });
  });

  test('a run that must change nothing makes no tables; a rehearsal has its own', async () => {
    const url = await server.newDatabase();
    const as = (more: object) =>
      openPostgresSiteStore(url, {
        ...{
          home: HOME,
          isRehearsal: false,
          readOnly: false,
          signal: new AbortController().signal,
        },
        onWait: () => undefined,
        ...more,
      });
    await expect(as({ readOnly: true })).rejects.toMatchObject({ code: 'no-sites' });
    const schemas = () =>
      server.query(url, "select nspname from pg_namespace where nspname ~ '^writeupp' order by 1");
    expect((await schemas()).rows).toEqual([]);
    const real = await as({});
    const claim = await real.claim('harbour-physio', options());
    await claim.apply({ kind: 'arrive', site: aSite() });
    await claim.release();
    const rehearsal = await as({ isRehearsal: true });
    expect(await rehearsal.names()).toEqual([]);
    expect((await schemas()).rows).toHaveLength(2);
    expect(await (await as({ readOnly: true })).names()).toEqual(['harbour-physio']);
    await real.close();
    await rehearsal.close();
  });

  test.each([
    [2, 'alter table writeupp_mail.secret drop column generation'],
    [
      1,
      `alter table writeupp_mail.secret drop column generation;
       alter table writeupp_mail.fence drop column claim`,
    ],
  ])(
    'a run that must change nothing reads tables of version %d as they are',
    async (version, undo) => {
      const url = await server.newDatabase();
      const first = await openForTest(url);
      const claim = await first.store.claim('harbour-physio', options());
      await claim.apply({ kind: 'add', site: aSite({ gmail: GMAIL }) });
      await claim.release();
      const keychain = memoryKeychain();
      const teamOf = ({ database, schema }: PostgresSiteStore, readOnly: boolean) => {
        const secrets = openTeamTable(database, schema, 'migrate');
        return openTeam({ secrets, keychain, me: 'jane', readOnly, onNote: () => undefined });
      };
      const jane = teamOf(first.store as PostgresSiteStore, false);
      await jane.list();
      const asItWas = `${undo}; update writeupp_mail.version set version = ${version}`;
      await server.query(url, asItWas);
      const open = () =>
        openPostgresSiteStore(url, {
          ...{ home: HOME, isRehearsal: false, readOnly: true },
          ...{ signal: new AbortController().signal, onWait: () => undefined },
        });
      const store = await open();
      expect(await store.names()).toEqual(['harbour-physio']);
      const listed: unknown[] = [];
      for await (const one of store.list()) listed.push(one);
      expect(listed).toEqual([await store.read('harbour-physio')]);
      expect(listed).toMatchObject([{ name: 'harbour-physio' }]);
      expect(await store.sharing(GMAIL)).toEqual(['harbour-physio']);
      const steps: string[] = [];
      for await (const { step } of store.history.read(null)) steps.push(step);
      expect(steps).toEqual(['add-site']);
      // Nobody is in the team yet: the run would be the first, and a dry run is not.
      await teamOf(store, true).prove();
      await store.close();
      const recipients = 'select 1 from writeupp_mail.recipient';
      expect((await server.query(url, recipients)).rowCount).toBe(0);
      const { rows } = await server.query(url, 'select version from writeupp_mail.version');
      expect(rows).toEqual([{ version }]);
      const next = await openForTest(url);
      await teamOf(next.store as PostgresSiteStore, false).set(
        'harbour-physio',
        'smtp-password',
        'x',
      );
      await server.query(url, asItWas);
      const last = await open();
      expect(await teamOf(last, true).get('harbour-physio', 'smtp-password')).toBe('x');
      await Promise.all([first.close(), next.close(), last.close()]);
    },
  );

  test.each<[what: string, change: (url: URL) => void, code: string, words: RegExp]>([
    [
      'a wrong password',
      (url) => Object.assign(url, { password: 'wrong' }),
      'invalid-settings',
      /user or the password/,
    ],
    [
      'no password',
      (url) => Object.assign(url, { password: '' }),
      'invalid-settings',
      /none is set/,
    ],
    [
      'a password that is not escaped',
      (url) => Object.assign(url, { pathname: `/wrong@${url.host}/mail` }),
      'invalid-settings',
      /can’t be read/,
    ],
    [
      'a database that is not there',
      (url) => Object.assign(url, { pathname: '/none' }),
      'invalid-settings',
      /no such database/,
    ],
    [
      'an unknown sslmode',
      (url) => url.searchParams.set('sslmode', 'full'),
      'invalid-settings',
      /sslmode that is not known/,
    ],
    [
      'TLS of a server that has none',
      (url) => url.searchParams.set('sslmode', 'require'),
      'invalid-settings',
      /has no TLS/,
    ],
    [
      'verify-ca without a certificate',
      (url) => url.searchParams.set('sslmode', 'verify-ca'),
      'invalid-settings',
      /no root certificate/,
    ],
    [
      'a certificate file that is missing',
      (url) => url.searchParams.set('sslrootcert', '/none/root.crt'),
      'invalid-settings',
      /certificate file/,
    ],
    [
      'a port that is none',
      (url) => url.searchParams.set('port', 'x'),
      'invalid-settings',
      /can’t be read/,
    ],
    [
      'a host that is not there',
      (url) => Object.assign(url, { hostname: 'db.invalid' }),
      'network',
      /does not answer/,
    ],
  ])('%s is told in words, without the password', async (_what, change, code, words) => {
    const url = new URL(await server.newDatabase());
    change(url);
    const error: unknown = await openForTest(url.href).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code, message: expect.stringMatching(words) });
    const { message, hint } = error as { message: string; hint: string };
    for (const secret of [DATABASE_PASSWORD, encodeURIComponent(DATABASE_PASSWORD), 'wrong']) {
      expect(`${message}\n${hint}`).not.toContain(secret);
    }
  });

  test('what other roles put beside PostgreSQL’s own names is never run', async () => {
    const url = new URL(await server.newDatabase());
    await server.query(
      url.href,
      `create role stranger login password 'x';
       create table public.trophy (by_whom text);
       grant insert on public.trophy to public;
       grant create, usage on schema public to stranger`,
    );
    const theirs = new URL(url);
    Object.assign(theirs, { username: 'stranger', password: 'x' });
    const trap = (left: string, right: string) => `
      create function public.trap(${left}, ${right}) returns text language plpgsql as $$
        begin insert into public.trophy values (current_user); return ''; end $$;
      create operator public.|| (leftarg = ${left}, rightarg = ${right}, function = public.trap);`;
    await server.query(theirs.href, `${trap('bigint', 'text')} ${trap('text', 'uuid')}`);
    const { store, close } = await openForTest(url.href);
    const claim = await store.claim('harbour-physio', options());
    await claim.apply({ kind: 'add', site: aSite() });
    await claim.release();
    await close();
    expect((await server.query(url.href, 'select * from public.trophy')).rows).toEqual([]);
  });

  test('the server gives a statement up before its answer is no longer waited for, which is said', async () => {
    const url = await server.newDatabase();
    const { store, close } = await openForTest(url);
    const { database } = store as PostgresSiteStore;
    const session = await database.session();
    const show = { text: 'show statement_timeout', rowMode: 'array' as const };
    const { query_timeout: waited } = (
      session as unknown as { connectionParameters: { query_timeout: number } }
    ).connectionParameters;
    const { rows } = await database.query('select pg_catalog.current_setting($1) as given', [
      'statement_timeout',
    ]);
    for (const given of [rows[0].given, (await session.query(show)).rows[0]?.[0]]) {
      expect(given).toMatch(/^\d+s$/);
      expect(Number.parseInt(given, 10) * 1_000).toBeLessThan(waited);
    }
    const slow = database.query('set statement_timeout = 50; select pg_catalog.pg_sleep(10)');
    await expect(slow).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/took too long over a query, and stopped it\.$/),
    });
    await session.end();
    await close();
  });

  test('a user who may make no schema uses the one that an administrator made, and is told so where there is none', async () => {
    const url = new URL(await server.newDatabase());
    const role = "create role mover login password 'x'";
    await server.query(url.href, role);
    const theirs = new URL(url);
    Object.assign(theirs, { username: 'mover', password: 'x' });
    await expect(openForTest(theirs.href)).rejects.toMatchObject({
      code: 'storage',
      hint: expect.stringContaining('create schema writeupp_mail authorization'),
    });
    await server.query(url.href, 'create schema writeupp_mail authorization mover');
    const { store, close } = await openForTest(theirs.href);
    const claim = await store.claim('harbour-physio', options());
    await claim.apply({ kind: 'add', site: aSite() });
    await claim.release();
    expect(await store.names()).toEqual(['harbour-physio']);
    await close();
  });

  test('letters that the encoding of a database lacks are explained', async () => {
    const url = new URL(await server.newDatabase());
    await server.query(
      url.href,
      `create database latin template template0 encoding 'LATIN1' locale 'C'`,
    );
    url.pathname = '/latin';
    const { store, close } = await openForTest(url.href);
    const claim = await store.claim('harbour-physio', options());
    const site = { ...aSite(), organisation: 'Jane’s' };
    await expect(claim.apply({ kind: 'add', site })).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('its encoding is not UTF8'),
    });
    await claim.release();
    await close();
  });

  test('a limit of connections is explained, and passes', async () => {
    const url = new URL(await server.newDatabase());
    await server.query(url.href, `create role narrow login password 'x' connection limit 1`);
    Object.assign(url, { username: 'narrow', password: 'x' });
    const other = new pg.Client({ connectionString: url.href });
    await other.connect();
    await expect(openForTest(url.href)).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('no connection to spare'),
    });
    await other.end();
  });
});

describeWith(['postgres'], 'a statement whose answer was lost, and that arrives late,', () => {
  let server: TestPostgres;
  let way: Forwarder;
  beforeAll(async () => {
    server = await startPostgres();
    way = await startForwarder(server.port);
  });
  afterAll(async () => {
    await way?.close();
    await server?.close();
  });
  const CHANGE = /\bdone as\b/;
  const withSmtp = aSite({ smtp: SMTP });

  async function held(signal = new AbortController().signal) {
    const url = new URL(await server.newDatabase());
    url.port = String(way.port);
    url.searchParams.set('sslmode', 'disable');
    const store = await openPostgresSiteStore(url.href, {
      ...{ home: HOME, isRehearsal: false, readOnly: false, signal },
      onWait: () => undefined,
    });
    const claim = await store.claim('harbour-physio', options());
    await claim.apply({ kind: 'arrive', site: withSmtp });
    let cuts = 0;
    way.fate = (text) => {
      if (!CHANGE.test(text) || cuts > 0) return 'passes';
      cuts += 1;
      return 'arrives-late';
    };
    return { store, claim };
  }

  test('changes nothing once the run has repeated it and gone on', async () => {
    const { store, claim } = await held();
    const settings = { ...withSmtp, organisation: 'Other' };
    await claim.apply({ kind: 'settings', settings });
    const authority = confirmByPerson();
    await claim.apply({ kind: 'remove-smtp', at: new Date(), authority });
    await way.letArrive();
    expect(await store.read('harbour-physio')).toMatchObject({ organisation: 'Other', smtp: null });
    await claim.confirm();
    await claim.release();
    await store.close();
  });

  test.each(['settings', 'a secret of the team'])(
    'is done, or never will be, by the time at which it is said what is stored: %s',
    async (what) => {
      const stopping = new AbortController();
      const { store, claim } = await held(stopping.signal);
      const team = openTeamTable(store.database, store.schema, 'team');
      const { fence } = claim;
      if (what !== 'settings') {
        await store.database.query('select 1');
        const row = { siteKey: 'harbour-physio', slot: 'smtp-password', sealed: Buffer.from('x') };
        const writing = team.write(row, '0', fence);
        stopping.abort();
        await expect(writing).rejects.toMatchObject({ code: 'interrupted' });
      } else {
        const change = {
          kind: 'remove-smtp',
          at: new Date(),
          authority: confirmByPerson(),
        } as const;
        const removing = claim.apply(change);
        stopping.abort();
        await expect(removing).rejects.toMatchObject({ code: 'interrupted' });
      }
      await claim.release();
      const told = await store.read('harbour-physio');
      expect(told).toEqual(withSmtp);
      await way.letArrive();
      expect(await store.read('harbour-physio')).toEqual(told);
      expect(await team.read('harbour-physio', 'smtp-password')).toBeNull();
      await store.close();
    },
  );
});

describeWith(['postgres', 'pgbouncer'], 'behind PgBouncer', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.close());

  async function behind(mode: 'session' | 'transaction') {
    const bouncer = await startPgBouncer(server.port, mode);
    const url = new URL(await server.newDatabase());
    url.port = String(bouncer.port);
    return { url: url.href, bouncer };
  }

  test('with pool_mode = session, sites are claimed, changed and let go as without it', async () => {
    const { url, bouncer } = await behind('session');
    const [one, other] = [await openForTest(url), await openForTest(url)];
    const claim = await one.store.claim('harbour-physio', options());
    await claim.apply({ kind: 'arrive', site: aSite() });
    const told: unknown[] = [];
    const waiting = other.store.claim(
      'harbour-physio',
      options((holder) => told.push(holder)),
    );
    while (told.length === 0) await sleep(20);
    await claim.release();
    const next = await waiting;
    expect(await next.read()).toEqual(aSite());
    await next.release();
    await Promise.all([one.close(), other.close()]);
    await bouncer.close();
  });

  const refused = {
    code: 'invalid-settings',
    message: expect.stringContaining('pooler'),
    hint: expect.stringContaining('pool_mode = session'),
  };

  test('with pool_mode = transaction, nothing is claimed, and the words name what to ask for', async () => {
    const { url, bouncer } = await behind('transaction');
    for (let tries = 0; tries < 3; tries += 1) {
      await expect(openForTest(url)).rejects.toMatchObject(refused);
    }
    await bouncer.close();
  });

  test('though others keep such a pooler busy, nothing is left behind in the connections that they share', async () => {
    const { url, bouncer } = await behind('transaction');
    const others = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        return client;
      }),
    );
    let isOver = false;
    const seen = new Set<string>();
    const load = others.map(async (client) => {
      while (!isOver) {
        const pause = Math.random() / 500;
        await client.query(`select pg_catalog.pg_sleep(${pause})`);
        await sleep(Math.random() * 3);
        const { rows } = await client.query('show search_path');
        seen.add(rows[0].search_path);
      }
    });
    try {
      for (let tries = 0; tries < 40; tries += 1) {
        await expect(openForTest(url)).rejects.toMatchObject(refused);
      }
    } finally {
      isOver = true;
      await Promise.all(load);
      for (const other of others) await other.end();
    }
    expect([...seen]).toEqual(['"$user", public']);
    const direct = new URL(url);
    direct.port = String(server.port);
    const locks = "select * from pg_locks where locktype = 'advisory'";
    expect((await server.query(direct.href, locks)).rows).toEqual([]);
    await bouncer.close();
  });
});

describeWith(['postgres'], 'TLS, as libpq reads the address', () => {
  let authority: Authority;
  let other: Authority;
  let server: TestPostgres;
  let url: string;
  beforeAll(async () => {
    [authority, other] = [await newAuthority(), await newAuthority()];
    server = await startPostgres(await authority.sign('DNS:db.practice.example,IP:127.0.0.1'));
    url = await server.newDatabase();
  });
  afterAll(async () => {
    await server?.close();
    await authority?.remove();
    await other?.remove();
  });

  async function outcome(change: (url: URL) => void): Promise<string> {
    const address = new URL(url);
    change(address);
    try {
      const { store, close } = await openForTest(address.href);
      const { database } = store as {
        database?: { query(text: string): Promise<{ rows: { ssl: boolean }[] }> };
      };
      const { rows = [] } =
        (await database?.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')) ?? {};
      await close();
      return rows[0]?.ssl === true ? 'TLS' : 'plain';
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      expect(message).not.toContain(DATABASE_PASSWORD);
      return `${code}: ${/(?:not trusted|another name)/.exec(message)?.[0] ?? message}`;
    }
  }
  const mode = (sslmode: string, root?: () => string, host?: string) => (address: URL) => {
    address.searchParams.set('sslmode', sslmode);
    if (root !== undefined) address.searchParams.set('sslrootcert', root());
    if (host !== undefined) address.hostname = host;
  };
  const [own, strange] = [() => authority.root, () => other.root];

  test.each<[what: string, change: (address: URL) => void, expected: string]>([
    ['nothing said', () => undefined, 'TLS'],
    ['disable', mode('disable'), 'plain'],
    ['prefer', mode('prefer'), 'TLS'],
    ['require, whoever signed', mode('require'), 'TLS'],
    ['require, with a root', mode('require', strange), 'network: not trusted'],
    ['verify-ca', mode('verify-ca', own, 'localhost'), 'TLS'],
    ['verify-ca of another root', mode('verify-ca', strange), 'network: not trusted'],
    ['verify-full', mode('verify-full', own), 'TLS'],
    ['verify-full without a root', mode('verify-full'), 'network: not trusted'],
    ['verify-full of another name', mode('verify-full', own, 'localhost'), 'network: another name'],
  ])('%s', async (_what, change, expected) => {
    expect(await outcome(change)).toBe(expected);
  });
});

describe('without a server', () => {
  test('an address that can’t be read is not quoted', async () => {
    for (const address of ['postgres://:a b@', 'postgres://u:p%ss@h:x/d', 'postgres://']) {
      await expect(
        openPostgresSiteStore(address, {
          ...{ home: HOME, isRehearsal: false, readOnly: true, signal: AbortSignal.abort() },
          onWait: () => undefined,
        }),
      ).rejects.toMatchObject({ message: expect.not.stringContaining('p%ss') });
    }
  });
});
