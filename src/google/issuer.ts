/** Who signs people in: Google, or a stand-in on loopback for tests and rehearsals. */

import { MailError } from '../errors.js';

/** An OpenID provider and the Gmail API that goes with it. */
export interface Issuer {
  /** Stored with each connection: a connection from one issuer never counts for another. */
  readonly id: string;
  /** True if this is not the real Google. Every command says so. */
  readonly isStandIn: boolean;
  /** OpenID Connect Discovery 1.0, section 4. */
  readonly discoveryUrl: string;
  /** The origin of the Gmail API, with a trailing slash, as googleapis expects. */
  readonly gmailRootUrl: string;
  /** The origin of the IAM Credentials API, with a trailing slash. */
  readonly iamRootUrl: string;
}

const GOOGLE: Issuer = {
  id: 'https://accounts.google.com',
  isStandIn: false,
  discoveryUrl: 'https://accounts.google.com/.well-known/openid-configuration',
  gmailRootUrl: 'https://gmail.googleapis.com/',
  iamRootUrl: 'https://iamcredentials.googleapis.com/',
};

/**
 * The issuer to talk to.
 *
 * @param standInUrl the value of WRITEUPP_MAIL_GOOGLE_URL, if set
 * @throws MailError `invalid-settings` unless it is a loopback address: patients' email and permissions to send
 *   must not go to another computer because of an environment variable.
 */
export function chooseIssuer(standInUrl: string | undefined): Issuer {
  if (standInUrl === undefined || standInUrl === '') return GOOGLE;
  const url = URL.canParse(standInUrl) ? new URL(standInUrl) : null;
  if (url === null || !isLoopbackUrl(url)) {
    throw new MailError(
      'invalid-settings',
      `WRITEUPP_MAIL_GOOGLE_URL is ${JSON.stringify(standInUrl)}, which is not an address on this computer.`,
      'It is for tests and rehearsals only, for example http://127.0.0.1:4000. Unset it to use the real Google.',
    );
  }
  const base = standInUrl.replace(/\/+$/, '');
  return {
    id: base,
    isStandIn: true,
    discoveryUrl: `${base}/.well-known/openid-configuration`,
    gmailRootUrl: `${url.origin}/`,
    iamRootUrl: `${url.origin}/`,
  };
}

/** Whether an address stays on this computer: 127.0.0.0/8, [::1] or localhost (RFC 8252, section 8.3). */
export function isLoopbackUrl(url: URL): boolean {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false;
  return (
    /^127(?:\.\d{1,3}){3}$/.test(url.hostname) || ['[::1]', 'localhost'].includes(url.hostname)
  );
}
