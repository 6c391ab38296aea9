/** What is kept on record of how a connection fared: when Google last accepted it, and when it no longer did. */

import { MailError } from '../errors.js';
import type { GmailConnection, Site } from '../sites/site.js';
import { type SiteSession, withSite } from '../sites/site-session.js';
import type { SiteStore } from '../sites/site-store.js';
import { type ConnectionDeps, type LiveConnection, proveConnection } from './prove-connection.js';

/** The latest few tell a habit from an accident; the record must not grow for ever. */
const REFUSALS_MAX = 5;

/**
 * Refreshes the connection of a site that is held, and keeps on record how it went.
 *
 * @throws MailError as `proveConnection`; `storage`, `site-busy`
 */
export async function proveAndRecord(
  session: SiteSession,
  deps: ConnectionDeps,
): Promise<LiveConnection> {
  try {
    const live = await proveConnection(session.site, deps);
    const connection = accepted(live.connection, deps.now());
    await session.update({ gmail: connection });
    return { ...live, connection };
  } catch (error) {
    const { gmail } = session.site;
    const changed = gmail === null ? null : refused(gmail, error, deps.now());
    if (changed !== null) await session.update({ gmail: changed });
    throw error;
  }
}

/** Precise enough to foresee the end of what was not used for six months, and one write a day. */
const USE_PRECISION_MS = 24 * 60 * 60 * 1000;

/** Keeps on record that email went out over a connection, once a day. Never waits, and never fails. */
export async function recordUse(store: SiteStore, site: Site, now: Date): Promise<void> {
  if (site.gmail === null) return;
  if (now.getTime() - Date.parse(site.gmail.usedAt) < USE_PRECISION_MS) return;
  await recordIfFree(store, site, null, now, 'send');
}

/**
 * Keeps on record how a try of a site's connection went, if no other run holds the site: a check never waits
 * for that, and never fails because of it.
 *
 * @param outcome what the try threw; null if Google accepted the connection
 * @param command told to a run that waits for the site meanwhile
 */
export async function recordIfFree(
  store: SiteStore,
  site: Site,
  outcome: unknown,
  now: Date,
  command: string,
): Promise<void> {
  const waiting = new AbortController();
  const options = {
    command,
    signal: waiting.signal,
    onWait: () => waiting.abort(),
  };
  try {
    await withSite(store, site.name, options, async (session) => {
      const { gmail } = session.site;
      // Another run may have connected the site anew meanwhile.
      if (gmail === null || gmail.connectedAt !== site.gmail?.connectedAt) return;
      const changed = outcome === null ? accepted(gmail, now) : refused(gmail, outcome, now);
      if (changed !== null) await session.update({ gmail: changed });
    });
  } catch {
    // What is kept only sharpens later explanations.
  }
}

/** The connection, used now; a refusal of this very connection was not the end of it then. */
function accepted(connection: GmailConnection, now: Date): GmailConnection {
  const earlier = connection.refusals?.filter(({ at }) => at < connection.connectedAt);
  return { ...connection, usedAt: now.toISOString(), refusals: earlier };
}

/**
 * The connection with its refusal; null if there is nothing to record. A connection is refused once: asking
 * again, as a nightly check does, finds the same refusal and must not look like a habit.
 */
function refused(connection: GmailConnection, error: unknown, now: Date): GmailConnection | null {
  if (!(error instanceof MailError) || error.code !== 'sign-in-needed') return null;
  const { reason } = error.details;
  if (reason === undefined || reason === 'not-connected') return null;
  const earlier = connection.refusals ?? [];
  if (earlier.some(({ at }) => at >= connection.connectedAt)) return null;
  const refusals = [...earlier, { at: now.toISOString(), reason }].slice(-REFUSALS_MAX);
  return { ...connection, refusals };
}
