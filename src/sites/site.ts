/** A WriteUpp practice and the ways its email can leave: the words of the domain, and the pathway rule. */

import type { CredentialStoreKind } from '../credentials/credential-reader.js';
import type { SignInReason } from '../errors.js';

/** How the connection to an SMTP server is protected: TLS from the first byte, STARTTLS required, or nothing. */
export type SmtpSecurity = 'tls' | 'starttls' | 'none';

/** The old pathway stored for a site. The password is in the credential store, never here. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly security: SmtpSecurity;
  /** The user name of the log in; null for a server that asks for none. */
  readonly user: string | null;
  /** The address email is sent from, where it is not the user name. */
  readonly from: string | null;
  /** Whether the `smtp-password` slot of the credential store is accounted for. */
  readonly passwordStored: boolean;
}

/** What became of the last test message sent over a connection. */
export interface TestMessage {
  readonly to: string;
  /** The id that Gmail gave when it accepted the message. */
  readonly id: string;
  /** A short word that stands in the message, to be read back on the phone. */
  readonly reference: string;
  /** ISO 8601. */
  readonly acceptedAt: string;
  /** What a person said: it arrived, it did not, or nobody was asked. */
  readonly arrival: 'unanswered' | 'confirmed' | 'denied';
}

/** Which of the two token slots holds a connection's refresh token. */
export type TokenSlot = 'a' | 'b';

/** A time at which Google no longer accepted a site's connection. */
export interface Refusal {
  /** ISO 8601. */
  readonly at: string;
  /** The likeliest cause, as it was explained then. */
  readonly reason: SignInReason;
}

/** The Google account a site sends through. Its tokens are in the credential store, never here. */
export interface GmailConnection {
  readonly email: string;
  /** Google's stable key of the account (`sub`); the address may change. */
  readonly subject: string;
  /** Who signed the person in. A connection from one issuer never counts for another. */
  readonly issuer: string;
  /** The OAuth client the permission was given to. */
  readonly clientId: string;
  readonly tokenSlot: TokenSlot;
  /** ISO 8601. */
  readonly connectedAt: string;
  /** When Google last accepted the connection, ISO 8601. */
  readonly usedAt: string;
  readonly test: TestMessage | null;
  /** When the permission ends, ISO 8601, where Google said so at the sign-in (`refresh_token_expires_in`). */
  readonly endsAt?: string | undefined;
  /** The latest refusals of this account's connections, oldest first: they tell a habit from an accident. */
  readonly refusals?: readonly Refusal[] | undefined;
}

/** One WriteUpp practice on record. Its outbound email setting is site-wide. */
export interface Site {
  readonly name: string;
  readonly organisation: string;
  /** Where replies go when email leaves by the WriteUpp mail server. */
  readonly organisationEmail: string | null;
  /** The address of the person's WriteUpp log in: the test message goes there. */
  readonly login: string;
  /** Which credential store holds this site's secrets; null while it has none. */
  readonly credentials: CredentialStoreKind | null;
  readonly smtp: SmtpSettings | null;
  /** When "Revert to WriteUpp Mail Server" was run, ISO 8601. From then on SMTP can't be set again. */
  readonly smtpRevertedAt: string | null;
  readonly gmail: GmailConnection | null;
}

/** The way a site's email leaves. */
export type Pathway = 'smtp' | 'gmail' | 'writeupp';

/** SMTP settings take precedence while they exist, as in WriteUpp; then Gmail; then the WriteUpp mail server. */
export function pathway(site: Pick<Site, 'smtp' | 'gmail'>): Pathway {
  if (site.smtp !== null) return 'smtp';
  return site.gmail !== null ? 'gmail' : 'writeupp';
}

/**
 * The address that patients see today: the SMTP from address, or the SMTP user name where it is an address.
 * Null if the settings do not tell.
 */
export function smtpSender(smtp: SmtpSettings): string | null {
  if (smtp.from !== null) return smtp.from;
  return smtp.user?.includes('@') ? smtp.user : null;
}
