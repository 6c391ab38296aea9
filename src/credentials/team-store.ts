/**
 * The credential store of a team: each secret is sealed to the age recipients of all members, in a database that they
 * share. With the database alone nobody can open anything; each member's identity is in their own keychain.
 */

import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { MailError } from '../errors.js';
import { commandLine } from '../text/command-line.js';
import type { CredentialStore, Fence } from './credential-store.js';
import type { KeychainStore } from './keychain.js';
import { isRecipient, sealTo } from './seal.js';
import type { Place, Recipient, SealedRow, Team, TeamSecrets } from './team-secrets.js';

/** The identity's place in a person's keychain. No site's key begins with @. */
const IDENTITY = ['@team', 'identity'] as const;
/** The dummy entry of `prove`. No site's key begins with @. */
const DUMMY = { siteKey: '@team test', slot: 'dummy', secret: 'dummy' } as const;

/** Secrets re-encrypted at a time: few enough that nobody who stores one has to wait. */
const PORTION = 50;

/** Called with how many secrets have been re-encrypted after a change of the team. */
export type OnSealed = (done: number, total: number) => void;

/** What the store is opened with. */
export interface TeamOptions {
  readonly secrets: TeamSecrets;
  /** This person's own, under the name of this database. */
  readonly keychain: KeychainStore;
  /** Who this is, for others to read: an account and a computer. */
  readonly me: string;
  /** For a run that must change nothing. */
  readonly readOnly: boolean;
  /** Called with what the person should know. */
  readonly onNote: (line: string) => void;
}

/** What the keys of stored secrets stand for. */
interface Owners {
  /** The keys of sites, in order. */
  readonly sites: readonly string[];
  /** The addresses of service accounts, whose keys are stored once for all their sites. */
  readonly serviceAccounts: readonly string[];
}

/** The result of removing somebody from a team; the owners are those whose secrets they may have seen. */
interface Removal extends Owners {
  /** False if nobody of that name was there, and only an interrupted change was finished. */
  readonly isRemoved: boolean;
}

/** The members of a team. */
export interface TeamPeople {
  /** The members, and which of them this person is; null if none. */
  list(): Promise<{
    readonly recipients: readonly Recipient[];
    readonly own: string | null;
    /** How many secrets are still sealed for an earlier team: a change was not finished. */
    readonly left: number;
  }>;
  /**
   * Adds somebody, then re-encrypts everything, in portions; if that was stopped, the same call carries on.
   *
   * @throws MailError `invalid-settings`; `storage` if a secret can't be opened: all others are sealed then
   */
  add(name: string, recipient: string, onSealed?: OnSealed): Promise<void>;
  /** Removes somebody, then re-encrypts as `add` does. */
  remove(name: string, onSealed?: OnSealed): Promise<Removal>;
  /**
   * Starts a new team of this person alone, for when nobody in the old one can open the secrets: they are deleted.
   *
   * @returns whose secrets are gone @throws MailError `usage` for a member
   */
  reset(): Promise<Owners>;
}

/** The store, and the team behind it. */
export type TeamStore = CredentialStore & TeamPeople;

