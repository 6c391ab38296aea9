/** What the record says of a connection's past: when Google last accepted it, and when it refused it. */

import { MailError } from '../errors.js';
import type { HeldSite } from '../sites/held-site.js';
import type { GmailConnection } from '../sites/site.js';
import type { Google } from './google.js';
import { type LiveConnection, proveConnection } from './prove-connection.js';

/** The latest few tell a habit from an accident, and the record must not grow for ever. */
const REFUSALS_MAX = 5;

/**
 * Refreshes the connection of a held site, and records the outcome.
 *
 * @throws MailError as `proveConnection`; `storage`, `site-busy`
 */
export async function proveAndRecord(held: HeldSite, google: Google): Promise<LiveConnection> {
  try {
    const live = await proveConnection(held.site, await held.credentials(), google);
    await recordAccepted(held, live.connection, google.now());
    return { ...live, connection: held.site.gmail ?? live.connection };
  } catch (error) {
    const { gmail } = held.site;
    if (gmail !== null) await recordRefused(held, gmail, error, google.now());
    throw error;
  }
}

/** Precise enough to foresee Google's expiry after six months without use, and one write a day. */
const USE_PRECISION_MS = 24 * 60 * 60 * 1000;

/** Whether a use is worth a write: the last one recorded is at least a day old. */
export function isUseNews({ usedAt }: GmailConnection, now: Date): boolean {
  return now.getTime() - Date.parse(usedAt) >= USE_PRECISION_MS;
}

/** Records that Google accepted a connection; any refusal of this very connection was then not final. */
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
 * Records that Google refused a connection, if that is what the error says. Each connection counts once: asking again,
 * as a nightly check does, meets the same refusal, which must not look like a habit.
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
