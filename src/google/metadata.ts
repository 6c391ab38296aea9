/** The issuer's metadata (OpenID Connect Discovery 1.0; RFC 8414; RFC 9207), which name its endpoints. */

import * as v from 'valibot';
import { MailError } from '../errors.js';
import { explainGoogleError } from './explain.js';
import { type Issuer, isLoopbackUrl } from './issuer.js';
import { withRetry } from './retry.js';
import { fetchJson, type OAuthEndpoints } from './transport.js';

/** The part of an issuer's metadata that this program uses. */
export interface IssuerMetadata extends OAuthEndpoints {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly jwksUri: string | null;
  /** RFC 9207, section 3: the issuer promises an `iss` in each authorization response. */
  readonly promisesIss: boolean;
}

/**
 * Google's token endpoints (developers.google.com/identity/protocols/oauth2/native-app), hard-coded: a refresh saves
 * one request for each email.
 */
const GOOGLE_ENDPOINTS: OAuthEndpoints = {
  tokenEndpoint: 'https://oauth2.googleapis.com/token',
  revocationEndpoint: 'https://oauth2.googleapis.com/revoke',
};

const url = v.pipe(v.string(), v.url());

const document = v.object({
  issuer: url,
  authorization_endpoint: url,
  token_endpoint: url,
  revocation_endpoint: v.optional(url),
  jwks_uri: v.optional(url),
  authorization_response_iss_parameter_supported: v.optional(v.boolean()),
});

/** The metadata of stand-ins in this run. */
const known = new WeakMap<Issuer, Promise<IssuerMetadata>>();

/** The token endpoints: hard-coded for Google, from the metadata for a stand-in, fetched once per run. */
export async function oauthEndpoints(issuer: Issuer, signal: AbortSignal): Promise<OAuthEndpoints> {
  if (!issuer.isStandIn) return GOOGLE_ENDPOINTS;
  const found = known.get(issuer) ?? fetchMetadata(issuer, signal);
  known.set(issuer, found);
  return found.catch((error: unknown) => {
    known.delete(issuer);
    throw error;
  });
}

/**
 * Fetches and checks the metadata.
 *
 * @throws MailError `network`, `proxy`, `google-unavailable`; `invalid-settings` for a stand-in that names
 *   addresses on other computers.
 */
export async function fetchMetadata(issuer: Issuer, signal: AbortSignal): Promise<IssuerMetadata> {
  const data = await withRetry(async () => {
    try {
      return await fetchJson(issuer.discoveryUrl, signal);
    } catch (error) {
      throw explainGoogleError(error, 'discover');
    }
  }, signal);
  return checkedMetadata(issuer, data);
}

/** Checks the issuer's response. @throws MailError as `fetchMetadata`, if it is not the issuer's metadata */
export function checkedMetadata(issuer: Issuer, data: unknown): IssuerMetadata {
  const parsed = v.safeParse(document, data);
  if (!parsed.success) throw notMetadata(issuer);
  const found = parsed.output;
  const metadata: IssuerMetadata = {
    issuer: found.issuer,
    authorizationEndpoint: found.authorization_endpoint,
    tokenEndpoint: found.token_endpoint,
    revocationEndpoint: found.revocation_endpoint ?? `${issuer.id}/revoke`,
    jwksUri: found.jwks_uri ?? null,
    promisesIss: found.authorization_response_iss_parameter_supported === true,
  };
  checkPlace(issuer, metadata);
  return metadata;
}

/** Codes and tokens go only to Google's own hosts over TLS or, for a stand-in, to this computer. */
function checkPlace(issuer: Issuer, metadata: IssuerMetadata): void {
  if (!issuer.isStandIn && metadata.issuer !== issuer.id) throw notMetadata(issuer);
  for (const address of [
    metadata.authorizationEndpoint,
    metadata.tokenEndpoint,
    metadata.revocationEndpoint,
    ...(metadata.jwksUri === null ? [] : [metadata.jwksUri]),
  ]) {
    const url = new URL(address);
    const isFine = issuer.isStandIn ? isLoopbackUrl(url) : isGoogleUrl(url);
    if (!isFine) throw notMetadata(issuer);
  }
}

function isGoogleUrl(url: URL): boolean {
  return url.protocol === 'https:' && /(?:^|\.)(?:google|googleapis)\.com$/.test(url.hostname);
}

function notMetadata(issuer: Issuer): MailError {
  const message = `${issuer.discoveryUrl} did not answer as a Google sign-in service does.`;
  return issuer.isStandIn
    ? new MailError('invalid-settings', message, 'Check WRITEUPP_MAIL_GOOGLE_URL, or unset it.')
    : new MailError(
        'google-unavailable',
        message,
        'A filter on your network may have answered instead. Try another network, or ask who looks after it.',
      );
}