/** Opens the store. Nothing is read or created before the first call. */
export function openTeam({ secrets, keychain, me, readOnly, onNote }: TeamOptions): TeamStore {
  let opening: Promise<string | null> | null = null;
  let known: Promise<Team> | null = null;

  /** This person's identity; created if there is none, unless nothing may change. */
  function identity(): Promise<string | null> {
    opening ??= (async () => {
      const found = await keychain.get(...IDENTITY);
      if (found !== null || readOnly) return found;
      // Only one of several concurrent runs creates it: what was sealed for any other could never be opened.
      return secrets.alone(async () => {
        const other = await keychain.get(...IDENTITY);
        if (other !== null) return other;
        const made = await generateIdentity();
        await keychain.set(...IDENTITY, made);
        return made;
      });
    })();
    opening.catch(() => {
      opening = null;
    });
    return opening;
  }

  async function ownRecipient(): Promise<string | null> {
    const own = await identity();
    return own === null ? null : identityToRecipient(own);
  }

  /** The team, with this person in it: whoever uses it first becomes its first member. */
  async function joined(isFresh = false): Promise<{ readonly team: Team; readonly own: string }> {
    const isKnown = !isFresh && known !== null;
    if (isFresh) known = null;
    known ??= secrets.team();
    known.catch(() => {
      known = null;
    });
    const team = await known;
    const recipient = await ownRecipient();
    const own = await identity();
    if (own !== null && team.recipients.some((one) => one.recipient === recipient)) {
      return { team, own };
    }
    // Somebody may have added this person since.
    if (isKnown) return joined(true);
    if (team.recipients.length > 0 || own === null || recipient === null) {
      throw notInTeam(recipient);
    }
    const first = { name: me, recipient, addedAt: new Date().toISOString(), addedBy: me };
    // The team as it would be: nothing may change here.
    if (readOnly) return { team: { ...team, recipients: [first] }, own };
    // Secrets that nobody in the list can open would be lost for good if a new team began over them.
    const [orphan] = await secrets.places();
    if (orphan !== undefined) {
      const isAsItWas = (await secrets.team()).generation === team.generation;
      if (isAsItWas) throw damaged(orphan.siteKey, orphan.slot);
      return joined(true);
    }
    if (await secrets.change(team.generation, [first])) {
      onNote(
        `You are the first of the team, as "${me}": only you can open its secrets so far. Others join with: writeupp-mail team add NAME RECIPIENT`,
      );
    }
    return joined(true);
  }

  async function read(siteKey: string, slot: string): Promise<string | null> {
    const sealed = await secrets.read(siteKey, slot);
    if (sealed === null) return null;
    const { own } = await joined();
    return open({ siteKey, slot, sealed }, own);
  }

  async function store(
    siteKey: string,
    slot: string,
    secret: string,
    fence?: Fence,
  ): Promise<void> {
    for (let isFresh = false; ; isFresh = true) {
      const { team } = await joined(isFresh);
      const sealed = await seal({ siteKey, slot, secret }, team.recipients);
      // If the team was changed meanwhile, it is sealed again: for those who were added, and not for those who were
      // removed.
      if (await secrets.write({ siteKey, slot, sealed }, team.generation, fence)) break;
    }
    if ((await read(siteKey, slot)) !== secret && siteKey !== DUMMY.siteKey) {
      throw damaged(siteKey, slot);
    }
  }

  async function open({ siteKey, slot, sealed }: SealedRow, own: string): Promise<string> {
    const decrypter = new Decrypter();
    decrypter.addIdentity(own);
    let content: { version?: unknown; siteKey?: unknown; slot?: unknown; secret?: unknown } | null;
    try {
      content = JSON.parse(await decrypter.decrypt(sealed, 'text'));
    } catch {
      throw damaged(siteKey, slot);
    }
    const { version, secret } = content ?? {};
    // Its place is sealed with it, so that one site's secret is not taken for another's if rows are mixed up.
    const isOfThisPlace = content?.siteKey === siteKey && content.slot === slot;
    if (version !== 1 || typeof secret !== 'string' || !isOfThisPlace) {
      throw damaged(siteKey, slot);
    }
    return secret;
  }

  /** Changes the team, unless it is already as it should be, and then re-encrypts the secrets. */
  async function changeTeam(
    next: (now: readonly Recipient[]) => readonly Recipient[],
    onSealed: OnSealed,
  ): Promise<void> {
    for (;;) {
      const { team, own } = await joined(true);
      const recipients = next(team.recipients);
      const isMade = recipients === team.recipients;
      if (!isMade) requireUsable(recipients);
      if (isMade || (await secrets.change(team.generation, recipients))) {
        return reEncrypt(own, onSealed);
      }
    }
  }

  /**
   * Re-encrypts what is sealed for an earlier team. Anyone who stores a secret meanwhile seals it for the team as it is
   * then; neither waits for the other.
   *
   * @param own the identity of somebody who was in the team before the change, which may have removed them
   */
  async function reEncrypt(own: string, onSealed: OnSealed): Promise<void> {
    known = null;
    const team = await secrets.team();
    // Encrypted for nobody, the secrets would be lost.
    if (team.recipients.length === 0) throw notInTeam(await ownRecipient());
    const left = await unsealed();
    const unopened: Place[] = [];
    for (let done = 0; done < left.length; done += PORTION) {
      const rows: (SealedRow & { before: Uint8Array })[] = [];
      for (const { siteKey, slot } of left.slice(done, done + PORTION)) {
        const before = await secrets.read(siteKey, slot);
        if (before === null) continue;
        const secret = await open({ siteKey, slot, sealed: before }, own).catch(() => null);
        if (secret === null) unopened.push({ siteKey, slot });
        else {
          const sealed = await seal({ siteKey, slot, secret }, team.recipients);
          rows.push({ siteKey, slot, before, sealed });
        }
      }
      // The team was changed again meanwhile: what is left is sealed for the team as it is now.
      if (!(await secrets.reseal(rows, team.generation))) return reEncrypt(own, onSealed);
      onSealed(Math.min(done + PORTION, left.length), left.length);
    }
    if (unopened.length > 0) throw notSealed(unopened);
  }

  async function unsealed(): Promise<readonly Place[]> {
    return (await secrets.places()).filter(({ isSealed }) => !isSealed);
  }

  return {
    kind: 'team',
    description: `the team’s secrets in ${secrets.description}`,
    get: read,
    set: store,
    delete: (siteKey, slot, fence) => secrets.delete(siteKey, slot, fence),
    async prove() {
      await joined();
      if (readOnly) return;
      await store(DUMMY.siteKey, DUMMY.slot, DUMMY.secret);
      await secrets.delete(DUMMY.siteKey, DUMMY.slot, undefined);
    },
    async list() {
      const { recipients } = await secrets.team();
      return { recipients, own: await ownRecipient(), left: (await unsealed()).length };
    },
    async add(name, recipient, onSealed = () => undefined) {
      await requireRecipient(recipient);
      const added = { name, recipient, addedAt: new Date().toISOString(), addedBy: me };
      // Left by a run that was stopped: the person is in the team, but not all secrets have been re-encrypted.
      const isUnfinished = (await unsealed()).length > 0;
      await changeTeam((now) => {
        const same = now.find((one) => one.name === name || one.recipient === recipient);
        if (same === undefined) return [...now, added];
        // The answer to the change may have been lost: then it has already been made.
        const isMade = same.addedAt === added.addedAt || isUnfinished;
        if (isMade && same.name === name && same.recipient === recipient) return now;
        throw inTeamAlready(same);
      }, onSealed);
    },
    async remove(name, onSealed = () => undefined) {
      const isUnfinished = (await unsealed()).length > 0;
      let isRemoved = false;
      await changeTeam((now) => {
        const rest = now.filter((one) => one.name !== name);
        if (rest.length === now.length && !isRemoved && !isUnfinished) throw notOfTeam(name, now);
        if (rest.length === now.length) return now;
        isRemoved = true;
        if (rest.length === 0) throw lastOfTeam(name);
        return rest;
      }, onSealed);
      return { isRemoved, ...ownersOf((await secrets.places()).map(({ siteKey }) => siteKey)) };
    },
    async reset() {
      for (;;) {
        const { generation, recipients } = await secrets.team();
        const recipient = await ownRecipient();
        if (recipient === null) throw notInTeam(recipient);
        if (recipients.some((one) => one.recipient === recipient)) throw canOpen();
        const addedAt = new Date().toISOString();
        const lost = await secrets.reset(generation, { name: me, recipient, addedAt, addedBy: me });
        known = null;
        if (lost !== null) return ownersOf(lost);
      }
    },
    close: () => keychain.close(),
  };
}

