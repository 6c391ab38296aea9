/** What a backend’s refusals mean in plain words. The backend’s own words are cleaned before they are shown. */

import * as v from 'valibot';
import { MailError } from '../../errors.js';
import { describeHolder, type LockHolder } from '../../storage/lock-holder.js';
import { cleanText, looksLikeHtml } from '../../text/clean-text.js';
import { commandLine } from '../../text/command-line.js';
import { parseJson } from '../../text/json.js';
import { oneLine } from '../../text/safe-text.js';
import { type Problem, problem } from './wire.js';

/** The parts of an answer that explain a refusal. */
export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What the answer says about itself; empty if it is not a problem document (RFC 9457). */
export function problemOf({ text }: Refusal): Problem {
  const parsed = v.safeParse(problem, parseJson(text));
  return parsed.success ? parsed.output : {};
}

/** The backend’s own words, cleaned, on a separate line; empty if there is nothing fit to show. */
function ownWords(refusal: Refusal): string {
  const { title, detail } = problemOf(refusal);
  const said = [title, detail].filter((one) => one !== undefined && !looksLikeHtml(one)).join(': ');
  return said === '' ? '' : `\nIt said: "${cleanText(said, { maxLength: 200 })}"`;
}

/** The error for an unexpected answer. @param where the backend, as at the start of a sentence */
export function refusalError(refusal: Refusal, where: string): MailError {
  const { status } = refusal;
  const said = ownWords(refusal);
  if (status === 401) return signInNeeded(where, said);
  const retryAt = retryTime(refusal.headers);
  const time = retryAt === null ? {} : { retryAt };
  if (status === 429 || status === 503) {
    return new MailError(
      status === 429 ? 'rate-limited' : 'network',
      status === 429
        ? `${where}: too many requests at the moment.`
        : `${where}: the service is not available at the moment.`,
      `${retryAt === null ? 'Try again in a few minutes' : `Try again after ${retryAt}`}.${said}`,
      time,
    );
  }
  if (status >= 500) {
    return new MailError(
      'network',
      `${where}: the service failed (HTTP ${status}).`,
      `Try again in a few minutes. If it goes on, contact WriteUpp support.${said}`,
      time,
    );
  }
  if (status === 403) {
    return new MailError(
      'store-refused',
      `${where}: this token does not allow that.`,
      `Ask the person who gave you the token what it is for, or for another one.${said}`,
    );
  }
  if (status >= 300 && status < 400) {
    return new MailError(
      'store-refused',
      `${where}: the answer leads to another address (HTTP ${status}), and no redirect is followed: the token goes nowhere else.`,
      'Set WRITEUPP_MAIL_STORE to the address that the service has now.',
    );
  }
  return new MailError(
    'store-refused',
    `${where}: the request was refused (HTTP ${status}).`,
    `Contact WriteUpp support.${said}`,
  );
}

/** The error for an answer that breaks the interface’s promise. @param why without the value, which may be a secret */
export function notAsPromised(where: string, what: string, why: string): MailError {
  return new MailError(
    'store-refused',
    `${where}: the answer about ${what} can’t be used: ${why}.`,
    'A proxy or a filter on the way may have answered instead. If it goes on, contact WriteUpp support: docs/store-api.md says what the answer must be.',
  );
}

/** The token is missing, has expired, or is not accepted. */
export function signInNeeded(
  where: string,
  said = '',
  why = 'the token is not accepted',
): MailError {
  return new MailError(
    'store-sign-in-needed',
    `${where}: ${why}.`,
    `Get a token from WriteUpp, and hand it over with: ${commandLine('store', 'login')}\nFor scripts, set WRITEUPP_MAIL_STORE_TOKEN.${said}`,
  );
}

/** The error for a site that another run has. */
export function siteBusy(what: string, holder: LockHolder | null, headers: Headers): MailError {
  const retryAt = retryTime(headers);
  return new MailError(
    'site-busy',
    `${what} is in use by ${describeHolder(holder)}.`,
    `Wait until that run has ended, then run the command again.\n${
      retryAt === null
        ? 'If it was killed, its turn ends by itself.'
        : `If it was killed, its turn ends by itself: try again after ${retryAt}.`
    }`,
    retryAt === null ? {} : { retryAt },
  );
}

