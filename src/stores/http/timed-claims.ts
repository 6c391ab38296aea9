/**
 * Claims at a backend expire, so that no computer that went away holds a site for ever. A run renews its claim while it
 * lives; one that stood still finds out that it has lost its claim, and changes nothing.
 *
 * The run also takes this computer’s own lock of the site, which the kernel releases when the run ends, and keeps the
 * claim’s id there: so the next run on this computer ends a killed run’s claim at once.
 */

import { hostname } from 'node:os';
import { join } from 'node:path';
import type { MailError } from '../../errors.js';
import { accountOfComputer } from '../../sites/site-history.js';
import { siteKey } from '../../sites/site-name.js';
import {
  readPrivateFile,
  removeFileDurably,
  writeFileDurably,
} from '../../storage/durable-file.js';
import type { HeldLock, LockOptions } from '../../storage/lock.js';
import { holderIn } from '../../storage/lock-holder.js';
import { waitForTurn } from '../../storage/wait-for-turn.js';
import { claimLost, notAsPromised, problemOf, siteBusy } from './backend-error.js';
import { answerOf, type BackendClient, type HttpReply } from './client.js';
import { wireClaim } from './wire.js';

/** How often a claim is renewed, and how recent a renewal must be for a removal, in milliseconds. */
const RENEW_MS = 20_000;
const FRESH_MS = 5_000;
const POLL_MS = 1_000;

/** A claim to a site at a backend. */
export interface BackendClaim {
  readonly id: string;
  /** The site when it was claimed, unchecked; null if there is none of that name. */
  readonly site: unknown;
  /**
   * Makes sure that the claim holds: nobody else can have it before it expires, so a recent renewal is enough. For a
   * removal it must be less than five seconds old. @throws MailError `site-busy`
   */
  confirm(use?: 'removal'): Promise<void>;
  /** Call this after an answer under the claim, which shows that it holds. @param since when the request was sent */
  renewed(since: number): void;
  /** @throws MailError `site-busy` once the claim is known to be lost, or was released */
  assertHeld(): void;
  /** Marks the claim as lost. @returns the error for it */
  lose(): MailError;
  release(): Promise<void>;
}

/** What a claim is made with. */
export interface Claiming {
  readonly client: BackendClient;
  readonly description: string;
  /** The folder of this computer’s files for this backend. */
  readonly folder: string;
  /** Takes this computer’s lock for a key. */
  lock(key: string, what: string, options: LockOptions): Promise<HeldLock>;
  /** Milliseconds, by a clock that keeps going while the computer sleeps. */
  now(): number;
}

/** @throws MailError `site-busy`, naming the holder; `interrupted`, `storage`; errors of the client */
export async function claimAtBackend(
  name: string,
  options: LockOptions,
  claiming: Claiming,
): Promise<BackendClaim> {
  const { client, description, folder, lock, now } = claiming;
  const key = siteKey(name);
  const what = `The site "${name}"`;
  const path = `/v1/sites/${encodeURIComponent(key)}/claims`;
  const kept = join(folder, `${key}.claim`);
  const held = await lock(key, what, options);
  try {
    await endKilledRun();
    let busy: HttpReply | null = null;
    let since = now();
    const reply = await waitForTurn<HttpReply>(
      {
        async take() {
          since = now();
          const { command } = options;
          const body = {
            ...{ command, who: accountOfComputer(), host: hostname(), pid: process.pid },
            since: new Date().toISOString(),
          };
          const answer = await client.write(path, { method: 'POST', body });
          busy = answer.status === 409 ? answer : null;
          return answer.status === 409 ? null : answer;
        },
        holder: async () => (busy === null ? null : holderIn(problemOf(busy).holder)),
        busy: (holder) => siteBusy(what, holder, busy?.headers ?? new Headers()),
        pollMs: POLL_MS,
      },
      options,
    );
    // There is no such site, so there is nothing to claim: only this computer’s lock is held.
    if (reply.status === 404) return withoutSite();
    if (reply.status === 412) throw notAsPromised(description, 'a claim', 'HTTP 412');
    const { claim, seconds, site } = answerOf(wireClaim, reply, 'a claim', description);
    await writeFileDurably(kept, claim).catch(async (error) => {
      // Nothing here would know its id to end it, and it would block the site until it expired.
      await end(claim).catch(() => undefined);
      throw error;
    });
    return claimOf(claim, seconds, site, since);
  } catch (error) {
    await held.release();
    throw error;
  }

  /** Called under this computer’s lock, so the run that left a claim’s id next to it has ended. */
  async function endKilledRun(): Promise<void> {
    const left = await readPrivateFile(kept);
    if (left === null) return;
    await end(left.trim());
    await removeFileDurably(kept);
  }

  function end(id: string): Promise<HttpReply> {
    return client.write(`/v1/claims/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  function withoutSite(): BackendClaim {
    const assertHeld = () => held.assertHeld();
    return {
      ...{ id: crypto.randomUUID(), site: null, assertHeld },
      confirm: async () => assertHeld(),
      renewed: () => undefined,
      lose: () => claimLost(what),
      release: () => held.release(),
    };
  }

  function claimOf(id: string, seconds: number, site: unknown, since: number): BackendClaim {
    const at = `/v1/claims/${encodeURIComponent(id)}`;
    const everyMs = Math.min(RENEW_MS, (seconds * 1_000) / 3);
    let renewedAt = since;
    let isLost = false;
    let isReleased = false;
    const assertHeld = () => {
      if (isLost || isReleased) throw claimLost(what);
      held.assertHeld();
    };
    const lose = () => {
      isLost = true;
      return claimLost(what);
    };
    async function renew(): Promise<void> {
      const began = now();
      const { status } = await client.write(at, { method: 'PUT' });
      if (status >= 400) throw lose();
      renewedAt = Math.max(renewedAt, began);
    }
    let isRenewing = false;
    const timer = setInterval(async () => {
      // One at a time, even if each takes longer than the interval.
      if (isLost || isRenewing) return;
      isRenewing = true;
      // A failed renewal is tried again at the next interval; a lost claim is reported by the next change.
      await renew().catch(() => undefined);
      isRenewing = false;
    }, everyMs);
    timer.unref();
    return {
      id,
      site,
      assertHeld,
      lose,
      renewed: (began) => {
        renewedAt = Math.max(renewedAt, began);
      },
      async confirm(use) {
        assertHeld();
        const limit = use === 'removal' ? FRESH_MS : everyMs;
        if (now() - renewedAt >= limit) await renew();
        assertHeld();
      },
      async release() {
        if (isReleased) return;
        isReleased = true;
        clearInterval(timer);
        try {
          if (!isLost) await end(id);
          await removeFileDurably(kept);
        } catch {
          // It expires; the next run on this computer ends it sooner.
        }
        await held.release();
      },
    };
  }
}
