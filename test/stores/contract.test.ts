/** What every store of sites promises (src/sites/site-store.ts): files and PostgreSQL pass the same tests. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { HistoryEvent } from '../../src/sites/history.js';
import type { SiteClaim, SiteStore } from '../../src/sites/site-store.js';
import type { LockHolder } from '../../src/storage/lock-holder.js';
import { aSite, GMAIL, SMTP } from '../sites/a-site.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { describeWith } from '../support/system-part.js';
import { type OpenedStore, openForTest } from './open-for-test.js';

const STORE_USER = fileURLToPath(new URL('../../build/test/stores/store-user.js', import.meta.url));
const NAME = 'harbour-physio';

/** A kind of store under test. */
interface Kind {
  /** A place of its own for each test. */
  newPlace(): Promise<string>;
  removePlace(place: string): Promise<void>;
  /** Changes a record as it is kept, as time or another program could. */
  edit(place: string, change: (record: Record<string, unknown>) => void): Promise<void>;
  /** Lets a stranger take the site from whoever holds it. */
  overtake(place: string): Promise<SiteClaim>;
}

function holdsTheContract(kind: () => Kind): void {
  let place: string;
  let opened: OpenedStore[];
  let children: ChildProcess[];
  let store: SiteStore;

  beforeEach(async () => {
    place = await kind().newPlace();
    [opened, children] = [[], []];
    store = await open();
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const each of opened) await each.close();
    await kind().removePlace(place);
  });

  /** As another run sees it. */
  async function open(): Promise<SiteStore> {
    const one = await openForTest(place);
    opened.push(one);
    return one.store;
  }
  const options = (
    onWait: (holder: LockHolder | null) => void = () => undefined,
    signal = new AbortController().signal,
  ) => ({ command: 'migrate', signal, onWait });
  const claim = (of = store, name = NAME) => of.claim(name, options());

  async function put(site = aSite()): Promise<void> {
    const held = await store.claim(site.name, options());
    await held.write(site);
    await held.release();
  }

  /** A process that holds the site. */
  async function holder(): Promise<ChildProcess> {
    const child = spawn(process.execPath, [STORE_USER, place, NAME], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    await once(child.stdout ?? child, 'data');
    return child;
  }

  test('a record comes back as it was written, to another run too; names are sorted', async () => {
    expect(await store.names()).toEqual([]);
    expect(await store.read(NAME)).toBeNull();
    const site = aSite({ smtp: SMTP, gmail: GMAIL, credentials: 'keychain' });
    await put(site);
    await put(aSite({ name: 'Zürich' }));
    await put(aSite({ name: 'aberdeen' }));
    const other = await open();
    expect(await other.read(NAME)).toEqual(site);
    expect(await other.read(NAME.toUpperCase())).toEqual(site);
    expect(await other.names()).toEqual(await store.names());
    expect(await other.names()).toHaveLength(3);
    expect((await other.names()).indexOf('aberdeen')).toBe(0);
    await put({ ...site, smtp: null });
    expect(await other.read(NAME)).toEqual({ ...site, smtp: null });
  });

  test('one run has a site at a time; who waits is told by whom, and goes on when it is free', async () => {
    const first = await claim();
    const told: (LockHolder | null)[] = [];
    const waiting = (await open()).claim(
      NAME,
      options((by) => told.push(by)),
    );
    while (told.length === 0) await sleep(10);
    expect(told).toEqual([expect.objectContaining({ pid: process.pid, command: 'migrate' })]);
    await first.write(aSite());
    await first.release();
    await first.release();
    const second = await waiting;
    expect(second.id).not.toBe(first.id);
    expect(await second.read()).toEqual(aSite());
    await second.release();
  });

  test('one run does not have a site twice either, and may have two sites', async () => {
    const first = await claim();
    const other = await claim(store, 'aberdeen');
    const told: unknown[] = [];
    const waiting = store.claim(
      NAME,
      options((by) => told.push(by)),
    );
    while (told.length === 0) await sleep(10);
    await first.release();
    const second = await waiting;
    await expect(first.assertHeld()).rejects.toMatchObject({ code: 'site-busy' });
    await second.assertHeld();
    await other.assertHeld();
    await second.release();
    await other.release();
  });

  test('who waits can stop', async () => {
    const first = await claim();
    const stopping = new AbortController();
    const waiting = (await open()).claim(
      NAME,
      options(() => stopping.abort(), stopping.signal),
    );
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
    await first.assertHeld();
    await first.release();
  });

  test('a run that was overtaken changes nothing any more', async () => {
    await put();
    const first = await claim();
    const second = await kind().overtake(place);
    const isLost = { code: 'site-busy' };
    await expect(first.assertHeld()).rejects.toMatchObject(isLost);
    const other = aSite({ organisation: 'Other' });
    await expect(first.write(other, [event(NAME, 1)])).rejects.toMatchObject(isLost);
    await expect(first.remove([event(NAME, 2)])).rejects.toMatchObject(isLost);
    await first.release();
    expect(await all(store, NAME)).toEqual([]);
    expect(await store.read(NAME)).toEqual(aSite());
    await second.write(aSite({ organisation: 'Newer' }));
    expect(await store.read(NAME)).toMatchObject({ organisation: 'Newer' });
    await second.release();
  });

  test('a run that stands still keeps its site; killed, it loses it at once', async () => {
    const child = await holder();
    child.kill('SIGSTOP');
    const told: (LockHolder | null)[] = [];
    const waiting = store.claim(
      NAME,
      options((by) => told.push(by)),
    );
    while (told.length === 0) await sleep(10);
    expect(told[0]).toMatchObject({ pid: child.pid });
    let isMine = false;
    const mine = waiting.then((held) => {
      isMine = true;
      return held;
    });
    await sleep(700);
    expect(isMine).toBe(false);
    child.kill('SIGKILL');
    const held = await mine;
    await held.write(aSite());
    await held.release();
  });

  test('a site that was removed is gone, and can be put on record again', async () => {
    await put();
    const held = await claim();
    await held.remove();
    expect(await held.read()).toBeNull();
    await held.remove();
    await held.release();
    expect(await store.names()).toEqual([]);
    await put(aSite({ organisation: 'Again' }));
    expect(await store.read(NAME)).toMatchObject({ organisation: 'Again' });
  });

  test('one run has a Google account at a time, whatever sites it holds', async () => {
    const site = await claim();
    const first = await store.claimAccount('account', options());
    const told: unknown[] = [];
    const waiting = (await open()).claimAccount(
      'account',
      options((by) => told.push(by)),
    );
    const other = await store.claimAccount('another', options());
    while (told.length === 0) await sleep(10);
    await first.release();
    await (await waiting).release();
    await other.release();
    await site.release();
  });

  test.each<[what: string, change: (record: Record<string, unknown>) => void, words: RegExp]>([
    ['damaged', (record) => Object.assign(record, { login: 7 }), /damaged: field login/],
    ['without a version', (record) => delete record.schemaVersion, /damaged: field schemaVersion/],
    ['of a newer program', (record) => Object.assign(record, { schemaVersion: 99 }), /newer/],
  ])('a record that is %s is told, and left alone', async (_what, change, words) => {
    await put();
    await kind().edit(place, change);
    const held = await claim();
    for (const reading of [store.read(NAME), held.read()]) {
      await expect(reading).rejects.toMatchObject({
        code: 'storage',
        message: expect.stringMatching(words),
      });
    }
    await held.release();
    expect(await store.names()).toEqual([NAME]);
  });

  const event = (site: string, number: number): HistoryEvent => ({
    ...{ id: `00000000-0000-4000-8000-00000000000${number}`, site, command: 'migrate' },
    ...{ at: `2026-11-20T10:00:0${number}.000Z`, who: 'jane', host: 'desk' },
    ...{ step: 'sign-in', outcome: 'done', account: 'info@harbour-physio.example' },
  });
  const all = async (of: SiteStore, site: string | null) => {
    const events: HistoryEvent[] = [];
    for await (const one of of.history.read(site)) events.push(one);
    return events;
  };

  test('the history is kept in its order, once for each id, and apart for each site', async () => {
    expect(await all(store, null)).toEqual([]);
    await store.history.append([event(NAME, 1), event('aberdeen', 2)]);
    const other = await open();
    await other.history.append([event(NAME, 3), event(NAME, 1)]);
    const order = [event(NAME, 1), event('aberdeen', 2), event(NAME, 3)];
    expect(await all(store, null)).toEqual(order);
    expect(await all(other, NAME.toUpperCase())).toEqual([order[0], order[2]]);
  });

  test('the lines of a change come with it, in the order of the claims, whatever the clocks say', async () => {
    const ids = async () => (await all(store, NAME)).map(({ id }) => id);
    const first = await claim();
    // This computer's clock is ahead of the next one's.
    expect(await first.write(aSite(), [event(NAME, 8), event(NAME, 9)])).toBeNull();
    await first.release();
    const second = await claim(await open());
    await second.write(aSite({ organisation: 'second' }), [event(NAME, 2)]);
    await second.remove([event(NAME, 1)]);
    await second.release();
    expect(await ids()).toEqual([8, 9, 2, 1].map((number) => event(NAME, number).id));
  });

  test('twenty runs at once change one record one after another', async () => {
    await put(aSite({ organisation: '0' }));
    const stores = await Promise.all(Array.from({ length: 4 }, open));
    await Promise.all(
      Array.from({ length: 20 }, async (_, number) => {
        const held = await claim(stores[number % stores.length]);
        const site = await held.read();
        await held.write(aSite({ organisation: String(Number(site?.organisation) + 1) }));
        await held.release();
      }),
    );
    expect(await store.read(NAME)).toMatchObject({ organisation: '20' });
  });
}

