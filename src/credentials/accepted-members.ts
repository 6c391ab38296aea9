/**
 * The members of a team whom this computer has accepted. Anyone who may write to the database can add themselves to the
 * team's list, so secrets are sealed only for those whom a person here has accepted.
 */

import { join } from 'node:path';
import * as v from 'valibot';
import { MailError } from '../errors.js';
import { readPrivateFile, writeFileDurably } from '../storage/durable-file.js';
import { commandLine } from '../text/command-line.js';
import { parseJson } from '../text/json.js';
import {
  isAmong,
  type Member,
  newTo,
  type Recipient,
  type Team,
  type TeamSecrets,
} from './team-secrets.js';

/** The members who were accepted last; null if this computer has never looked. */
export interface AcceptedMembers {
  read(): Promise<readonly Member[] | null>;
  write(members: readonly Member[]): Promise<void>;
}

/** What a guard needs besides the table. */
export interface GuardPorts {
  readonly accepted: AcceptedMembers;
  /** For a run that must change nothing. */
  readonly readOnly: boolean;
  readonly onNote: (line: string) => void;
}

/** What a person here says about the team's list. */
export interface Acceptance {
  /** Those whom nobody here has accepted yet. */
  newcomers(): Promise<readonly Recipient[]>;
  /** Accepts all who are in the list now. @returns those who were new */
  accept(): Promise<readonly Recipient[]>;
}

const fileSchema = v.strictObject({
  schemaVersion: v.literal(1),
  members: v.array(v.strictObject({ name: v.string(), recipient: v.string() })),
});

/** @param id of the store that the team belongs to */
export function acceptedIn(home: string, id: string): AcceptedMembers {
  const path = join(home, 'team', `${id}.json`);
  return {
    async read() {
      const text = await readPrivateFile(path);
      if (text === null) return null;
      const parsed = v.safeParse(fileSchema, parseJson(text));
      if (!parsed.success) throw damaged(path);
      return parsed.output.members;
    },
    async write(members) {
      const file = {
        schemaVersion: 1,
        members: members.map(({ name, recipient }) => ({ name, recipient })),
      };
      await writeFileDurably(path, `${JSON.stringify(file, null, 2)}\n`);
    },
  };
}

/**
 * The table of secrets, guarded: nothing is sealed for people whom nobody here has accepted. Reading and deleting still
 * work.
 */