/** No site's key begins with @; a key that does is a service account's address, or a dummy entry. */
function ownersOf(keys: readonly string[]): Owners {
  const each = [...new Set(keys)].sort();
  return {
    sites: each.filter((key) => !key.startsWith('@')),
    serviceAccounts: each.flatMap((key) => /^@([^@]+@.+)$/.exec(key)?.[1] ?? []),
  };
}

async function seal(
  content: { readonly siteKey: string; readonly slot: string; readonly secret: string },
  recipients: readonly Recipient[],
): Promise<Uint8Array> {
  requireUsable(recipients);
  const all = recipients.map(({ recipient }) => recipient);
  return sealTo(all, JSON.stringify({ version: 1, ...content }));
}

/** @throws MailError `storage` if the list contains something that is not a recipient */
function requireUsable(recipients: readonly Recipient[]): void {
  const bad = recipients.find(({ recipient }) => !isRecipient(recipient));
  if (bad !== undefined) throw unusable(bad.name);
}

async function requireRecipient(recipient: string): Promise<void> {
  if (isRecipient(recipient)) return;
  throw new MailError(
    'invalid-settings',
    'This is not a recipient.',
    'It begins with age1. The person who is to be added finds theirs with: writeupp-mail team list',
  );
}

function unusable(name: string): MailError {
  return new MailError(
    'storage',
    `The team’s list has "${name}" in it with a recipient that can’t be used, so no secret can be stored.`,
    `Take that entry out: ${commandLine('team remove', name)}\nThen add the person again with what writeupp-mail team list says on their computer.`,
  );
}

