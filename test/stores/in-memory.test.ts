/** What a store does between the program and its server or its folder, with both played: connections, claims, batches. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { HistoryEvent } from '../../src/sites/site-history.js';
import { openFileSiteStore } from '../../src/stores/files/file-site-store.js';
import type { Database } from '../../src/stores/postgres/database.js';

/** What became of connections: each statement, and how each was given back. */
let seen: string[];
/** Fails a statement. */
let fails: (text: string) => Error | null;

jest.unstable_mockModule('pg', () => {
  class Pool {
    on() {}
    async end() {}
    async connect() {
      return {
        async query(given: string | { text: string }) {
          const text = typeof given === 'string' ? given : given.text;
          seen.push(text);
          const error = fails(text);
          if (error !== null) throw error;
          return { rows: [], rowCount: 0 };
        },
        release: (isGone?: boolean) => void seen.push(isGone ? 'thrown away' : 'given back'),
      };
    }
  }
  return { default: { Pool, Client: Pool } };
});
const { openDatabase } = await import('../../src/stores/postgres/database.js');
const { openClaims } = await import('../../src/stores/postgres/claims.js');
const { openPostgresHistory } = await import('../../src/stores/postgres/postgres-history.js');

const coded = (code: string) => Object.assign(new Error(code), { code });

describe('a connection of a database', () => {
  beforeEach(() => {
    [seen, fails] = [[], () => null];
  });
  const open = () =>
    openDatabase('postgres://u:p@127.0.0.1/mail?sslmode=disable', {
      ...{ signal: new AbortController().signal, onWait: () => undefined },
    });

  test('is given back after a statement, and after one that the server refused', async () => {
    const database = await open();
    await database.query('select 1');
    fails = () => coded('23505');
    await expect(database.query('select 2')).rejects.toMatchObject({ code: 'storage' });
    expect(seen).toEqual(['select 1', 'given back', 'select 2', 'given back']);
  });

  test('that broke is nobody’s any more, and the statement goes by another', async () => {
    const database = await open();
    let times = 0;
    fails = () => {
      times += 1;
      return times === 1 ? coded('ECONNRESET') : null;
    };
    await database.query('select 1');
    expect(seen).toEqual(['select 1', 'thrown away', 'select 1', 'given back']);
  });

  test('is in no transaction when it is given back, whatever failed in it', async () => {
    const database = await open();
    await database.transaction((run) => run('select 1'));
    expect(seen).toEqual(['begin', 'select 1', 'commit', 'given back']);
    seen = [];
    const own = new Error('not by the server');
    await expect(database.transaction(() => Promise.reject(own))).rejects.toMatchObject({});
    expect(seen).toEqual(['begin', 'rollback', 'given back']);
    seen = [];
    fails = (text) => (text === 'commit' ? coded('40001') : null);
    await expect(database.transaction((run) => run('select 1'))).rejects.toMatchObject({});
    expect(seen).toEqual(['begin', 'select 1', 'commit', 'rollback', 'given back']);
  });
});

/** A server with its locks, which it gives to whoever is first. */
function server() {
  const locks = new Set<string>();
  const statements: string[] = [];
  const answer = async (text: string | { text: string; values?: unknown[] }) => {
    const statement = typeof text === 'string' ? text : text.text;
    statements.push(statement);
    const name = String((typeof text === 'string' ? [] : text.values)?.[2]);
    if (!statement.includes('pg_try_advisory_lock')) return { rows: [{ pid: 1 }], rowCount: 1 };
    const isFree = !locks.has(name);
    if (isFree) locks.add(name);
    return { rows: [{ token: isFree ? '1 id' : null, is_left: false }], rowCount: 1 };
  };
  const client = { query: answer, once: () => undefined, end: async () => undefined, processID: 1 };
  const database = {
    description: 'the database mail',
    query: answer,
    retrying: <T>(attempt: () => Promise<T>) => attempt(),
    session: async () => client,
  } as unknown as Database;
  return { database, statements };
}

describe('a claim', () => {
  const options = {
    ...{ command: 'migrate', signal: new AbortController().signal, mayWait: false },
    onWait: () => undefined,
  };

  test('of a site in a rehearsal is none of the real site', async () => {
    const { database } = server();
    const [real, rehearsal] = [
      openClaims(database, 'writeupp_mail'),
      openClaims(database, 'writeupp_mail_rehearsal'),
    ];
    await real.claim('harbour-physio', 'The site', options);
    await rehearsal.claim('harbour-physio', 'The site', options);
    const again = openClaims(database, 'writeupp_mail').claim(
      'harbour-physio',
      'The site',
      options,
    );
    await expect(again).rejects.toMatchObject({ code: 'site-busy' });
  });

  test('is not ended for being idle while its run waits for a person', async () => {
    const { database, statements } = server();
    await openClaims(database, 'writeupp_mail').claim('harbour-physio', 'The site', options);
    expect(statements.join('\n')).toMatch(/set idle_session_timeout = 0\b/);
  });
});

test.each([0, 1, 999, 1_000, 1_001, 2_500])(
  'a history of %i lines is read whole, each once',
  async (count) => {
    const all = Array.from({ length: count }, (_, number) => ({
      number: String(number + 1),
      event: JSON.stringify({
        ...{ id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}` },
        ...{ at: '2026-11-20T10:00:00.000Z', site: 'harbour-physio', command: 'migrate' },
        ...{ step: 'sign-in', outcome: 'done', who: 'jane', host: 'desk' },
      } satisfies Partial<HistoryEvent>),
    }));
    const database = {
      query: async (text: string, [last]: readonly unknown[]) => {
        const most = Number(/limit (\d+)/.exec(text)?.[1]);
        return { rows: all.filter(({ number }) => Number(number) > Number(last)).slice(0, most) };
      },
    } as unknown as Database;
    const ids = new Set<string>();
    let lines = 0;
    for await (const { id } of openPostgresHistory(database, 'writeupp_mail').read(null)) {
      lines += 1;
      ids.add(id);
    }
    expect([lines, ids.size]).toEqual([count, count]);
  },
);

test('what other programs put beside the records is no site', async () => {
  const home = await mkdtemp(join(tmpdir(), 'records-'));
  try {
    await mkdir(join(home, 'sites'), { mode: 0o700 });
    for (const name of ['._harbour.json', '.harbour.removed', '.DS_Store', 'harbour.json.bak']) {
      await writeFile(join(home, 'sites', name), 'something', { mode: 0o600 });
    }
    const store = openFileSiteStore({ home });
    expect(await store.names()).toEqual([]);
    for await (const site of store.list()) expect(site).toBe('none');
  } finally {
    await rm(home, { recursive: true });
  }
});
