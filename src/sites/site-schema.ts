/** The shape of a site's record: every field with its rule, and the types derived from it. */

import * as v from 'valibot';
import { STORE_KINDS } from '../credentials/credential-reader.js';
import { SIGN_IN_REASONS } from '../errors.js';
import { isAddress, isDomain } from './address.js';

/** Half of a surrogate pair, and the NUL that ends a string in C: no database accepts them. */
const UNSTORABLE = /[\p{Surrogate}\0]/u;
const storable = v.check(
  (value: string) => !UNSTORABLE.test(value),
  'has a character that can’t be stored',
);
const text = v.pipe(v.string(), v.minLength(1, 'is empty'), storable);
const address = v.pipe(v.string(), v.check(isAddress, 'is not an email address'));
/** ISO 8601, UTC. Compared as instants, never as text. */
const time = v.pipe(v.string(), v.check(isTime, 'is not a time (ISO 8601)'));
const slot = v.picklist(['a', 'b'], 'must be a or b');

/** Where a secret is, and which one it must be: a slot's content counts only if it carries this id. */
const secretReference = v.strictObject({ slot, id: text });

const smtp = v.strictObject({
  host: v.pipe(v.string(), v.check(isDomain, 'is not a host name')),
  port: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(1, 'is below 1'),
    v.maxValue(65_535, 'is above 65535'),
  ),
  /** TLS from the first byte, STARTTLS required, or nothing. */
  security: v.picklist(['tls', 'starttls', 'none'], 'must be tls, starttls or none'),
  /** The user name of the login; null for a server that asks for none. */
  user: v.nullable(text),
  /** The address that email is sent from, if it is not the user name. */
  from: v.nullable(address),
  /** The password of the login, in the credential store; null if none is stored. */
  password: v.nullable(secretReference),
});

/** SMTP settings as they may be shown and kept elsewhere: never the password. */
export const shownSmtpSchema = v.object(v.omit(smtp, ['password']).entries);

const test = v.strictObject({
  to: address,
  /** The id that Gmail gave when it accepted the message. */
  id: text,
  /**
   * The hash of the short code in the message: typing that code proves that a person has the message in front of them.
   */
  referenceHash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'is not a hash')),
  acceptedAt: time,
  /** What a person said: it arrived, it did not, or nobody was asked. */
  arrival: v.picklist(['unanswered', 'confirmed', 'denied']),
  /** The address in its From line. */
  from: address,
  /** A person said that the message shows this address as its sender. */
  senderSeen: v.boolean(),
  /** If others can write the record: proves that whoever made it has the connection's secret. */
  seal: v.optional(text),
});

/** When Google no longer accepted a connection, and the likeliest cause as it was explained at the time. */
const refusal = v.strictObject({ at: time, reason: v.picklist(SIGN_IN_REASONS) });

/** What all connections have, however the permission was given. */
const anyConnection = {
  /** Made at the sign-in: one sign-in is one connection, and its secrets carry this id. */
  id: text,
  email: address,
  /** Who signed the person in. A connection from one issuer never counts for another. */
  issuer: v.pipe(v.string(), v.url('is not an address')),
  connectedAt: time,
  /** When Google last accepted the connection. */
  usedAt: time,
  test: v.nullable(test),
  /** When the permission ends, if Google said so at the sign-in (`refresh_token_expires_in`). */
  endsAt: v.optional(time),
  /**
   * The latest refusals of this account's connections, oldest first: they show whether it is a habit or an accident.
   */
  refusals: v.optional(v.array(refusal)),
};

/** A person signed in with Google. */
const byOAuth = v.strictObject({
  ...anyConnection,
  method: v.literal('oauth'),
  /** Google's stable key of the account (`sub`); the address may change. */
  subject: text,
  /** The OAuth client that the permission was given to. */
  clientId: text,
  /** Which of the two token slots holds the refresh token. */
  tokenSlot: slot,
});

/** A service account that the practice's Google Workspace allows to send in its people's names. */
const serviceAccount = v.strictObject({
  email: address,
  /** Its id in the Admin console; null if it is not known (when keyless). */
  clientId: v.nullable(v.pipe(v.string(), v.regex(/^\d+$/, 'is not a number'))),
  /** Its key is in the credential store, once for all sites; or Google signs, and there is no key. */
  signing: v.picklist(['key', 'keyless'], 'must be key or keyless'),
});

/** Domain-wide delegation: nobody signs in. */
const byDelegation = v.strictObject({
  ...anyConnection,
  method: v.literal('delegation'),
  serviceAccount,
});

const gmail = v.variant('method', [byOAuth, byDelegation]);

/** One WriteUpp practice on record. Its outbound email setting is site-wide. */
export const siteSchema = v.strictObject({
  name: text,
  organisation: text,
  /** Where replies go when email leaves by the WriteUpp mail server. */
  organisationEmail: v.nullable(address),
  /** The address of the person's WriteUpp login: the test message goes there. */
  login: address,
  /** The address that patients see through Gmail, if it is not the account's own ("Send mail as"). */
  sendAs: v.nullable(address),
  /** The Google account that should send, if support has set it in advance. */
  account: v.nullable(address),
  /** The store that may hold this site's secrets: set before the first is stored, null once none is left. */
  credentials: v.nullable(v.picklist(STORE_KINDS)),
  smtp: v.nullable(smtp),
  /** When "Revert to WriteUpp Mail Server" was run. From then on SMTP can't be set again. */
  smtpRevertedAt: v.nullable(time),
  gmail: v.nullable(gmail),
  /**
   * Service accounts whose keys this site may have put into the credential store, or no longer uses: named before the
   * key is stored, and until it is gone.
   */
  keysToForget: v.optional(v.array(v.strictObject({ issuer: text, email: text }))),
  /** When a person said that the switch was made in WriteUpp itself as well. */
  doneInWriteUpp: v.nullable(time),
});

/** One WriteUpp practice on record. */
export type Site = Readonly<v.InferOutput<typeof siteSchema>>;
/** The stored settings of the old pathway. */
export type SmtpSettings = Readonly<v.InferOutput<typeof smtp>>;
/** The connection of the Google account that a site sends through. */
export type GmailConnection = Readonly<v.InferOutput<typeof gmail>>;
/** A connection made by a person's sign-in. */
export type OAuthConnection = Readonly<v.InferOutput<typeof byOAuth>>;
/** A connection by domain-wide delegation. */
export type DelegatedConnection = Readonly<v.InferOutput<typeof byDelegation>>;
/** What became of the last test message sent over a connection. */
export type TestMessage = Readonly<v.InferOutput<typeof test>>;
/** One of the two slots that a kind of secret uses in turn. */
export type TurnSlot = v.InferOutput<typeof slot>;

function isTime(value: string): boolean {
  return (
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}
