/** Access tokens by delegation: a service account requests each, signing with its stored key or through Google. */

import { MailError } from '../errors.js';
import { type SignClaims, signerWithKey } from '../google/assertion.js';
import { delegatedToken, numericIdOf, signerWithoutKey } from '../google/delegation.js';
import type { FailureFacts } from '../google/explain.js';
import type { Issuer } from '../google/issuer.js';
import type { AccessToken } from '../google/oauth.js';
import type { NamedServiceAccount } from '../google/service-account.js';
import { keyOwner } from '../sites/key-owner.js';
import type { SecretReader } from '../sites/secrets.js';
import { storedKey } from '../sites/service-keys.js';
import type { DelegatedConnection } from '../sites/site.js';
import { siteCommand } from '../text/command-line.js';

/** A token that expires sooner is not handed out again, in milliseconds. */
const MARGIN_MS = 5 * 60_000;

interface Asking {
  readonly issuer: Issuer;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** The service accounts of one run: a signer for each and, where many sites are served, one token a person. */
export class DelegatedTokens {
  readonly #signers = new Map<string, Promise<SignClaims>>();
  readonly #tokens = new Map<string, Promise<AccessToken>>();
  readonly #numericIds = new Map<string, Promise<string | null>>();

  /**
   * @param environment where to look for Application Default Credentials
   * @param remembers whether a person's token serves for the whole run
   */
  constructor(
    private readonly environment: NodeJS.ProcessEnv,
    private readonly remembers = false,
  ) {}

  /** A token for a stored connection. @throws MailError `sign-in-needed` if the key is gone; as `delegatedToken` */
  async ofConnection(
    site: string,
    connection: DelegatedConnection,
    credentials: Pick<SecretReader, 'get' | 'description'>,
    asking: Asking,
  ): Promise<AccessToken> {
    const { email, serviceAccount } = connection;
    const owner = keyOwner(connection);
    const sign = () =>
      owner === null
        ? this.#keyless(serviceAccount.email, site, asking)
        : storedKey(owner, credentials).then((key) => {
            const signer = key === null ? null : signerWithKey(key);
            if (signer === null) throw keyGone(site, connection, credentials.description);
            return signer;
          });
    return this.#token(site, serviceAccount, email, sign, asking);
  }

  /** A token from a service account just named and not yet stored. @throws MailError as `delegatedToken` */
  async ofNamed(
    site: string,
    named: NamedServiceAccount,
    account: string,
    asking: Asking,
  ): Promise<AccessToken> {
    const { email, key } = named;
    const sign = async () => {
      if (key === null) return this.#keyless(email, site, asking);
      const signer = signerWithKey(key);
      if (signer === null) throw new TypeError('a key that was read is no key');
      return signer;
    };
    return this.#token(site, named, account, sign, asking);
  }

  #token(
    site: string,
    serviceAccount: { readonly email: string; readonly clientId: string | null },
    account: string,
    sign: () => Promise<SignClaims>,
    asking: Asking,
  ): Promise<AccessToken> {
    const key = JSON.stringify([serviceAccount.email, account.toLowerCase()]);
    return this.#once(key, asking.now(), async () => {
      const signer = await this.#signer(serviceAccount.email, sign);
      const facts = factsOf(site, account, serviceAccount, asking.now());
      const numericId = () => this.#numericId(serviceAccount.email, facts, asking);
      const { issuer, signal } = asking;
      return delegatedToken(
        { email: serviceAccount.email, account, signer, numericId },
        issuer,
        facts,
        signal,
      );
    });
  }

  async #once(key: string, now: Date, ask: () => Promise<AccessToken>): Promise<AccessToken> {
    if (!this.remembers) return ask();
    const kept = this.#tokens.get(key);
    const token = await kept?.catch(() => null);
    if (token != null && token.expiresAt - MARGIN_MS > now.getTime()) return token;
    // Meanwhile another site of the same person may have asked.
    const current = this.#tokens.get(key);
    if (current !== undefined && current !== kept) return current;
    const asked = ask();
    this.#tokens.set(key, asked);
    return asked;
  }

  #signer(email: string, make: () => Promise<SignClaims>): Promise<SignClaims> {
    const signer = this.#signers.get(email) ?? make();
    this.#signers.set(email, signer);
    return signer.catch((error: unknown) => {
      this.#signers.delete(email);
      throw error;
    });
  }

  async #keyless(
    email: string,
    site: string,
    { issuer, now, signal }: Asking,
  ): Promise<SignClaims> {
    const facts = { now: now(), site, serviceAccount: { email, clientId: null } };
    return signerWithoutKey(email, issuer, this.environment, facts, signal);
  }

  #numericId(email: string, facts: FailureFacts, asking: Asking): Promise<string | null> {
    const { issuer, signal } = asking;
    const id =
      this.#numericIds.get(email) ?? numericIdOf(email, issuer, this.environment, facts, signal);
    this.#numericIds.set(email, id);
    return id;
  }
}

/** What makes the explanation of a refusal more precise. */
export function factsOf(
  site: string,
  account: string,
  { email, clientId }: { readonly email: string; readonly clientId: string | null },
  now: Date,
): FailureFacts {
  return { now, site, account, serviceAccount: { email, clientId } };
}

function keyGone(
  site: string,
  { email, serviceAccount }: DelegatedConnection,
  where: string,
): MailError {
  return new MailError(
    'sign-in-needed',
    `The key of the service account ${serviceAccount.email}, by which "${site}" sends as ${email}, is not in ${where}.`,
    `Give it again: ${siteCommand('sign-in', site, '--service-account', 'KEY.json')}`,
    { reason: 'not-connected' },
  );
}
