/** The history in a shared PostgreSQL: an append-only table. */

import type { History, HistoryEvent } from '../../sites/site-history.js';
import { siteKey } from '../../sites/site-name.js';
import { parseHistoryLine } from '../history-line.js';
import type { Database } from './database.js';

/** Rows read at a time. */
const BATCH = 1_000;

export function openPostgresHistory(database: Database, schema: string): History {
  async function* read(site: string | null): AsyncGenerator<HistoryEvent> {
    // By number, never by time: the clocks of several computers don't agree.
    for (let last = '0'; ; ) {
      const { rows } = await database.query(
        `select number, event::text from ${schema}.history
         where number > $1::bigint and ($2::text is null or site = $2)
         order by number limit ${BATCH}`,
        [last, site === null ? null : siteKey(site)],
      );
      for (const { event } of rows) {
        const parsed = parseHistoryLine(String(event));
        if (parsed !== null) yield parsed;
      }
      if (rows.length < BATCH) return;
      last = String(rows.at(-1)?.number);
    }
  }

  return {
    read,
    async append(events) {
      await database.query(insertLines(schema, '$1'), [lineRows(events)]);
    },
  };
}

/** Lines, as the parameter of `insertLines`. */
export function lineRows(events: readonly HistoryEvent[]): string {
  return JSON.stringify(events.map((event) => ({ key: siteKey(event.site), event })));
}

/**
 * The statement that adds lines, each only once.
 *
 * @param parameter the placeholder for `lineRows`
 * @param held the name of a query with a row if the site is still held: for new lines, which get the time of the
 *   server, as the one clock for all computers. Without it, the lines come from another store and keep their times.
 */
export function insertLines(schema: string, parameter: string, held?: string): string {
  const now = `to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  const [event, from] =
    held === undefined
      ? [`row->'event'`, '']
      : [`row->'event' || jsonb_build_object('at', ${now})`, `, ${held}`];
  return `insert into ${schema}.history (id, site, event)
    select (row->'event'->>'id')::uuid, row->>'key', ${event}
    from jsonb_array_elements(${parameter}::jsonb) with ordinality as rows (row, number)${from} order by number
    on conflict (id) do nothing`;
}