export function guarded(secrets: TeamSecrets, ports: GuardPorts): TeamSecrets & Acceptance {
  const { accepted, readOnly, onNote } = ports;
  let seen: Team | null = null;

  async function team(): Promise<Team> {
    seen = await secrets.team();
    return seen;
  }

  /**
   * Also forgets those who are gone, so that nobody comes back unannounced.
   *
   * @returns whom this computer has accepted now; null if it has still not looked
   */
  async function requireAccepted(
    members: readonly Recipient[],
    refusal = notAccepted,
  ): Promise<readonly Member[] | null> {
    const known = await accepted.read();
    const newcomers = strangers(known, members);
    if (newcomers.length > 0) throw refusal(newcomers);
    if (readOnly || members.length === 0 || known?.length === members.length) return known;
    await accepted.write(members);
    if (known === null) {
      const names = members.map(({ name }) => name).join(', ');
      onNote(
        `From now on this computer recognises as the team: ${names}. You will be asked before anything is encrypted for anyone else.`,
      );
    }
    return members;
  }

  /** Called before a change that adds them, so that this computer knows them even if the run ends halfway. */
  async function acceptToo(
    known: readonly Member[] | null,
    added: readonly Recipient[],
  ): Promise<readonly Member[]> {
    const both = [...(known ?? []), ...newTo(known ?? [], added)];
    // A computer that has never looked accepts the whole list when it does.
    if (known !== null && both.length > known.length) await accepted.write(both);
    return both;
  }

  /** Whether this very change has put them into the team: its answer may have been lost. */
  async function isMade(added: readonly Recipient[]): Promise<boolean> {
    if (added.length === 0) return false;
    const { recipients } = await team();
    return added.every(({ recipient, addedAt }) =>
      recipients.some((one) => one.recipient === recipient && one.addedAt === addedAt),
    );
  }

  return {
    ...secrets,
    team,
    async write(row, generation, fence) {
      await requireAccepted((seen ?? (await team())).recipients);
      return secrets.write(row, generation, fence);
    },
    async reseal(rows, generation) {
      await requireAccepted((seen ?? (await team())).recipients, notAcceptedAfterChange);
      return secrets.reseal(rows, generation);
    },
    async change(generation, recipients) {
      const before = (seen ?? (await team())).recipients;
      // Those whom this very command adds need no further confirmation.
      const kept = recipients.filter((one) => isAmong(before, one));
      const added = newTo(before, recipients);
      const found = await accepted.read();
      // If nobody is added, nobody gains anything: one stranger must not keep another on the list.
      const isChecked = added.length > 0 || found === null;
      const known = await acceptToo(isChecked ? await requireAccepted(kept) : found, added);
      const isDone = (await secrets.change(generation, recipients)) || (await isMade(added));
      if (isDone) await accepted.write(recipients.filter((one) => isAmong(known, one)));
      return isDone;
    },
    async reset(generation, first) {
      await acceptToo(await accepted.read(), [first]);
      const places = await secrets.places();
      const lost =
        (await secrets.reset(generation, first)) ??
        ((await isMade([first])) ? places.map(({ siteKey }) => siteKey) : null);
      if (lost !== null) await accepted.write([first]);
      return lost;
    },
    async newcomers() {
      const { recipients } = await team();
      return strangers(await accepted.read(), recipients);
    },
    async accept() {
      const { recipients } = await team();
      const newcomers = strangers(await accepted.read(), recipients);
      if (newcomers.length > 0) await secrets.noteAccepted(newcomers);
      await accepted.write(recipients);
      return newcomers;
    },
  };
}

/** Those whom nobody here has accepted; none if this computer has not looked yet. */
function strangers(known: readonly Member[] | null, members: readonly Recipient[]) {
  return known === null ? [] : newTo(known, members);
}

function notAccepted(newcomers: readonly Recipient[]): MailError {
  return new MailError(
    'invalid-settings',
    `${unknown(newcomers)} Nothing was saved, because they could have opened it.`,
    `${ASK_OTHERS}\nIf they did: writeupp-mail team list --accept\n${ifNobodyDid(newcomers)}`,
  );
}

/** For when the list has already been changed, but the secrets are not yet re-encrypted for it. */
function notAcceptedAfterChange(newcomers: readonly Recipient[]): MailError {
  return new MailError(
    'invalid-settings',
    `${unknown(newcomers)} The team’s list was changed, but its secrets are not yet re-encrypted, because they could have opened them.`,
    `${ASK_OTHERS}\nIf they did, accept them, and then run the same command again. To accept them: writeupp-mail team list --accept\n${ifNobodyDid(newcomers)}`,
  );
}

const ASK_OTHERS =
  'Ask the others of the team, by telephone or in person, whether they added them.';

function unknown(newcomers: readonly Recipient[]): string {
  const shown = newcomers.map(
    ({ name, recipient, addedAt, addedBy }) =>
      `"${name}" (${recipient}), added ${addedAt.slice(0, 10)} by ${addedBy}`,
  );
  return `Someone on the team’s list is unknown to this computer: ${shown.join('; ')}.`;
}

function ifNobodyDid([first]: readonly Recipient[]): string {
  return `If nobody did, have the password of the database changed, and run: ${commandLine('team remove', first?.name ?? '')}`;
}

function damaged(path: string): MailError {
  return new MailError(
    'storage',
    `${path} is damaged, or of a newer version of writeupp-mail. It says whom this computer has accepted in the team.`,
    'It was left as it is. Update writeupp-mail; or, if you know everyone in the team, move the file away.\nTo see who is in the team: writeupp-mail team list',
  );
}
