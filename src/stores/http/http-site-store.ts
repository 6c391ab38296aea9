/** The settings of sites in WriteUpp itself, behind a backend that offers docs/store-api.md. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import type { MailError } from '../../errors.js';
import type { Applied, Change } from '../../sites/change.js';
import { requireStorable } from '../../sites/record.js';
import type { Site } from '../../sites/site.js';
import type { HistoryEvent } from '../../sites/site-history.js';
import { isSiteName, siteKey } from '../../sites/site-name.js';
import {
  accountKey,
  type LeftToDo,
  type SiteClaim,
  type SiteStore,
} from '../../sites/site-store.js';
import { requireFitting } from '../../sites/warrant.js';
import type { HeldLock, LockOptions } from '../../storage/lock.js';
import { eventOf } from '../history-line.js';
import { siteOrFault } from '../own-settings.js';
import {
  changedMeanwhile,
  damagedSite,
  notAsPromised,
  notHandedOver,
  notHere,
  notOpened,
  otherClient,
  otherSite,
  problemOf,
  refusalError,
  removedThere,
} from './backend-error.js';
import { answerOf, type BackendClient, type HttpReply } from './client.js';
import { changedHere, onlyOf, openLocalSites } from './local.js';
import {
  type ChangeRequest,
  isNothing,
  joined,
  nameIn,
  nextPage,
  requestOf,
  requireSameSmtp,
} from './requests.js';
import { type BackendClaim, type Claiming, claimAtBackend } from './timed-claims.js';
import {
  describeIssue,
  type StoreFacts,
  type WireSite,
  wireCount,
  wireHistory,
  wirePage,
  wireSite,
} from './wire.js';

/** A backend, and what this computer knows of it. */
export interface HttpOptions {
  readonly client: BackendClient;
  readonly description: string;
  readonly facts: StoreFacts;
  /** The settings folder, for what this computer alone knows of the sites. */
  readonly home: string;
  /** For how long an answer is used again within one run, in milliseconds. */
  readonly readAgeMs?: number;
  readonly now?: () => number;
}

/** Google’s name of the permission to send. */
const SEND_SCOPE = 'https://www.googleapis.com/auth/gmail.send';
const NO_NAME = 'its name is not the name of a site';
const PAGE = 500;
const READ_AGE_MS = 2_000;
/** A site from a listing may be this many times older, for one read. */
const LISTED_FACTOR = 30;

/** A run that holds a site reads its own writes; a change based on anything older is refused by its entity tag. */
const CLAIMED_FACTOR = 10;

/** Changes that concern this computer alone: the backend is not asked. */
const CHANGES_HERE: ReadonlySet<Change['kind']> = new Set([
  'keep-secrets-in',
  'keys-to-forget',
  'use',
]);

/**
 * A clock that keeps going while the computer sleeps, and that nobody can set back: it advances by whatever either
 * clock has advanced since it was last read. One may stand still during sleep, the other may be set.
 */
function steadyClock(): () => number {
  let [steady, monotonic, wall] = [0, performance.now(), Date.now()];
  return () => {
    const [nowMonotonic, nowWall] = [performance.now(), Date.now()];
    steady += Math.max(nowMonotonic - monotonic, nowWall - wall);
    [monotonic, wall] = [nowMonotonic, nowWall];
    return steady;
  };
}

/** What a backend answered about a site, and when. */
interface Known {
  readonly value: unknown;
  readonly at: number;
  /** From a listing. */
  readonly isListed?: boolean;
}

