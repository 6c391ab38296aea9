/** The sealed secrets of a team, and its people, in a shared PostgreSQL. */

import type { SealedRow, TeamSecrets } from '../../credentials/team-secrets.js';
import type { Database } from './database.js';

/** Rows that are sealed anew at a time. */
const BATCH = 200;

/** Opens the tables. */
export function openTeamTable(database: Database, schema: string): TeamSecrets {
  return {
    description: database.description,
    async team() {
      // In one statement: a list and a generation of two moments would not belong together.
      const { rows } = await database.query(
        `select t.generation, r.name, r.recipient, r.added_at, r.added_by
         from ${schema}.team as t left join ${schema}.recipient as r on true order by r.added_at, r.name`,
      );
      const people = rows.filter(({ name }) => name !== null);
      return {
        generation: String(rows[0]?.generation),
        recipients: people.map(({ name, recipient, added_at, added_by }) => ({
          name: String(name),
          recipient: String(recipient),
          addedAt: new Date(added_at as string).toISOString(),
          addedBy: String(added_by),
        })),
      };
    },
    alone: (work) =>
      database.transaction(async (run) => {
        await run('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${schema} team`]);
        return work();
      }),
    async read(siteKey, slot) {
      const { rows } = await database.query(
        `select sealed from ${schema}.secret where site_key = $1 and slot = $2`,
        [siteKey, slot],
      );
      const sealed = rows[0]?.sealed;
      return sealed instanceof Uint8Array ? sealed : null;
    },
    async write({ siteKey, slot, sealed }, generation) {
      const { rows } = await database.query(
        `with team as (select 1 from ${schema}.team where generation = $4 for share),
         done as (
           insert into ${schema}.secret (site_key, slot, sealed) select $1, $2, $3 from team
           on conflict (site_key, slot) do update set sealed = excluded.sealed
         )
         select exists (select from team) as is_current`,
        [siteKey, slot, Buffer.from(sealed), generation],
      );
      return rows[0]?.is_current === true;
    },
    async delete(siteKey, slot) {
      const { rowCount } = await database.query(
        `delete from ${schema}.secret where site_key = $1 and slot = $2`,
        [siteKey, slot],
      );
      return rowCount === 1;
    },
    change: (generation, recipients, seal) =>
      database.transaction(async (run) => {
        // Whoever seals a secret waits for the end of this, and finds the generation past.
        const raised = await run(
          `update ${schema}.team set generation = generation + 1 where generation = $1`,
          [generation],
        );
        if (raised.rowCount !== 1) return null;
        await run(`delete from ${schema}.recipient`);
        for (const { name, recipient, addedAt, addedBy } of recipients) {
          await run(
            `insert into ${schema}.recipient (name, recipient, added_at, added_by) values ($1, $2, $3, $4)`,
            [name, recipient, addedAt, addedBy],
          );
        }
        const places: Omit<SealedRow, 'sealed'>[] = [];
        for (let last = ['', '']; ; ) {
          const { rows } = await run(
            `select site_key, slot, sealed from ${schema}.secret
             where (site_key, slot) > ($1, $2) order by site_key, slot limit ${BATCH}`,
            last,
          );
          for (const row of rows) {
            const place = { siteKey: String(row.site_key), slot: String(row.slot) };
            const sealed = await seal({ ...place, sealed: row.sealed as Uint8Array });
            await run(`update ${schema}.secret set sealed = $3 where site_key = $1 and slot = $2`, [
              place.siteKey,
              place.slot,
              Buffer.from(sealed),
            ]);
            places.push(place);
          }
          const end = places.at(-1);
          if (rows.length < BATCH || end === undefined) return places;
          last = [end.siteKey, end.slot];
        }
      }),
  };
}
