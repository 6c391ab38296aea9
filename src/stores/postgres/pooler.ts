/**
 * A pooler that hands a connection on after each transaction (PgBouncer's `pool_mode = transaction`) hands on what was
 * set and locked there as well, to whichever program comes next. So it must be noticed before anything is set.
 */

import type { ClientBase } from 'pg';
import { behindPooler } from './database-error.js';

/** Each round makes it less likely that other programs' use of the pooler hides what it does. */
const ROUNDS = 5;

/** The answer: which server process this connection has now, and since when a process has run its statement. */
interface Seen {
  readonly own: number;
  readonly since: string | null;
}

/** All names are qualified: nothing is set yet that would keep out another role's functions. */
async function look(client: ClientBase, process = 'pg_catalog.pg_backend_pid()'): Promise<Seen> {
  const { rows } = await client.query(
    `select pg_catalog.pg_backend_pid() as own,
     (select query_start::pg_catalog.text from pg_catalog.pg_stat_get_activity(${process})) as since`,
  );
  return { own: Number(rows[0]?.own), since: rows[0]?.since ?? null };
}

/**
 * Behind a pooler, the server process has a different number from the one given at login. The pooler is of the kind
 * that is refused if the process changes, if another of our connections gets the same one, or if anybody has used it
 * while this connection was idle.
 *
 * @param another opens a second connection, which is ended here
 * @throws MailError `invalid-settings`
 */
export async function refusePooling(
  client: ClientBase,
  another: () => Promise<ClientBase & { end(): Promise<void> }>,
  description: string,
): Promise<void> {
  const first = await look(client);
  if ((client as { processID?: unknown }).processID === first.own) return;
  const other = await another();
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const mine = await look(client);
      const theirs = await look(other, String(mine.own));
      const isUsed = theirs.since !== null && theirs.since !== mine.since;
      if (mine.own !== first.own || theirs.own === first.own || isUsed) {
        throw behindPooler(description);
      }
    }
  } finally {
    await other.end().catch(() => undefined);
  }
}