export function openHttpSiteStore(options: HttpOptions): SiteStore {
  const { client, description, facts, home, readAgeMs = READ_AGE_MS } = options;
  const now = options.now ?? steadyClock();
  const folder = join(home, 'local', facts.id);
  const local = openLocalSites(folder);
  /** The latest answers in this run, by site key. */
  const known = new Map<string, Known>();
  const left = new Map<string, readonly LeftToDo[]>();
  const pathOf = (name: string) => `/v1/sites/${encodeURIComponent(siteKey(name))}`;
  const storeHash = createHash('sha256').update(facts.id).digest('hex').slice(0, 8);
  const lock = async (key: string, what: string, own: LockOptions): Promise<HeldLock> => {
    const { takeLock } = await import('../../storage/lock.js');
    return takeLock(join(home, 'locks', `@${storeHash}-${key}.lock`), what, own);
  };
  const claiming: Claiming = { client, description, folder, lock, now };

  /** The site in an answer, joined with what is known of it here. @throws MailError `storage` if it can't be used */
  async function siteOf(value: unknown, name: string): Promise<Site> {
    const wire = wireOf(value, name);
    left.set(siteKey(name), wire.leftToDo);
    return joined(wire, await local.read(name));
  }

  function wireOf(value: unknown, name: string): WireSite {
    const parsed = v.safeParse(wireSite, value);
    if (!parsed.success)
      throw damagedSite(siteKey(name), description, describeIssue(parsed.issues[0]));
    if (siteKey(parsed.output.name) !== siteKey(name)) {
      throw otherSite(siteKey(name), description, parsed.output.name);
    }
    return parsed.output;
  }

  function remember(name: string, value: unknown, isListed = false): void {
    known.set(siteKey(name), { value, at: now(), isListed });
  }

  /** An answer from a moment ago will do: one command reads a site several times. */
  function remembered(name: string): unknown {
    const found = known.get(siteKey(name));
    if (found === undefined) return undefined;
    // Only once: after that, it ages like any other answer.
    known.set(siteKey(name), { ...found, isListed: false });
    const limit = found.isListed === true ? readAgeMs * LISTED_FACTOR : readAgeMs;
    return now() - found.at < limit ? found.value : undefined;
  }

  async function fetchSite(name: string): Promise<unknown> {
    const reply = await client.get(pathOf(name));
    const value = reply.status === 404 ? null : jsonOf(reply, 'a site');
    remember(name, value);
    return value;
  }

  function jsonOf(reply: HttpReply, what: string): unknown {
    return answerOf(v.unknown(), reply, what, description);
  }

  async function read(name: string): Promise<Site | null> {
    const value = remembered(name) ?? (await fetchSite(name));
    if (value === null) return null;
    try {
      return await siteOf(value, name);
    } catch (error) {
      // The next answer may be a better one.
      known.delete(siteKey(name));
      throw error;
    }
  }

  /** The pages of a list, one after another. @param mayBeMissing whether it is all right if there is no such list */
  async function* pages<T extends v.GenericSchema>(
    first: string,
    schema: T,
    what: string,
    mayBeMissing = false,
  ): AsyncGenerator<v.InferOutput<T>> {
    const asked = new Set<string>();
    for (let path: string | null = first; path !== null; ) {
      if (asked.has(path)) throw notAsPromised(description, what, 'its pages go round in a circle');
      asked.add(path);
      const reply = await client.get(path);
      if (reply.status === 404 && mayBeMissing && path === first) return;
      if (reply.status === 404) throw refusalError(reply, description);
      yield answerOf(schema, reply, what, description);
      path = nextPage(reply, path, description);
    }
  }

  /** Every site, by name, unchecked. */
  async function* listed(): AsyncGenerator<{ readonly name: string; readonly value: unknown }> {
    for await (const { sites } of pages(`/v1/sites?limit=${PAGE}`, wirePage, 'the sites')) {
      for (const value of sites) {
        const name = nameIn(value);
        if (name === null) throw notAsPromised(description, 'the sites', 'one has no name');
        remember(name, value, true);
        yield { name, value };
      }
    }
  }

  async function* list(): AsyncGenerator<Site | MailError> {
    for await (const { name, value } of listed()) {
      yield await siteOrFault(() => siteOf(value, name), siteKey(name));
    }
  }

  async function* readHistory(site: string | null): AsyncGenerator<HistoryEvent> {
    const path = `${site === null ? '/v1' : pathOf(site)}/history?limit=${PAGE}`;
    for await (const { events } of pages(path, wireHistory, 'the history', site !== null)) {
      for (const value of events) {
        const event = eventOf(value);
        if (event !== null) yield event;
      }
    }
  }

  /** The permission, encrypted for the backend alone, and for this connection of this site alone. */
  async function sealedFor(change: Change, site: Site): Promise<string | undefined> {
    if (change.kind !== 'connect' || !facts.sendsItself) return undefined;
    const { recipient } = facts;
    const { connection, permission } = change;
    if (recipient === null || permission === undefined || connection.method !== 'oauth') {
      throw notHandedOver(description);
    }
    const { sealHandOver } = await import('../../credentials/hand-over.js');
    const { id, issuer, subject, clientId } = connection;
    return sealHandOver(recipient, {
      purpose: 'writeupp-mail: send email of a site',
      ...{ store: facts.id, site: siteKey(site.name), connection: id },
      ...{ issuer, subject, clientId, scope: SEND_SCOPE, at: new Date().toISOString() },
      refreshToken: permission,
    });
  }

  /** @throws MailError `store-refused` if WriteUpp sends email itself, but has not opened the permission */
  function requireOpened({ gmail }: WireSite): void {
    if (facts.sendsItself && gmail?.opened !== true) throw notOpened(description);
  }

  function claimOf(name: string, claim: BackendClaim): SiteClaim {
    const what = `The site "${name}"`;
    let current: Known | null = { value: claim.site, at: now() };

    async function latest(): Promise<Site | null> {
      if (
        current === null ||
        now() - current.at >= readAgeMs * CLAIMED_FACTOR ||
        claim.site === null
      ) {
        current = { value: await fetchSite(name), at: now() };
      }
      return current.value === null ? null : siteOf(current.value, name);
    }

    /** What this run last saw, however old: the entity tag says whether it is still current. */
    async function seen(): Promise<Site | null> {
      return current?.value == null ? latest() : siteOf(current.value, name);
    }

    /** @returns `changed` if somebody changed the site meanwhile: then nothing was done */
    async function ask(change: Change, request: ChangeRequest): Promise<'done' | 'changed'> {
      const before = wireOf(current?.value, name);
      const began = now();
      const ends = { claim: claim.id, ifMatch: before.etag };
      current = null;
      known.delete(siteKey(name));
      const reply = await client.write(request.path, { ...request.writing, ...ends });
      if (reply.status === 404) throw removedThere(name);
      if (reply.status === 412) return 'changed';
      if (reply.status === 409) {
        const isLost = problemOf(reply).type?.endsWith('claim-lost') === true;
        throw isLost ? claim.lose() : refusalError(reply, description);
      }
      claim.renewed(began);
      const value = jsonOf(reply, 'a change');
      if (change.kind === 'connect') requireOpened(wireOf(value, name));
      current = { value, at: now() };
      remember(name, value);
      return 'done';
    }

    /**
     * This computer's part is written before the backend is asked, since a secret may be stored already, and checked
     * afterwards.
     */
    async function apply(change: Change): Promise<Applied> {
      if (change.kind === 'add' || change.kind === 'arrive' || change.kind === 'remove') {
        claim.assertHeld();
        throw notHere();
      }
      // Under a claim that has ended, the backend itself refuses all other changes.
      if (change.kind === 'remove-smtp') await claim.confirm('removal');
      if (CHANGES_HERE.has(change.kind)) await claim.confirm();
      claim.assertHeld();
      const before = await (change.kind === 'settings' ? seen() : latest());
      if (before === null) throw removedThere(name);
      if (isNothing(change, before)) return { site: before, unwritten: null };
      if (change.kind === 'settings') {
        requireStorable({ ...before, ...change.settings });
        requireSameSmtp(change.settings, before);
      }
      if (change.kind === 'remove-smtp' && change.authority.kind === 'proven') {
        requireFitting(change.authority, before.gmail, claim.id, change.at);
        requireOpened(wireOf(current?.value, name));
      }
      const here = await local.read(name);
      const changed = changedHere(change, here, before);
      if (changed !== null) await local.write(name, changed);
      const sealed = await sealedFor(change, before);
      const request = requestOf(change, before, pathOf(before.name), sealed);
      if (request !== null) await askAgainIfChanged(change, request);
      const after = await latest();
      const kept = onlyOf(after, changed ?? here, change);
      if (JSON.stringify(kept) !== JSON.stringify(changed ?? here)) await local.write(name, kept);
      return { site: await latest(), unwritten: null };
    }

    /** A change made in WriteUpp meanwhile stops a removal; any other request is repeated on what is there now. */
    async function askAgainIfChanged(change: Change, request: ChangeRequest): Promise<void> {
      if ((await ask(change, request)) === 'done') return;
      if (change.kind === 'remove-smtp') throw changedMeanwhile(what);
      const site = await latest();
      if (site === null) throw removedThere(name);
      if (isNothing(change, site)) return;
      if ((await ask(change, request)) === 'changed') throw changedMeanwhile(what);
    }

    async function readHeld(): Promise<Site | null> {
      const site = await latest();
      if (site === null && claim.site !== null) throw removedThere(name);
      return site;
    }

    return {
      id: claim.id,
      confirm: () => claim.confirm(),
      read: readHeld,
      apply,
      release: () => claim.release(),
    };
  }

  /** For changes that concern this computer alone: its own lock is enough, and the backend is not asked. */
  async function claimHere(name: string, lockOptions: LockOptions): Promise<SiteClaim> {
    const held = await lock(siteKey(name), `The site "${name}"`, lockOptions);
    const value = known.get(siteKey(name))?.value;
    const readHere = async () => (value == null ? read(name) : siteOf(value, name));
    return {
      id: crypto.randomUUID(),
      confirm: async () => held.assertHeld(),
      read: readHere,
      async apply(change) {
        held.assertHeld();
        const site = await readHere();
        if (site === null) throw removedThere(name);
        if (isNothing(change, site)) return { site, unwritten: null };
        const changed = changedHere(change, await local.read(name), site);
        if (changed === null || requestOf(change, site, pathOf(site.name)) !== null) {
          throw new TypeError(`${change.kind} is no change of this computer alone`);
        }
        await local.write(name, changed);
        return { site: await readHere(), unwritten: null };
      },
      release: () => held.release(),
    };
  }

  return {
    id: facts.id,
    description,
    isShared: true,
    othersCanWrite: false,
    ...(facts.sendsItself
      ? {
          handsOver: {
            refusal(id) {
              if (id === null) return notHandedOver(description);
              const { clientIds } = facts;
              const isFit = clientIds.length === 0 || clientIds.includes(id);
              return isFit ? null : otherClient(description, clientIds);
            },
          },
        }
      : {}),
    hasSeveral: true,
    can: { addSites: false, setSmtp: false, readPassword: false, markDone: false },
    leftToDo: ({ name }) => left.get(siteKey(name)) ?? [],
    history: {
      read: readHistory,
      append: async () => {
        throw notHere();
      },
    },
    list,
    read,
    async names() {
      const names: string[] = [];
      for await (const { name } of listed()) names.push(siteKey(name));
      return names.sort();
    },
    async sharing(account) {
      const hash = createHash('sha256').update(accountKey(account)).digest('hex');
      const reply = await client.get(`/v1/accounts/${hash}/sites`);
      if (reply.status === 404) throw refusalError(reply, description);
      const { sites } = answerOf(wireCount, reply, 'an account', description);
      return { count: sites };
    },
    async claim(name, lockOptions) {
      // Its name becomes part of file names.
      if (!isSiteName(siteKey(name))) throw damagedSite(siteKey(name), description, NO_NAME);
      if (lockOptions.isLocal === true) return claimHere(name, lockOptions);
      return claimOf(name, await claimAtBackend(name, lockOptions, claiming));
    },
    // On this computer alone: whatever ends a permission counts the account’s sites right before, and again afterwards.
    async claimAccount(account, lockOptions) {
      const hash = createHash('sha256').update(accountKey(account)).digest('hex').slice(0, 32);
      const held = await lock(hash, 'The Google account', lockOptions);
      return { confirm: async () => held.assertHeld(), release: () => held.release() };
    },
  };
}
