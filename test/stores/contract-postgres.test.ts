/** PostgreSQL keeps what every store of sites promises. */

import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { CredentialStore } from '../../src/credentials/credential-store.js';
import { openTeam } from '../../src/credentials/team-store.js';
import { serialiseSite } from '../../src/sites/record.js';
import type { PostgresSiteStore } from '../../src/stores/postgres/postgres-site-store.js';
import { openTeamTable } from '../../src/stores/postgres/team-table.js';
import { memoryKeychain } from '../support/memory-keychain.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { describeWith } from '../support/system-part.js';
import { holdsTheContract, type Kind, NAME } from './contract.js';
import { HOME, type OpenedStore, openForTest } from './open-for-test.js';

/** At least one more than two portions. */
const MANY = process.env.TEST_ALL === '1' ? 10_000 : 2_001;

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
    await rm(HOME, { recursive: true, force: true });
  });

  const kind: Kind = {
    newPlace: () => server.newDatabase(),
    removePlace: async () => undefined,
    async edit(place, change) {
      const one = 'select record from writeupp_mail.site where key = $1';
      const { rows } = await server.query(place, one, [NAME]);
      change(rows[0].record);
      const text = JSON.stringify(rows[0].record);
      const update = 'update writeupp_mail.site set record = $1 where key = $2';
      await server.query(place, update, [text, NAME]);
    },
    async copyRecord(place, to) {
      const copy = `insert into writeupp_mail.site (key, name, record)
        select $1, $1, record from writeupp_mail.site where key = $2`;
      await server.query(place, copy, [to, NAME]);
    },
    async removeRecord(place) {
      await server.query(place, 'delete from writeupp_mail.site where key = $1', [NAME]);
    },
    async fill(place, sites) {
      const rows = sites.map((site) => ({ name: site.name, record: serialiseSite(site) }));
      const insert = `insert into writeupp_mail.site (key, name, record)
        select row->>'name', row->>'name', (row->>'record')::jsonb from jsonb_array_elements($1::jsonb) as row`;
      await server.query(place, insert, [JSON.stringify(rows)]);
    },
    withoutLine: async (_place, work) => void (await work()),
    secretsOf: (store) => teamOf(store as PostgresSiteStore),
    async overtake(place, claiming) {
      stranger = await openForTest(place);
      // A failover to an older copy: the stranger's claim will have the generation of the one that it overtakes.
      await server.query(place, 'update writeupp_mail.fence set generation = generation - 1');
      // The run's connection ends, and the stranger has to be quicker than the run, which takes its lock again.
      const endHolders = `select pg_terminate_backend(pid) from pg_locks
        where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`;
      let isTaken = false;
      const taking = claiming(stranger.store).finally(() => {
        isTaken = true;
      });
      while (!isTaken) {
        await server.query(place, endHolders);
        await Promise.race([taking, sleep(150)]);
      }
      return taking;
    },
  };
  holdsTheContract(() => kind, { linesApart: false, isOwn: true, many: MANY });
});

function teamOf({ database, schema }: PostgresSiteStore): CredentialStore {
  const secrets = openTeamTable(database, schema, 'team');
  const person = { me: 'jane', readOnly: false, onNote: () => undefined };
  return openTeam({ secrets, keychain: memoryKeychain(), ...person });
}
