/**
 * Claims of a backend end by time, so that no computer that went away holds a site for ever. A run renews its claim
 * while it lives; one that stood still is told that it lost it, and changes nothing.
 *
 * Beside it, the run takes this computer’s own lock of the site, which the system’s kernel ends with the run, and keeps
 * the claim’s id there: so the next run on this computer ends a killed run’s claim at once.
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

/** How often a claim is renewed, and how young a renewal must be for a removal, in milliseconds. */
const RENEW_MS = 20_000;
const FRESH_MS = 5_000;
const POLL_MS = 1_000;

/** A claim of a site at a backend. */
export interface BackendClaim {
  readonly id: string;
  /** What the site was like when it was claimed, unchecked; null where there is none of that name. */
  readonly site: unknown;
  /**
   * Makes sure that the claim holds: nobody else can have it before its time is over, so a young renewal is enough.
   * For a removal it is under five seconds old. @throws MailError `site-busy`
   */
  confirm(use?: 'removal'): Promise<void>;
  /** An answer came under the claim: it holds. */
  renewed(since: number): void;
  /** @throws MailError `site-busy` once the claim is known to be lost, or was let go */
  assertHeld(): void;
  /** The claim is known to be lost. @returns the error of it */
  lose(): MailError;
  release(): Promise<void>;
}

/** Where claims are made. */
export interface Claiming {
  readonly client: BackendClient;
  readonly description: string;
  /** The folder of this computer’s files for this backend. */
  readonly folder: string;
  /** Takes this computer’s lock of a key. */
  lock(key: string, what: string, options: LockOptions): Promise<HeldLock>;
  /** Milliseconds, of a clock that goes on while the computer sleeps. */
  now(): number;
}

/** @throws MailError `site-busy` that names the holder, `interrupted`; of the client; `storage` */
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
    // There is no such site, and so nothing to claim: this computer’s lock is all that is held.
    if (reply.status === 404) return withoutSite();
    if (reply.status === 412) throw notAsPromised(description, 'a claim', 'HTTP 412');
    const { claim, seconds, site } = answerOf(wireClaim, reply, 'a claim', description);
    await writeFileDurably(kept, claim).catch(async (error) => {
      // Nothing here would remember its id to end it, and it would block the site until it ends by time.
      await end(claim).catch(() => undefined);
      throw error;
    });
    return claimOf(claim, seconds, site, since);
  } catch (error) {
    await held.release();
    throw error;
  }

  /** This computer’s lock is ours: the run that kept a claim’s id next to it has ended. */
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
      // One at a time, also where each takes longer than that.
      if (isLost || isRenewing) return;
      isRenewing = true;
      // What fails here is tried again in its time; what is lost is told by the next change.
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
          // It ends by time; the next run on this computer ends it sooner.
        }
        await held.release();
      },
    };
  }
}