/** The error for a claim that has passed to another run, or ended. */
export function claimLost(what: string): MailError {
  return new MailError(
    'site-busy',
    `${what} is no longer held by this run: it stood still for too long, and its turn ended.`,
    'Run the command again: it goes on from what is stored.',
  );
}

/** Somebody changed the site while this run held it, as a person can in WriteUpp itself. */
export function changedMeanwhile(what: string): MailError {
  return new MailError(
    'site-busy',
    `${what} was changed in WriteUpp while this command ran, so this command changed nothing more.`,
    'Run the command again: it goes on from what is stored.',
  );
}

/** When to try again (RFC 9110, section 10.2.3); null if it is not given. */
export function retryTime(headers: Headers, now = Date.now()): string | null {
  const said = headers.get('retry-after')?.trim() ?? '';
  const time = /^\d{1,6}$/.test(said) ? now + Number(said) * 1_000 : Date.parse(said);
  return said === '' || Number.isNaN(time) ? null : new Date(time).toISOString();
}

/** What a backend gives as a name may be anything. */
function shownKey(key: string): string {
  return oneLine(key.slice(0, 80));
}

/** The error for a site that can’t be used as it is. @param why without the value, which may be a secret */
export function damagedSite(key: string, where: string, why: string): MailError {
  return new MailError(
    'storage',
    `The record of "${shownKey(key)}" in ${where} is damaged: ${why}.`,
    'It was left as it is. Contact WriteUpp support: docs/store-api.md says what a site must be.',
  );
}

/** The error for a site that came in place of another. */
export function otherSite(key: string, where: string, name: string): MailError {
  return new MailError(
    'storage',
    `The record of "${shownKey(key)}" in ${where} is that of another site, "${cleanText(name, { maxLength: 80 })}".`,
    'It was left as it is. Contact WriteUpp support.',
  );
}

/** The error for a site that has been removed from WriteUpp. */
export function removedThere(name: string): MailError {
  return new MailError(
    'no-such-site',
    `The record of "${name}" is gone: it was removed while this command ran.`,
    'It was removed in WriteUpp.',
  );
}

/** The error for what only WriteUpp itself can do. */
export function notHere(what = 'Sites are added and removed'): MailError {
  return new MailError(
    'usage',
    `${what} in WriteUpp itself: the settings that WRITEUPP_MAIL_STORE names are WriteUpp’s own.`,
    'Nothing was changed. To keep records of this program’s own, unset WRITEUPP_MAIL_STORE.',
  );
}

/** The error for a connection that can’t be handed over to WriteUpp, though WriteUpp sends email itself. */
export function notHandedOver(where: string): MailError {
  return new MailError(
    'store-refused',
    `${where}: WriteUpp sends email itself there, and this connection can’t be handed over to it.`,
    'Somebody has to sign in with Google: a service account sends from this computer only. Nothing was changed.',
  );
}

/** The error if WriteUpp, which sends email itself, has not opened the permission that was handed over. */
export function notOpened(where: string): MailError {
  return new MailError(
    'store-refused',
    `${where}: WriteUpp has not opened the permission that was handed over, so it can’t send with it yet.`,
    `Sign in again, which hands it over again: ${commandLine('migrate', '--reauthenticate')}\nIf that ends the same way, contact WriteUpp support.`,
  );
}

/** The error for a Google client that WriteUpp can’t use: a sign-in with it could not be handed over. */
export function otherClient(where: string, clientIds: readonly string[]): MailError {
  return new MailError(
    'store-refused',
    `${where}: WriteUpp sends email itself there, and can’t use the Google client file of this computer.`,
    `Ask WriteUpp for the client file with this client id: ${clientIds.map((id) => cleanText(id)).join(', ')}\nNobody was asked to sign in.`,
  );
}
