/**
 * The changes that a site can go through: what each does to the record, and its line in the history. They are the only
 * way to change a record, so nothing can happen to one without the history knowing. Pure.
 */

import type { CredentialStoreKind } from '../credentials/credential-reader.js';
import { MailError } from '../errors.js';
import { type KeyOwner, keyOwner, ownerKey } from './key-owner.js';
import { type GmailConnection, type Site, shownSmtp, type TestMessage } from './site.js';
import { GENERAL_FIELDS, type GeneralSettings, generalSettings } from './site-fields.js';
import { type Happening, type HistoryEvent, linesOf, type PastProof } from './site-history.js';
import { type PersonsWord, requireFitting, type Warrant } from './warrant.js';

/** The settings of a site, and nothing else. */
export type Settings = GeneralSettings & Pick<Site, 'smtp'>;

/** A change of a site. Times are ISO 8601; a connection is named by its id. */
export type Change =
  | { readonly kind: 'add'; readonly site: Site }
  /** `credentials`: the store that may hold its secrets. */
  | {
      readonly kind: 'connect';
      readonly connection: GmailConnection;
      readonly credentials: CredentialStoreKind;
      /** The refresh token, if it is handed over to a backend that sends email itself. Never in a record. */
      readonly permission?: string;
    }
  | { readonly kind: 'disconnect'; readonly connection: string }
  | {
      readonly kind: 'test';
      readonly connection: string;
      readonly test: TestMessage;
      /** The message itself (RFC 5322), if a backend sends it: the backend then gives the id and the time. */
      readonly message?: Buffer;
    }
  /** What a person said about the message with that id. */
  | {
      readonly kind: 'receipt';
      readonly message: string;
      readonly arrival: 'confirmed' | 'denied';
      readonly senderSeen: boolean;
      /** The seal of the message, including what was said about it. */
      readonly seal?: string | undefined;
    }
  /** Nothing else removes the SMTP settings of a site that is kept. */
  | {
      readonly kind: 'remove-smtp';
      readonly at: Date;
      readonly authority: Warrant | PersonsWord;
    }
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'done-in-writeupp'; readonly at: Date }
  | { readonly kind: 'remove' }
  /** A site that comes from another store, whose history says how it came about. */
  | { readonly kind: 'arrive'; readonly site: Site }
  /** How a connection fared. */
  | ({ readonly kind: 'use'; readonly connection: string } & Partial<
      Pick<GmailConnection, 'usedAt' | 'refusals'>
    >)
  /** Which store may hold secrets of the site. */
  | { readonly kind: 'keep-secrets-in'; readonly credentials: CredentialStoreKind | null }
  /** The owners of keys that are to be forgotten unless they are used. @see Site.keysToForget */
  | {
      readonly kind: 'keys-to-forget';
      readonly keys: readonly KeyOwner[];
      readonly credentials: CredentialStoreKind;
    };

/** The result of a change. */
export interface Applied {
  /** The record as it is stored now. */
  readonly site: Site | null;
  /** Why the line of the history could not be written; null if it was. */
  readonly unwritten: MailError | null;
}

/** What a change does to a record. */
interface Changed {
  /** Null if the site is removed. */
  readonly site: Site | null;
  /** Null if it is not an event in the life of a site. */
  readonly happening: Happening | null;
}

/** What a store does for a change, under one claim of one site. */
export interface Applying {
  readonly name: string;
  readonly claimId: string;
  /** The command that has the claim, for the history. */
  readonly command: string;
  read(): Promise<Site | null>;
  /** Stores the record and its lines. @returns why the lines could not be written; null if they were */
  put(site: Site, lines: readonly HistoryEvent[]): Promise<MailError | null>;
  remove(lines: readonly HistoryEvent[]): Promise<MailError | null>;
}

/** Changes what is stored now, not what this run remembers. @throws as `SiteClaim.apply` does */
export async function applyChange(change: Change, applying: Applying): Promise<Applied> {
  const { name, claimId } = applying;
  const before = await applying.read();
  const after = changed(before, change, name, claimId);
  if (after === null) return { site: before, unwritten: null };
  const { site, happening } = after;
  const shownName = (site ?? before)?.name ?? name;
  const lines = linesOf(applying, shownName, happening === null ? [] : [happening]);
  if (site !== null) return { site, unwritten: await applying.put(site, lines) };
  return { site, unwritten: await applying.remove(lines) };
}

/** Null if there is nothing to change, for example because the connection has been replaced since. */
function changed(
  before: Site | null,
  change: Change,
  name: string,
  claimId: string,
): Changed | null {
  if (change.kind === 'arrive') return { site: change.site, happening: null };
  if (change.kind === 'add') {
    if (before !== null) throw alreadyOnRecord(name);
    return { site: change.site, happening: { ...of('add-site'), ...settingsOf(change.site) } };
  }
  if (change.kind === 'remove') {
    if (before === null) return null;
    return { site: null, happening: { ...of('remove-site'), removed: removedOf(before) } };
  }
  if (before === null) throw vanished(name);
  return changeOf(before, change, claimId);
}

