/** The address of a backend of WriteUpp’s own settings: https, or in a rehearsal this computer itself. */

import { MailError } from '../../errors.js';

/** Where a backend is. */
export interface BackendAddress {
  /** The base of the interface’s paths, without a trailing slash. */
  readonly base: string;
  /** As shown to people. */
  readonly description: string;
}

/** Whether WRITEUPP_MAIL_STORE names a backend, and not a database. */
export function isBackendAddress(text: string): boolean {
  return /^https?:/i.test(text);
}

/** @throws MailError `invalid-settings`, which never quotes anything that could be a password */
export function readBackendAddress(text: string, isRehearsal: boolean): BackendAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hostname === '') throw unreadable('is not an address');
  if (url.username !== '' || url.password !== '') {
    throw unreadable('has a user name or a password in it, which a backend has no use for');
  }
  if (url.search !== '' || url.hash !== '') throw unreadable('has a ? or a # in it');
  if (url.protocol === 'http:' && !(isRehearsal && isLoopback(url.hostname))) throw notEncrypted();
  return {
    base: url.origin + url.pathname.replace(/\/+$/, ''),
    description: `WriteUpp’s settings at ${url.host}`,
  };
}

/** 127.0.0.0/8, [::1] or localhost. */
function isLoopback(hostname: string): boolean {
  return /^127(?:\.\d{1,3}){3}$/.test(hostname) || ['[::1]', 'localhost'].includes(hostname);
}

function unreadable(why: string): MailError {
  return new MailError(
    'invalid-settings',
    `WRITEUPP_MAIL_STORE ${why}.`,
    'It looks like this: https://settings.writeupp.example\nThe token is not part of it: writeupp-mail store login takes that.',
  );
}

function notEncrypted(): MailError {
  return new MailError(
    'invalid-settings',
    'WRITEUPP_MAIL_STORE begins with http://, so the token and the settings would travel unencrypted.',
    'Write https:// instead. Plain http is for rehearsals on this very computer only (WRITEUPP_MAIL_GOOGLE_URL).',
  );
}
