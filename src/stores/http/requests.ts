/** The verbs of docs/store-api.md: turns a change into the request for it, and an answer into a site. */

import type { Change, Settings } from '../../sites/change.js';
import type { GmailConnection, Site } from '../../sites/site.js';
import { GENERAL_FIELDS } from '../../sites/site-fields.js';
import { isObject } from '../../text/json.js';
import { notAsPromised, notHere } from './backend-error.js';
import type { HttpReply, Writing } from './client.js';
import type { LocalSite } from './local.js';
import type { WireSite } from './wire.js';

export interface ChangeRequest {
  readonly path: string;
  readonly writing: Writing;
}

/**
 * @param at the site's path
 * @param sealed the permission, for a backend that sends email itself
 * @returns null for what concerns this computer alone, and if nothing would change
 */
export function requestOf(
  change: Change,
  site: Site,
  at: string,
  sealed?: string,
): ChangeRequest | null {
  switch (change.kind) {
    case 'connect': {
      const body = { connection: wireConnection(change.connection), ...(sealed && { sealed }) };
      return { path: `${at}/gmail`, writing: { method: 'PUT', body } };
    }
    case 'disconnect': {
      const query = new URLSearchParams({ connection: change.connection });
      return { path: `${at}/gmail?${query}`, writing: { method: 'DELETE' } };
    }
    case 'test': {
      const { message, connection } = change;
      const { to, from, id, referenceHash, acceptedAt } = change.test;
      const common = { connection, to, from, referenceHash };
      const body =
        message === undefined
          ? { ...common, id, acceptedAt }
          : { ...common, message: message.toString('base64url') };
      return { path: `${at}/gmail/tests`, writing: { method: 'POST', body } };
    }
    case 'receipt': {
      const { message, arrival, senderSeen } = change;
      const path = `${at}/gmail/tests/${encodeURIComponent(message)}/receipt`;
      return { path, writing: { method: 'PUT', body: { arrival, senderSeen } } };
    }
    case 'remove-smtp': {
      const { gmail } = site;
      const proof: Record<string, string> =
        change.authority.kind === 'proven'
          ? { proof: 'test-message', connection: gmail?.id ?? '', message: gmail?.test?.id ?? '' }
          : { proof: 'asked-for' };
      const query = new URLSearchParams(proof);
      return { path: `${at}/smtp?${query}`, writing: { method: 'DELETE' } };
    }
    case 'settings': {
      // Nothing else, so that what somebody changes in WriteUpp meanwhile stays.
      const changed = GENERAL_FIELDS.filter(({ key }) => change.settings[key] !== site[key]);
      if (changed.length === 0) return null;
      const body = Object.fromEntries(changed.map(({ key }) => [key, change.settings[key]]));
      return { path: `${at}/settings`, writing: { method: 'PATCH', body } };
    }
    default:
      return null;
  }
}

/** What WriteUpp gets to know of a connection: neither where this computer keeps its secrets, nor how it fared here. */
function wireConnection(gmail: GmailConnection): object {
  const { id, method, email, issuer, connectedAt, endsAt } = gmail;
  const common = { id, method, email, issuer, connectedAt, ...(endsAt && { endsAt }) };
  if (gmail.method === 'delegation') return { ...common, serviceAccount: gmail.serviceAccount };
  return { ...common, subject: gmail.subject, clientId: gmail.clientId };
}

/** Whether there is nothing to change: what concerns another connection or message is not requested. */
export function isNothing(change: Change, { gmail, smtp }: Site): boolean {
  switch (change.kind) {
    case 'disconnect':
    case 'test':
    case 'use':
      return gmail?.id !== change.connection;
    case 'receipt':
      return gmail?.test?.id !== change.message;
    case 'remove-smtp':
      return smtp === null;
    default:
      return false;
  }
}

/** @throws MailError `usage`: SMTP settings are WriteUpp’s to set */
export function requireSameSmtp(settings: Settings, site: Site): void {
  if (settings.smtp === null || JSON.stringify(settings.smtp) === JSON.stringify(site.smtp)) return;
  throw notHere('SMTP settings are set');
}

/** A site as the backend has it, joined with what is known of it here. */
export function joined(wire: WireSite, here: LocalSite): Site {
  const { credentials, connections, keysToForget } = here;
  const { name, organisation, organisationEmail, login, sendAs, account, smtp } = wire;
  const { smtpRevertedAt, gmail } = wire;
  return {
    ...{ name, organisation, organisationEmail, login, sendAs, account, credentials },
    // Its password is WriteUpp’s own, and never leaves it.
    smtp: smtp && { ...smtp, password: null },
    smtpRevertedAt,
    gmail: gmail && connectionOf(gmail, connections[gmail.id]),
    ...(keysToForget === undefined ? {} : { keysToForget }),
    doneInWriteUpp: null,
  };
}

function connectionOf(
  gmail: NonNullable<WireSite['gmail']>,
  here: LocalSite['connections'][string] | undefined,
): GmailConnection {
  const {
    tokenSlot = 'a',
    usedAt,
    refusals,
  } = here ?? {
    usedAt: gmail.test?.acceptedAt ?? gmail.connectedAt,
  };
  const { opened: _, ...known } = gmail;
  const use = { usedAt, ...(refusals === undefined ? {} : { refusals }) };
  if (known.method === 'delegation') return { ...known, ...use };
  return { ...known, ...use, tokenSlot };
}

/** The name of a site in a list; null if it has none. */
export function nameIn(value: unknown): string | null {
  return isObject(value) && typeof value.name === 'string' && value.name !== '' ? value.name : null;
}

/** The path of the next page (RFC 8288), from the headers of the current one; null if there is none. */
export function nextPage(
  { headers }: Pick<HttpReply, 'headers'>,
  path: string,
  where: string,
): string | null {
  for (const [, target = '', parameters = ''] of (headers.get('link') ?? '').matchAll(
    /<([^>]*)>((?:\s*;\s*[^,;]+)*)/g,
  )) {
    if (!/;\s*rel\s*=\s*"?next"?\s*(?:;|$)/i.test(parameters)) continue;
    // Only the path: the token goes to one origin, whatever an answer names.
    const base = new URL(path, 'https://backend.invalid').href;
    if (!URL.canParse(target, base)) {
      throw notAsPromised(where, 'the next page', 'its Link is not an address');
    }
    const { pathname, search } = new URL(target, base);
    return pathname.slice(Math.max(0, pathname.indexOf('/v1'))) + search;
  }
  return null;
}