function changeOf(
  before: Site,
  change: Exclude<Change, { kind: 'add' | 'arrive' | 'remove' }>,
  claimId: string,
): Changed | null {
  const { gmail, smtp } = before;
  switch (change.kind) {
    case 'connect': {
      const { connection, credentials } = change;
      return {
        // Another connection here has to be made in WriteUpp as well.
        site: {
          ...withKeys(before, [...(before.keysToForget ?? []), keyOwner(gmail)], connection),
          gmail: connection,
          credentials: before.credentials ?? credentials,
          doneInWriteUpp: null,
        },
        happening: { ...of('sign-in'), account: connection.email },
      };
    }
    case 'disconnect':
      if (gmail?.id !== change.connection) return null;
      return {
        site: { ...before, gmail: null },
        happening: { ...of('sign-out'), removed: { account: gmail.email } },
      };
    case 'test': {
      if (gmail?.id !== change.connection) return null;
      const { test } = change;
      return {
        site: { ...before, gmail: { ...gmail, test, usedAt: test.acceptedAt } },
        happening: {
          ...of('test-message'),
          account: gmail.email,
          testMessage: { id: test.id, to: test.to },
        },
      };
    }
    case 'receipt': {
      // What was said about one message does not apply to another.
      if (gmail?.test?.id !== change.message) return null;
      const { arrival, senderSeen, seal } = change;
      const { seal: _former, ...sent } = gmail.test;
      const { id, to, arrival: saidBefore } = sent;
      const test = { ...sent, arrival, senderSeen, ...(seal === undefined ? {} : { seal }) };
      return {
        site: { ...before, gmail: { ...gmail, test } },
        happening:
          arrival === saidBefore
            ? null
            : {
                step: 'confirm-receipt',
                outcome: arrival,
                account: gmail.email,
                testMessage: { id, to },
              },
      };
    }
    case 'remove-smtp': {
      if (smtp === null) return null;
      const { authority, at } = change;
      if (authority.kind === 'proven') requireFitting(authority, gmail, claimId, at);
      return {
        site: { ...before, smtp: null, smtpRevertedAt: at.toISOString(), doneInWriteUpp: null },
        happening: {
          ...of('revert-smtp'),
          ...(gmail === null ? {} : { account: gmail.email }),
          proof: proofOf(gmail, authority),
          removed: { smtp: shownSmtp(smtp) },
        },
      };
    }
    case 'settings': {
      const after = {
        ...before,
        ...generalSettings(change.settings),
        smtp: change.settings.smtp ?? smtp,
      };
      if (JSON.stringify(after) === JSON.stringify(before)) return null;
      const fields = changedFields(before, after);
      return {
        site: after,
        happening: fields.length === 0 ? null : { ...of('change-site'), fields },
      };
    }
    case 'done-in-writeupp':
      if (before.doneInWriteUpp !== null) return null;
      return {
        site: { ...before, doneInWriteUpp: change.at.toISOString() },
        happening: of('done-in-writeupp'),
      };
    case 'use': {
      const { kind: _, connection, ...use } = change;
      if (gmail?.id !== connection) return null;
      return { site: { ...before, gmail: { ...gmail, ...use } }, happening: null };
    }
    case 'keys-to-forget': {
      const credentials = before.credentials ?? change.credentials;
      return { site: { ...withKeys(before, change.keys, null), credentials }, happening: null };
    }
    case 'keep-secrets-in':
      return { site: { ...before, credentials: change.credentials }, happening: null };
  }
}

/** A record with these keys to forget: each once, and without the key that its connection uses. */
export function withKeys<Naming extends Pick<Site, 'keysToForget'>>(
  { keysToForget: _former, ...naming }: Naming,
  keys: readonly (KeyOwner | null)[],
  connection: GmailConnection | null,
): Omit<Naming, 'keysToForget'> & Pick<Site, 'keysToForget'> {
  const inUse = ownerKey(keyOwner(connection));
  const left = new Map(
    keys.flatMap((one) => (one === null ? [] : [[ownerKey(one), one] as const])),
  );
  left.delete(inUse);
  return left.size === 0 ? naming : { ...naming, keysToForget: [...left.values()] };
}

function proofOf(gmail: GmailConnection | null, authority: Warrant | PersonsWord): PastProof {
  const test = gmail?.test ?? null;
  const by = authority.kind === 'proven' ? 'test-message' : 'asked-for';
  if (test === null) return { by, testMessage: null };
  const { id, to, acceptedAt, arrival } = test;
  return {
    by,
    testMessage: {
      ...{ id, to, acceptedAt },
      receipt: arrival === 'unanswered' ? 'accepted-by-gmail' : arrival,
    },
  };
}

/** The settings that differ, by the names that people know. */
export function changedFields(before: Site, after: Site): string[] {
  const fields: string[] = GENERAL_FIELDS.filter(({ key }) => before[key] !== after[key]).map(
    ({ column }) => column,
  );
  if (after.smtp === null) return fields;
  const smtp = (site: Site) => JSON.stringify(site.smtp && shownSmtp(site.smtp));
  if (smtp(before) !== smtp(after)) fields.push('smtp');
  // The first password belongs to the settings that it comes with.
  const old = before.smtp?.password ?? null;
  if (old !== null && old.id !== after.smtp.password?.id) fields.push('smtp-password');
  return fields;
}

function settingsOf({ smtp }: Site): Pick<Happening, 'fields'> {
  return smtp === null ? {} : { fields: ['smtp'] };
}

function removedOf({ smtp, gmail }: Site): NonNullable<Happening['removed']> {
  return {
    ...(smtp === null ? {} : { smtp: shownSmtp(smtp) }),
    ...(gmail === null ? {} : { account: gmail.email }),
  };
}

function of(step: Happening['step']): Pick<Happening, 'step' | 'outcome'> & { outcome: 'done' } {
  return { step, outcome: 'done' };
}

/** The error for a name that is taken. */
export function alreadyOnRecord(name: string): MailError {
  return new MailError(
    'invalid-settings',
    `Site name: "${name}" is on record already.`,
    `Choose another name, or change the site with: writeupp-mail site set "${name}"`,
  );
}

/** The error for a record that disappeared while its site was held. */
export function vanished(name: string): MailError {
  return new MailError(
    'no-such-site',
    `The record of "${name}" is gone: it was removed while this command ran.`,
    'Add it with: writeupp-mail site add',
  );
}
