/** What a backend does that sends by itself: it opens the permission that is handed over, proves it, and sends with it. */

import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import type { Json } from './settings-api.js';

/** Google, as far as the backend asks it. */
export interface SenderGoogle {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const SEND = 'https://www.googleapis.com/auth/gmail.send';
/** How old a hand-over may be when it arrives, in milliseconds. */
const FRESH_MS = 10 * 60_000;

/** Why a hand-over, or a message, was not taken. */
export class NotTaken extends Error {}

export class Sender {
  readonly #taken = new Set<string>();
  readonly #tokens = new Map<string, string>();

  private constructor(
    readonly recipient: string,
    readonly identity: string,
    readonly google: SenderGoogle,
  ) {}

  static async make(google: SenderGoogle): Promise<Sender> {
    const identity = await generateIdentity();
    return new Sender(await identityToRecipient(identity), identity, google);
  }

  /** Opens a permission for a connection that is about to be put on record. @throws NotTaken */
  async open(sealed: unknown, store: string, site: string, connection: Json): Promise<void> {
    const handed = await this.#decrypt(sealed);
    const expected = {
      ...{ purpose: 'writeupp-mail: send email of a site', store, site, scope: SEND },
      ...{ connection: connection.id, issuer: connection.issuer, subject: connection.subject },
      clientId: connection.clientId,
    };
    for (const [field, value] of Object.entries(expected)) {
      if (handed[field] !== value) throw new NotTaken(`The permission is for another ${field}`);
    }
    const age = Math.abs(Date.now() - Date.parse(String(handed.at)));
    if (!(age < FRESH_MS)) throw new NotTaken('The permission was handed over too long ago');
    if (this.#taken.has(connection.id)) throw new NotTaken('This connection was taken before');
    const refreshToken = String(handed.refreshToken);
    const { scope, accessToken } = await this.#refresh(refreshToken);
    if (!scope.split(' ').includes(SEND)) throw new NotTaken('The permission is not to send');
    const { sub } = await this.#userOf(accessToken);
    if (sub !== connection.subject) throw new NotTaken('The permission is of another account');
    this.#taken.add(connection.id);
    this.#tokens.set(connection.id, refreshToken);
  }

  /** Sends a message (RFC 5322, base64url). @returns the id that Gmail gave it. @throws NotTaken */
  async send(connection: string, raw: string): Promise<string> {
    const token = this.#tokens.get(connection);
    if (token === undefined) throw new NotTaken('This connection was not handed over');
    const { accessToken } = await this.#refresh(token);
    const url = `${this.google.url}/gmail/v1/users/me/messages/send`;
    const sent = await asked(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ raw }),
    });
    return String(sent.id);
  }

  async #decrypt(sealed: unknown): Promise<Json> {
    try {
      const decrypter = new Decrypter();
      decrypter.addIdentity(this.identity);
      const text = await decrypter.decrypt(Buffer.from(String(sealed), 'base64'), 'text');
      return JSON.parse(text);
    } catch {
      throw new NotTaken('The permission can not be opened');
    }
  }

  async #refresh(token: string): Promise<{ readonly scope: string; readonly accessToken: string }> {
    const { token_endpoint } = await this.#metadata();
    const { clientId, clientSecret } = this.google;
    const body = new URLSearchParams({
      ...{ grant_type: 'refresh_token', refresh_token: token },
      ...{ client_id: clientId, client_secret: clientSecret },
    });
    const { scope, access_token } = await asked(token_endpoint, { method: 'POST', body });
    return { scope: String(scope), accessToken: String(access_token) };
  }

  async #userOf(accessToken: string): Promise<Json> {
    const { userinfo_endpoint } = await this.#metadata();
    return asked(userinfo_endpoint, { headers: { authorization: `Bearer ${accessToken}` } });
  }

  #metadata(): Promise<Json> {
    return asked(`${this.google.url}/.well-known/openid-configuration`, {});
  }
}

async function asked(url: string, init: RequestInit): Promise<Json> {
  const response = await fetch(url, init);
  if (!response.ok) throw new NotTaken(`Google answered ${response.status}`);
  return (await response.json()) as Json;
}