describe('files', () => {
  const kind: Kind = {
    newPlace: () => mkdtemp(join(tmpdir(), 'store-')),
    removePlace: (place) => rm(place, { recursive: true, force: true }),
    async edit(place, change) {
      const path = join(place, 'sites', `${NAME}.json`);
      const record = JSON.parse(await readFile(path, 'utf8'));
      change(record);
      await writeFile(path, JSON.stringify(record));
    },
    async overtake(place) {
      await rm(join(place, 'locks', `${NAME}.lock`));
      return (await openForTest(place)).store.claim(NAME, {
        ...{ command: 'other', signal: new AbortController().signal },
        onWait: () => undefined,
      });
    },
  };
  holdsTheContract(() => kind);
});

describeWith(['postgres'], 'PostgreSQL', () => {
  let server: TestPostgres;
  let stranger: OpenedStore | null = null;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.close());
  afterEach(async () => {
    await stranger?.close();
    stranger = null;
  });

  const kind: Kind = {
    newPlace: () => server.newDatabase(),
    removePlace: async () => undefined,
    async edit(place, change) {
      const { rows } = await server.query(place, 'select record from writeupp_mail.site');
      change(rows[0].record);
      await server.query(place, 'update writeupp_mail.site set record = $1', [rows[0].record]);
    },
    async overtake(place) {
      stranger = await openForTest(place);
      const taking = stranger.store.claim(NAME, {
        ...{ command: 'other', signal: new AbortController().signal },
        onWait: () => undefined,
      });
      // The run's connection ends, and it has to be quicker than the run itself, which takes its lock again.
      const endHolders = `select pg_terminate_backend(pid) from pg_locks
        where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`;
      let claim: SiteClaim | null = null;
      const taken = taking.then((held) => {
        claim = held;
      });
      while (claim === null) {
        await server.query(place, endHolders);
        await Promise.race([taken, sleep(150)]);
      }
      return claim;
    },
  };
  holdsTheContract(() => kind);
});
