/** Holding one site for writing; failures say what they mean for it. */

import type { UseDeps } from '../connection/access-token.js';
import type { ConnectionDeps } from '../connection/prove-connection.js';
import type { Context } from '../context/context.js';
import type { MailError } from '../errors.js';
import type { HeldSite } from '../sites/held-site.js';
import { type HoldPorts, holdIfFree, holdSite } from '../sites/hold.js';
import type { Site } from '../sites/site.js';
import type { LockOptions } from '../storage/lock.js';
import { describeHolder, SHARED_FOLDER } from '../storage/lock-holder.js';
import { explained, readRecorded } from './decorate-error.js';

/** How a command waits for another run on the same site. */
export function lockOptions(context: Context, command: string): LockOptions {
  return {
    command,
    signal: context.signal,
    onWait: (holder) =>
      context.reporter.note(
        `Waiting for ${describeHolder(holder)} to finish with this site, up to 15 seconds …`,
      ),
    onLeftElsewhere: ({ host }) =>
      context.reporter.note(
        `A run on another computer (${host}) left its lock here. ${SHARED_FOLDER}`,
      ),
  };
}

/** Tells of a line of the history that could not be written. */
export function untold({ reporter }: Context): (error: MailError) => void {
  return ({ message, hint }) =>
    reporter.note(`What was done stands, and the history could not be told: ${message}\n${hint}`);
}

/** What holding a site needs of the context. */
export async function holdPorts(context: Context, command: string): Promise<HoldPorts> {
  return {
    store: await context.sites(),
    lock: lockOptions(context, command),
    openCredentials: () => context.credentials(),
    onUntold: untold(context),
  };
}

/**
 * Holds a site for writing.
 *
 * @param before the record, where it has just been read
 * @param mayWait false: it is an error at once if another run holds the site
 * @throws MailError as `holdSite`, and what `work` throws
 */
export async function holding<T>(
  context: Context,
  name: string,
  command: string,
  work: (held: HeldSite) => Promise<T>,
  { before, mayWait = true }: { readonly before?: Site; readonly mayWait?: boolean } = {},
): Promise<T> {
  const { lock, ...others } = await holdPorts(context, command);
  const ports = { ...others, lock: { ...lock, mayWait } };
  const known = before ?? (await readRecorded(context, name));
  try {
    return await holdSite(name, ports, work, known !== null && known !== 'unknown');
  } catch (error) {
    throw await explained(error, context, name, known);
  }
}

/**
 * What working with a Google account needs. Google's libraries come with it, and commands that only read must not
 * wait for them.
 *
 * @param servesMany one run for many sites: what is the same for several of them is asked for once
 */
export async function googleDeps(
  context: Context,
  servesMany = false,
): Promise<Omit<ConnectionDeps, 'credentials'>> {
  const { DelegatedTokens } = await import('../connection/delegated-tokens.js');
  return {
    client: () => context.oauthClient(),
    delegation: new DelegatedTokens(context.environment.forChildren, servesMany),
    issuer: context.issuer,
    now: context.now,
    signal: context.signal,
  };
}

/** What reading and using a connection needs; fresh access tokens are kept, where no other run holds the site. */
export async function useDeps(context: Context, command: string): Promise<UseDeps> {
  const [google, credentials, store] = [
    await googleDeps(context),
    await context.credentials(),
    await context.sites(),
  ];
  return {
    ...google,
    credentials,
    keepToken: (site, connection, content) =>
      holdIfFree(
        site.name,
        { store, openCredentials: () => context.credentials(), command },
        async (held) => {
          // Google's libraries come with it, and commands that only read must not wait for them.
          const { isUseNews, recordAccepted } = await import('../connection/connection-history.js');
          await held.keepAccessToken(connection, content);
          if (isUseNews(connection, context.now())) {
            await recordAccepted(held, connection, context.now());
          }
        },
      ),
  };
}
