/** The history in a shared PostgreSQL: a table that is only added to. */

import type { History, HistoryEvent } from '../../sites/history.js';
import { siteKey } from '../../sites/site-name.js';
import { sharedTurns } from '../../storage/shared-turn.js';
import { parseHistoryLine } from '../history-line.js';
import type { Database } from './database.js';

/** Rows that are read at a time. */
const BATCH = 1_000;

/** Opens it. */
export function openPostgresHistory(database: Database, schema: string): History {
  async function* read(site: string | null): AsyncGenerator<HistoryEvent> {
    // By their time: a run whose line waited for a restart of the server may write it after another run's.
    let last = ['-infinity', '0'];
    for (;;) {
      const { rows } = await database.query(
        `select number, at::text, event::text from ${schema}.history
         where (at, number) > ($1::timestamptz, $2::bigint) and ($3::text is null or site = $3)
         order by at, number limit ${BATCH}`,
        [...last, site === null ? null : siteKey(site)],
      );
      for (const { event } of rows) {
        const parsed = parseHistoryLine(String(event));
        if (parsed !== null) yield parsed;
      }
      if (rows.length < BATCH) return;
      const end = rows.at(-1);
      last = [String(end?.at), String(end?.number)];
    }
  }

  /** Lines that wait while others are on their way: many sites at once share a statement. */
  const waiting: { readonly key: string; readonly event: HistoryEvent }[] = [];
  const appending = sharedTurns(async () => {
    const rows = waiting.splice(0);
    await database.query(
      `insert into ${schema}.history (id, at, site, event)
       select (row->'event'->>'id')::uuid, (row->'event'->>'at')::timestamptz, row->>'key', row->'event'
       from jsonb_array_elements($1::jsonb) with ordinality as rows (row, number) order by number
       on conflict (id) do nothing`,
      [JSON.stringify(rows)],
    );
  });

  return {
    read,
    append(events) {
      waiting.push(...events.map((event) => ({ key: siteKey(event.site), event })));
      return appending(schema);
    },
  };
}
