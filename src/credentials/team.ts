/**
 * The credential store of a team: each secret sealed to the age recipients of all its people, in a database that
 * they share. Whoever has the database alone can open nothing; each person's identity is in their own keychain.
 */

import { Decrypter, Encrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { MailError } from '../errors.js';
import type { CredentialStore } from './credential-store.js';
import type { KeychainStore } from './keychain.js';
import type { Recipient, SealedRow, Team, TeamSecrets } from './team-secrets.js';

/** The identity's place in a person's keychain. No site's key begins with @. */
const IDENTITY = ['@team', 'identity'] as const;
/** The dummy entry of `prove`. No site has this key: it has a space. */
const DUMMY = { siteKey: 'team test', slot: 'dummy', secret: 'dummy' } as const;

/** What the store is opened with. */
export interface TeamOptions {
  readonly secrets: TeamSecrets;
  /** This person's own, under the name of this database. */
  readonly keychain: KeychainStore;
  /** Who this is, for others to read: an account and a computer. */
  readonly me: string;
  /** For a run that must change nothing. */
  readonly readOnly: boolean;
  /** Hears of something that the person should know. */
  readonly onNote: (line: string) => void;
}

/** The people of a team. */
export interface TeamPeople {
  /** The people, and which of them this one is; null if none. */
  list(): Promise<{ readonly recipients: readonly Recipient[]; readonly own: string | null }>;
  /** Seals everything anew, for one more. @throws MailError `invalid-settings` */
  add(name: string, recipient: string): Promise<void>;
  /** Seals everything anew, without one. @returns the keys of sites whose secrets they may have seen */
  remove(name: string): Promise<readonly string[]>;
}

/** The store, and the team behind it. */
export type TeamStore = CredentialStore & TeamPeople;

/** Opens it. Nothing is read or made before the first call. */
export function openTeam({ secrets, keychain, me, readOnly, onNote }: TeamOptions): TeamStore {
  let opening: Promise<string | null> | null = null;
  let known: Promise<Team> | null = null;

  /** This person's identity; made where there is none, unless nothing may change. */
  function identity(): Promise<string | null> {
    opening ??= (async () => {
      const found = await keychain.get(...IDENTITY);
      if (found !== null || readOnly) return found;
      // Of several runs at once one makes it: what was sealed for another one could never be opened.
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

  /** The team, with this person in it: its first member is who uses it first. */
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
    if (team.recipients.length > 0 || recipient === null) throw notInTeam(recipient);
    const first = { name: me, recipient, addedAt: new Date().toISOString(), addedBy: me };
    const isMine = await secrets.change(team.generation, [first], refuseOrphan);
    if (isMine !== null) {
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

  async function store(siteKey: string, slot: string, secret: string): Promise<void> {
    for (let isFresh = false; ; isFresh = true) {
      const { team } = await joined(isFresh);
      const sealed = await seal({ siteKey, slot, secret }, team.recipients);
      // Where the team was changed meanwhile, it is sealed again: for somebody more, or for nobody who was removed.
      if (await secrets.write({ siteKey, slot, sealed }, team.generation)) break;
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
    // Its own place is sealed with it: one site's secret is not taken for another's when rows are mixed up.
    const isOfThisPlace = content?.siteKey === siteKey && content.slot === slot;
    if (version !== 1 || typeof secret !== 'string' || !isOfThisPlace) {
      throw damaged(siteKey, slot);
    }
    return secret;
  }

  /** Changes the team; the secrets are opened and sealed again as part of the same change. */
  async function changeTeam(next: (now: readonly Recipient[]) => readonly Recipient[]) {
    for (;;) {
      const { team, own } = await joined(true);
      const recipients = next(team.recipients);
      const places = await secrets.change(team.generation, recipients, async (row) => {
        const secret = await open(row, own);
        return seal({ siteKey: row.siteKey, slot: row.slot, secret }, recipients);
      });
      known = null;
      if (places !== null) return places;
    }
  }

  return {
    kind: 'team',
    description: `the team’s secrets in ${secrets.description}`,
    get: read,
    set: store,
    delete: (siteKey, slot) => secrets.delete(siteKey, slot),
    async prove() {
      await joined();
      if (readOnly) return;
      await store(DUMMY.siteKey, DUMMY.slot, DUMMY.secret);
      await secrets.delete(DUMMY.siteKey, DUMMY.slot);
    },
    async list() {
      const { recipients } = await secrets.team();
      return { recipients, own: await ownRecipient() };
    },
    async add(name, recipient) {
      await requireRecipient(recipient);
      const added = { name, recipient, addedAt: new Date().toISOString(), addedBy: me };
      await changeTeam((now) => {
        // The answer to the change may have been lost: then it is made already.
        if (now.some((one) => one.name === name && one.addedAt === added.addedAt)) return now;
        const same = now.find((one) => one.name === name || one.recipient === recipient);
        if (same !== undefined) throw inTeamAlready(same);
        return [...now, added];
      });
    },
    async remove(name) {
      let isTried = false;
      const places = await changeTeam((now) => {
        const rest = now.filter((one) => one.name !== name);
        if (rest.length === now.length && !isTried) throw notOfTeam(name, now);
        isTried = true;
        if (rest.length === 0) throw lastOfTeam(name);
        return rest;
      });
      return [...new Set(places.map(({ siteKey }) => siteKey))].sort();
    },
    close: () => keychain.close(),
  };
}

async function seal(
  content: { readonly siteKey: string; readonly slot: string; readonly secret: string },
  recipients: readonly Recipient[],
): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  for (const { recipient } of recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(JSON.stringify({ version: 1, ...content }));
}

/** Secrets without anybody who can open them: sealing them for somebody new would lose them for good. */
async function refuseOrphan({ siteKey, slot }: SealedRow): Promise<Uint8Array> {
  throw damaged(siteKey, slot);
}

async function requireRecipient(recipient: string): Promise<void> {
  try {
    new Encrypter().addRecipient(recipient);
  } catch {
    throw new MailError(
      'invalid-settings',
      'This is not a recipient.',
      'It begins with age1. The person who is to be added finds theirs with: writeupp-mail team list',
    );
  }
}

function notInTeam(recipient: string | null): MailError {
  return new MailError(
    'invalid-settings',
    'You are not in the team yet, so its secrets can’t be opened or stored from here.',
    recipient === null
      ? 'Run writeupp-mail team list first: it tells your recipient.'
      : `Ask somebody who is in the team to run: writeupp-mail team add NAME ${recipient}`,
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

function damaged(siteKey: string, slot: string): MailError {
  return new MailError(
    'storage',
    `The secret "${slot}" of "${siteKey}" in the team’s secrets can’t be opened: it is damaged, or was sealed for other people. It was left as it is.`,
    'Ask somebody who was in the team before you to run: writeupp-mail team list\nIf nobody can open it, store the password or sign in with Google again.',
  );
}
