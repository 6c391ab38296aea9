/** Turns what Google or the network threw into an explained MailError. */
import { type ErrorDetails, MailError } from '../errors.js';
import { explainByRow } from '../text/catalogue.js';
import type { CatalogueEntry, FailureFacts } from './catalogue/catalogue-entry.js';
import { catalogueEntry } from './catalogue/index.js';
import { clockSkewMs, type GoogleFailure, type GoogleOperation, readFailure } from './failure.js';

export type { FailureFacts } from './catalogue/catalogue-entry.js';

/** A clock that is further off than this breaks sign-ins: the client library has the same tolerance. */
const CLOCK_TOLERANCE_MS = 5 * 60 * 1000;

/**
 * Explains a thrown error: stable code, plain words, who can fix it and how, whether anything was sent.
 * A MailError passes through. The result holds no request, token or code.
 */
export function explainGoogleError(
  error: unknown,
  operation: GoogleOperation,
  facts: FailureFacts = { now: new Date() },
): MailError {
  if (error instanceof MailError) return error;
  return explainFailure(readFailure(error, operation), facts);
}

/** Explains a failure that has been read already, such as an error on the redirect. */
export function explainFailure(
  failure: GoogleFailure,
  facts: FailureFacts = { now: new Date() },
): MailError {
  const entry = catalogueEntry(failure, facts);
  const { code, what, hint, details } = explainByRow(entry, failure, facts);
  const lines = hintLines(entry, hint, failure, facts);
  return new MailError(code, what, lines.join('\n'), {
    ...details,
    ...sentDetails(entry, failure),
  });
}

/** Every refused send says whether the message left; other operations send none. */
function sentDetails(entry: CatalogueEntry, failure: GoogleFailure): ErrorDetails {
  return failure.operation === 'send' ? { sent: entry.sent ?? 'no' } : {};
}

function hintLines(
  entry: CatalogueEntry,
  hint: readonly string[],
  failure: GoogleFailure,
  facts: FailureFacts,
): readonly string[] {
  const nothingSent = failure.operation === 'send' && entry.sent !== 'unknown';
  return [
    nothingSent ? 'Nothing was sent.' : undefined,
    ...hint,
    ...(entry.moreHints?.(failure, facts) ?? []),
    clientIdLine(entry, facts),
    clockLine(failure, facts.now),
    googleWordsLine(failure),
  ].filter((line) => line !== undefined);
}

/** An app is found in Google's settings by its client id, which is public. */
function clientIdLine(
  { who, code }: CatalogueEntry,
  { clientId }: FailureFacts,
): string | undefined {
  const needed = who === 'oauth-client-owner' || code === 'admin-policy';
  return needed && clientId !== undefined ? `The client id they will need: ${clientId}` : undefined;
}

function clockLine(failure: GoogleFailure, now: Date): string | undefined {
  const skewMs = clockSkewMs(failure, now);
  if (skewMs === undefined || Math.abs(skewMs) <= CLOCK_TOLERANCE_MS) return undefined;
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  const direction = skewMs > 0 ? 'ahead' : 'behind';
  return `This computer’s clock is ${minutes} minutes ${direction}: set its date and time to automatic.`;
}

/** Google's own reason and words, which support can look up. */
function googleWordsLine(failure: GoogleFailure): string | undefined {
  const reason = [failure.error, failure.errorSubtype, ...failure.reasons]
    .filter(Boolean)
    .join(', ');
  const words = [failure.errorDescription, failure.message].filter(Boolean).join(' ');
  const said = [
    failure.status === undefined ? '' : `HTTP ${failure.status}`,
    reason,
    words === '' ? '' : `"${words}"`,
    failure.networkCode ?? '',
  ].filter((part) => part !== '');
  return said.length === 0 ? undefined : `For support: ${said.join(', ')}`;
}