function notInTeam(recipient: string | null): MailError {
  return new MailError(
    'invalid-settings',
    'You are not in the team yet, so its secrets can’t be opened or stored from here.',
    recipient === null
      ? 'Run writeupp-mail team list first: it shows your recipient.'
      : `Ask somebody who is in the team to run: writeupp-mail team add NAME ${recipient}\nIf everyone who could open them has lost their keychain, start a new team: writeupp-mail team reset`,
  );
}

/** The error for a reset by a member. */
export function canOpen(): MailError {
  return new MailError(
    'usage',
    'You are in the team and can open its secrets, so nothing was reset.',
    'To take somebody out of the team: writeupp-mail team remove NAME',
  );
}

function inTeamAlready({ name, recipient }: Recipient): MailError {
  return new MailError(
    'invalid-settings',
    `"${name}" is in the team already, with the recipient ${recipient}.`,
    'See who is in it: writeupp-mail team list',
  );
}

function notOfTeam(name: string, team: readonly Recipient[]): MailError {
  return new MailError(
    'invalid-settings',
    `Nobody named "${name}" is in the team.`,
    `In the team: ${team.map((one) => one.name).join(', ')}`,
  );
}

function lastOfTeam(name: string): MailError {
  return new MailError(
    'invalid-settings',
    `"${name}" is the last of the team: nobody could open its secrets any more.`,
    'Add somebody else first: writeupp-mail team add NAME RECIPIENT',
  );
}

function notSealed(places: readonly Place[]): MailError {
  const shown = places.slice(0, 5).map(({ siteKey, slot }) => `"${slot}" of "${siteKey}"`);
  const more = places.length > shown.length ? ` and ${places.length - shown.length} more` : '';
  return new MailError(
    'storage',
    `The team was changed, and these of its secrets can’t be opened: ${shown.join(', ')}${more}. They were left as they were; all others are sealed for the team as it is now.`,
    'Ask somebody who was in the team before you to run the same command again.\nIf nobody can open them, store the password or sign in with Google again.',
  );
}

function damaged(siteKey: string, slot: string): MailError {
  return new MailError(
    'storage',
    `The secret "${slot}" of "${siteKey}" in the team’s secrets can’t be opened: it is damaged, or was sealed for other people. It was left as it is.`,
    'Ask somebody who was in the team before you to run: writeupp-mail team list\nIf nobody can open it, store the password or sign in with Google again.',
  );
}
