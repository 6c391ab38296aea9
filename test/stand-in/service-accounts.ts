/**
 * Service accounts of the stand-in: keys, what the Admin console lets them do (domain-wide delegation), and who may
 * sign for them (the IAM Credentials API).
 */
import {
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';
import { GMAIL_SEND } from './provider.js';

/** A key file as the Google Cloud console downloads it. */
export interface KeyFile {
  readonly type: 'service_account';
  readonly project_id: string;
  readonly private_key_id: string;
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly auth_uri: string;
  readonly token_uri: string;
}

/** What `gcloud auth application-default login` writes. */
export interface PersonFile {
  readonly type: 'authorized_user';
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
}

export interface ServiceAccountOptions {
  readonly name?: string;
  /** What the Admin console lets it do; default: send. Empty: it is not on the list. */
  readonly scopes?: readonly string[];
}

/** One that a test changes while the stand-in runs. */
export interface StandInServiceAccount {
  readonly email: string;
  /** Numeric. */
  readonly clientId: string;
  /** What the Admin console lets it do. */
  scopes: readonly string[];
  /** It is on the list under its address and not under its number: a common mistake. */
  isListedByAddress: boolean;
  isDisabled: boolean;
  /** A new key, as its file; keys made before go on working. */
  newKey(): Promise<KeyFile>;
  /** Ends every key. */
  deleteKeys(): void;
  /** Somebody who is signed in to Google Cloud; `mayCreateTokens`: with the role Service Account Token Creator. */
  newPerson(mayCreateTokens?: boolean): PersonFile;
}

/** Keys take a tenth of a second to make: one pair serves all the service accounts of a process but for new keys. */
const makeKeys = promisify(generateKeyPair);

export class ServiceAccount implements StandInServiceAccount {
  readonly email: string;
  readonly clientId: string;
  scopes: readonly string[];
  isListedByAddress = false;
  isDisabled = false;
  readonly #keys = new Map<string, KeyObject>();
  /** Google's own key of the account, which signs for it. */
  #ownKey: { readonly id: string; readonly key: KeyObject } | undefined;
  /** Refresh tokens of people, and whether each may create tokens. */
  readonly people = new Map<string, boolean>();

  constructor({ name = 'mailer', scopes = [GMAIL_SEND] }: ServiceAccountOptions) {
    this.email = `${name}@harbour-physio-mail.iam.gserviceaccount.com`;
    this.clientId = `1${BigInt(`0x${randomBytes(8).toString('hex')}`)
      .toString()
      .padStart(20, '0')}`;
    this.scopes = scopes;
  }

  async newKey(): Promise<KeyFile> {
    const { privateKey } = await makeKeys('rsa', { modulusLength: 2048 });
    const id = randomBytes(20).toString('hex');
    this.#keys.set(id, createPublicKey(privateKey));
    return {
      type: 'service_account',
      project_id: 'harbour-physio-mail',
      private_key_id: id,
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      client_email: this.email,
      client_id: this.clientId,
      // A program must not read endpoints from here.
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
      token_uri: 'https://oauth2.googleapis.com/token',
    };
  }

  deleteKeys(): void {
    this.#keys.clear();
  }

  newPerson(mayCreateTokens = true): PersonFile {
    const refreshToken = `1//0${randomBytes(48).toString('base64url')}`;
    this.people.set(refreshToken, mayCreateTokens);
    return {
      type: 'authorized_user',
      client_id: '764086051850-gcloud.apps.googleusercontent.com',
      client_secret: `gcloud-${randomBytes(12).toString('hex')}`,
      refresh_token: refreshToken,
    };
  }

  isSignedBy(keyId: unknown, content: string, signature: Buffer): boolean {
    const key = this.#keys.get(String(keyId));
    return key !== undefined && verify('sha256', Buffer.from(content), key, signature);
  }

  /** Signs as the IAM Credentials API does: with a key that only Google has. */
  async signJwt(payload: object): Promise<{ readonly keyId: string; readonly signedJwt: string }> {
    if (this.#ownKey === undefined) {
      const { privateKey } = await makeKeys('rsa', { modulusLength: 2048 });
      this.#ownKey = { id: randomBytes(20).toString('hex'), key: privateKey };
      this.#keys.set(this.#ownKey.id, createPublicKey(privateKey));
    }
    const { id, key } = this.#ownKey;
    const body = `${encode({ alg: 'RS256', kid: id, typ: 'JWT' })}.${encode(payload)}`;
    const signature = sign('sha256', Buffer.from(body), key).toString('base64url');
    return { keyId: id, signedJwt: `${body}.${signature}` };
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
