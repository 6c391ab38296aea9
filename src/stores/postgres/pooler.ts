/**
 * A pooler that gives a connection away after each transaction (PgBouncer's `pool_mode = transaction`) gives away with
 * it what was set and locked there: to whichever program comes next. So it has to be noticed before anything is.
 */

import type { ClientBase } from 'pg';
import { behindPooler } from './database-error.js';

/** Each makes it less likely that other programs' use of the pooler hides what it does. */
const ROUNDS = 5;

/** What is asked: which process of the server this connection has now, and since when a process runs its statement. */
interface Seen {
  readonly own: number;
  readonly since: string | null;
}

/** All names with their schema: nothing is set yet that would keep another role's functions out. */
async function look(client: ClientBase, process = 'pg_catalog.pg_backend_pid()'): Promise<Seen> {
  const { rows } = await client.query(
    `select pg_catalog.pg_backend_pid() as own,
     (select query_start::pg_catalog.text from pg_catalog.pg_stat_get_activity(${process})) as since`,
  );
  return { own: Number(rows[0]?.own), since: rows[0]?.since ?? null };
}

/**
 * Behind a pooler, the server's process has another number than the one that was told at the login. It is of the kind
 * that is refused if the process changes, if another connection of ours gets the same one, or if anybody has used it
 * while this connection was silent.
 *
 * @param another a second connection, which this ends
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
