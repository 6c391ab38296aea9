/** What a shared PostgreSQL adds to the contract: TLS, restarts, its tables, and nothing told that is secret. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LockHolder } from '../../src/storage/lock-holder.js';
import { openPostgresSiteStore } from '../../src/stores/postgres/postgres-site-store.js';
import { aSite } from '../sites/a-site.js';
import { type Authority, newAuthority } from '../support/certificates.js';
import { startPgBouncer } from '../support/pgbouncer.js';
import { DATABASE_PASSWORD, startPostgres, type TestPostgres } from '../support/postgres.js';
import { describeWith } from '../support/system-part.js';
import { openForTest } from './open-for-test.js';

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

  test('a restart of the server ends no claim that nobody else took, and no statement fails', async () => {
    const { store, close } = await openForTest(await server.newDatabase());
    const claim = await store.claim('harbour-physio', options());
    await server.stop();
    const writing = claim.write(aSite());
    const reading = store.names();
    await sleep(600);
    await server.start();
    await writing;
    await reading;
    await claim.assertHeld();
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
    const names = Array.from({ length: 20 }, (_, number) => `site-${number}`);
    const claims = await Promise.all(names.map((name) => one.store.claim(name, options())));
    let told = 0;
    const tell = () => {
      told += 1;
    };
    const waiting = names.map((name) => other.store.claim(name, options(tell)));
    while (told < names.length) await sleep(20);
    await server.stop();
    await server.start();
    await Promise.all(
      claims.map((claim, number) => claim.write(aSite({ name: `site-${number}` }))),
    );
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
    await claim.write(aSite());
    await claim.release();
    expect(await (await waiting).read()).toEqual(aSite());
    await one.close();
    await other.close();
  });

  test('a change under way and a new claim never pass each other', async () => {
    const url = await server.newDatabase();
    const [one, other] = [await openForTest(url), await openForTest(url)];
    const claim = await one.store.claim('harbour-physio', options());
    await claim.write(aSite());
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
        ...{ isRehearsal: false, readOnly: false, signal: new AbortController().signal },
        onWait: () => undefined,
        ...more,
      });
    await expect(as({ readOnly: true })).rejects.toMatchObject({ code: 'no-sites' });
    const schemas = () =>
      server.query(url, "select nspname from pg_namespace where nspname ~ '^writeupp' order by 1");
    expect((await schemas()).rows).toEqual([]);
    const real = await as({});
    const claim = await real.claim('harbour-physio', options());
    await claim.write(aSite());
    await claim.release();
    const rehearsal = await as({ isRehearsal: true });
    expect(await rehearsal.names()).toEqual([]);
    expect((await schemas()).rows).toHaveLength(2);
    expect(await (await as({ readOnly: true })).names()).toEqual(['harbour-physio']);
    await real.close();
    await rehearsal.close();
  });

  test.each<[what: string, change: (url: URL) => void, code: string, words: RegExp]>([
    [
      'a wrong password',
      (url) => Object.assign(url, { password: 'wrong' }),
      'invalid-settings',
      /user or the password/,
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
    await claim.write(aSite());
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

  test('with pool_mode = transaction, nothing is claimed, and the words name what to ask for', async () => {
    const { url, bouncer } = await behind('transaction');
    const refused = {
      code: 'invalid-settings',
      message: expect.stringContaining('pooler'),
      hint: expect.stringContaining('pool_mode = session'),
    };
    const opened = await openForTest(url);
    await expect(opened.store.claim('harbour-physio', options())).rejects.toMatchObject(refused);
    // Another run can meet the prepared statements of the first, on whichever connection it is given.
    for (let tries = 0; tries < 3; tries += 1) {
      const claiming = openForTest(url).then(async ({ store, close }) => {
        await store.claim('harbour-physio', options()).finally(close);
      });
      await expect(claiming).rejects.toMatchObject(refused);
    }
    await opened.close();
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
          ...{ isRehearsal: false, readOnly: true, signal: AbortSignal.abort() },
          onWait: () => undefined,
        }),
      ).rejects.toMatchObject({ message: expect.not.stringContaining('p%ss') });
    }
  });
});
