/**
 * The kinds of Gmail connections, each an object: what its record says, and the words for it. The requests made over
 * each are in src/connection/. Nothing else checks the method of a connection.
 */

import type { DelegatedConnection, GmailConnection, OAuthConnection, TurnSlot } from './site.js';

/** What can be said of a kind from the record alone. */
export interface ConnectionKind<C extends GmailConnection = GmailConnection> {
  /** A person gave the permission in a browser: they can give it again, and Google ends it if it is not used. */
  readonly isSignIn: boolean;
  /** The Google client that it was given to: without that client file it can't be used. Null if there is none. */
  clientId(connection: C): string | null;
  /** The account all of whose permissions a revocation ends; null if nothing is revoked. */
  account(connection: C): Pick<OAuthConnection, 'issuer' | 'subject'> | null;
  /** The slot that holds its refresh token; null if it has none. */
  tokenSlot(connection: C): TurnSlot | null;
  /** Who sends in the account's name, if that is somebody else. */
  serviceAccount(connection: C): DelegatedConnection['serviceAccount'] | null;
  /**
   * Where its secret is kept.
   *
   * @param where the credential store, as shown to people
   * @param isHereAlone whether nobody else has it: neither a team's other computers nor WriteUpp
   */
  keptWords(connection: C, where: string, isHereAlone: boolean): string;
  /** What ending it will do. @param others the sites that keep using it */
  endingWords(connection: C, keepsGrant: boolean, others: readonly string[]): readonly string[];
  /** What remains at Google once the site is forgotten here. */
  leftWords(connection: C): readonly string[];
}

const SIGN_IN: ConnectionKind<OAuthConnection> = {
  isSignIn: true,
  clientId: ({ clientId }) => clientId,
  account: ({ issuer, subject }) => ({ issuer, subject }),
  tokenSlot: ({ tokenSlot }) => tokenSlot,
  serviceAccount: () => null,
  keptWords: (_connection, where, isHereAlone) =>
    `The permission is kept in ${where}${isHereAlone ? ', on this computer only' : ''}.`,
  endingWords({ email }, keepsGrant, others) {
    if (keepsGrant) return [`${email} will be forgotten here. Google keeps the permission.`];
    if (others.length === 0) {
      return [
        `This ends the access of this program to ${email} at Google, on every computer. (--keep-grant only forgets here.)`,
      ];
    }
    return [
      `${email} is used by other sites too: ${others.join(', ')}.`,
      'So the permission is not ended at Google: their email would stop.',
    ];
  },
  leftWords: ({ email }) => [
    `Google still has the permission that ${email} gave.`,
    'To end it: https://myaccount.google.com/connections',
  ],
};

const DELEGATION: ConnectionKind<DelegatedConnection> = {
  isSignIn: false,
  clientId: () => null,
  account: () => null,
  tokenSlot: () => null,
  serviceAccount: ({ serviceAccount }) => serviceAccount,
  keptWords: ({ serviceAccount: { email, signing } }, where) =>
    signing === 'keyless'
      ? 'There is no key to keep: Google signs for the service account.'
      : `The key of ${email} is kept in ${where}, once for all sites that use it.`,
  endingWords: ({ serviceAccount }, _keepsGrant, others) => [
    `The service account ${serviceAccount.email} will no longer send for this site. Nothing changes at Google.`,
    ...(others.length === 0 ? [] : [`Other sites go on using it: ${others.join(', ')}.`]),
  ],
  leftWords: ({ email, serviceAccount }) => [
    `Your Google Workspace still lets ${serviceAccount.email} send as ${email}.`,
    'An administrator ends that in the Admin console (Manage Domain Wide Delegation).',
  ],
};

/** The connection, if a person signed in. */
export function signInOf(connection: GmailConnection | null): OAuthConnection | null {
  return connection?.method === 'oauth' ? connection : null;
}

export function kindOf(connection: GmailConnection): ConnectionKind {
  const kind = connection.method === 'oauth' ? SIGN_IN : DELEGATION;
  return kind as ConnectionKind;
}
