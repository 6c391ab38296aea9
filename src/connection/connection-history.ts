/** What is kept on record of how a connection fared: when Google last accepted it, and when it no longer did. */

import { MailError } from '../errors.js';
import type { HeldSite } from '../sites/held-site.js';
import type { GmailConnection } from '../sites/site.js';
import { type ConnectionDeps, type LiveConnection, proveConnection } from './prove-connection.js';

/** The latest few tell a habit from an accident; the record must not grow for ever. */
const REFUSALS_MAX = 5;

/**
 * Refreshes the connection of a site that is held, and keeps on record how it went.
 *
 * @throws MailError as `proveConnection`; `storage`, `site-busy`
 */
export async function proveAndRecord(
  held: HeldSite,
  deps: ConnectionDeps,
): Promise<LiveConnection> {
  try {
    const live = await proveConnection(held.site, deps);
    await recordAccepted(held, live.connection, deps.now());
    return { ...live, connection: held.site.gmail ?? live.connection };
  } catch (error) {
    const { gmail } = held.site;
    if (gmail !== null) await recordRefused(held, gmail, error, deps.now());
    throw error;
  }
}

/** Precise enough to foresee the end of what was not used for six months, and one write a day. */
const USE_PRECISION_MS = 24 * 60 * 60 * 1000;

/** Whether a use is worth a write: the last one on record is older than a day. */
export function isUseNews({ usedAt }: GmailConnection, now: Date): boolean {
  return now.getTime() - Date.parse(usedAt) >= USE_PRECISION_MS;
}

/** Keeps on record that Google accepted a connection; a refusal of this very one was not its end then. */
export async function recordAccepted(
  held: HeldSite,
  connection: GmailConnection,
  now: Date,
): Promise<void> {
  const refusals = connection.refusals?.filter((refusal) => !isOf(connection, refusal));
  await held.amend(connection, {
    usedAt: now.toISOString(),
    ...(refusals === undefined ? {} : { refusals }),
  });
}

/**
 * Keeps on record that Google refused a connection, if that is what the error says. A connection is refused once:
 * asking again, as a nightly check does, finds the same refusal and must not look like a habit.
 */
export async function recordRefused(
  held: HeldSite,
  connection: GmailConnection,
  error: unknown,
  now: Date,
): Promise<void> {
  if (!(error instanceof MailError) || error.code !== 'sign-in-needed') return;
  const { reason } = error.details;
  if (reason === undefined || reason === 'not-connected') return;
  const earlier = connection.refusals ?? [];
  if (earlier.some((refusal) => isOf(connection, refusal))) return;
  const refusals = [...earlier, { at: now.toISOString(), reason }].slice(-REFUSALS_MAX);
  await held.amend(connection, { refusals });
}

/** Whether a refusal was of this very connection, and not of an earlier one of the same account. */
function isOf({ connectedAt }: GmailConnection, { at }: { readonly at: string }): boolean {
  return Date.parse(at) >= Date.parse(connectedAt);
}
