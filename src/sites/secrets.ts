/** Which secrets a site's record accounts for, and how a secret identifies itself. */

import type { CredentialReader, Slot } from '../credentials/credential-reader.js';
import { MailError } from '../errors.js';
import { kindOf } from './connection-kind.js';
import type { GmailConnection, OAuthConnection, Site, TurnSlot } from './site.js';
import { siteKey } from './site-name.js';

/** What reading secrets needs. */
export type SecretReader = Pick<CredentialReader, 'kind' | 'description' | 'get'>;

const PASSWORD_SLOTS = { a: 'smtp-password', b: 'smtp-password-b' } as const;
const TOKEN_SLOTS = { a: 'google-token-a', b: 'google-token-b' } as const;

/** The slot of the SMTP password. */
export function passwordSlot(turn: TurnSlot): Slot {
  return PASSWORD_SLOTS[turn];
}

/** The slot of the refresh token. */
export function tokenSlot(turn: TurnSlot): Slot {
  return TOKEN_SLOTS[turn];
}

/** The slot that is free while the other one is in use. */
export function otherTurn(turn: TurnSlot | null | undefined): TurnSlot {
  return turn === 'a' ? 'b' : 'a';
}

/** The slots that hold something a site needs. */
export function accountedSlots({ smtp, gmail }: Pick<Site, 'smtp' | 'gmail'>): ReadonlySet<Slot> {
  const turn = gmail === null ? null : kindOf(gmail).tokenSlot(gmail);
  return new Set<Slot>([
    ...(smtp?.password == null ? [] : [passwordSlot(smtp.password.slot)]),
    ...(gmail === null ? [] : (['google-access-token'] as const)),
    ...(turn === null ? [] : [tokenSlot(turn)]),
  ]);
}

/**
 * A secret with the id of what it belongs to. No keychain has a compare-and-set, so a run that was overtaken can still
 * write into a slot: but what it wrote carries an id that the record does not name, and is never used.
 */
export function sealed(id: string, secret: string): string {
  return JSON.stringify({ id, secret });
}

/** The secret of this id, or null. */
export function unsealed(content: string | null, id: string): string | null {
  if (content === null) return null;
  const found = readSeal(content);
  return found?.id === id ? found.secret : null;
}

function readSeal(content: string): { readonly id: string; readonly secret: string } | null {
  if (!content.startsWith('{"id":')) return null;
  try {
    const { id, secret } = JSON.parse(content) as { id?: unknown; secret?: unknown };
    return typeof id === 'string' && typeof secret === 'string' ? { id, secret } : null;
  } catch {
    return null;
  }
}

/**
 * The SMTP password of a site; null if none is stored.
 *
 * @throws MailError `invalid-settings` if the site's secrets are in another store; errors of the credential store
 */
export async function smtpPassword(site: Site, credentials: SecretReader): Promise<string | null> {
  const reference = site.smtp?.password ?? null;
  if (reference === null) return null;
  requireSameStore(site, credentials);
  const content = await credentials.get(siteKey(site.name), passwordSlot(reference.slot));
  return unsealed(content, reference.id);
}

/** The refresh token of a site's connection; null if it is not there. @throws as `smtpPassword` does */
export async function refreshToken(
  site: Site,
  { tokenSlot: turn, id }: OAuthConnection,
  credentials: SecretReader,
): Promise<string | null> {
  requireSameStore(site, credentials);
  return unsealed(await credentials.get(siteKey(site.name), tokenSlot(turn)), id);
}

/** What is kept of a connection's access token; null if nothing is. @throws as `smtpPassword` does */
export async function keptAccessToken(
  site: Site,
  { id }: GmailConnection,
  credentials: SecretReader,
): Promise<string | null> {
  requireSameStore(site, credentials);
  return unsealed(await credentials.get(siteKey(site.name), 'google-access-token'), id);
}

/**
 * A site's secrets are all in one credential store. Looking for them in another would find nothing, which would read as
 * "never connected".
 *
 * @throws MailError `invalid-settings`, saying which store to choose
 */
export function requireSameStore(
  site: Pick<Site, 'name' | 'credentials'>,
  { kind }: Pick<CredentialReader, 'kind'>,
): void {
  if (site.credentials === null || site.credentials === kind) return;
  throw new MailError(
    'invalid-settings',
    `The passwords and the permission of "${site.name}" are in ${STORE_WORDS[site.credentials]}, but ${STORE_WORDS[kind]} was chosen.`,
    site.credentials === 'keychain'
      ? 'Unset WRITEUPP_MAIL_CREDENTIALS (the keychain is the default) and run the command again.'
      : `Set WRITEUPP_MAIL_CREDENTIALS=${site.credentials} and run the command again.`,
  );
}

const STORE_WORDS = {
  keychain: 'the keychain',
  vault: 'the vault',
  team: 'the team’s secrets',
} as const;
