/** Refusals that only appear on Google's page: the person says which one they saw, and gets an explanation. */
import type { ErrorCode, MailError } from '../errors.js';
import type { Who } from '../text/catalogue.js';
import type { FailureFacts } from './catalogue/catalogue-entry.js';
import { catalogueEntry } from './catalogue/index.js';
import { explainFailure } from './explain.js';
import { authorizeFailure } from './failure.js';

/** One page that Google can show instead of redirecting to the program. */
export interface PageRefusal {
  /** The value to pass to `explainPageRefusal`. */
  readonly value: string;
  /** Google's own words, as a person sees them on the page. */
  readonly title: string;
  /** What it means, in plain words. */
  readonly explanation: string;
  readonly code: ErrorCode;
  readonly who: Who;
  readonly hint: readonly string[];
}

/**
 * Google's wordings (native-app page, "Errors", and reports in issue trackers: joshcarty/google-searchconsole#69,
 * guyzyl/whatsapp-contact-sync#195). What a person can match letter by letter comes first: the pages with an
 * "Error …" line, then those known by their heading.
 */
const PAGES: readonly (readonly [value: string, title: string])[] = [
  [
    'not_a_test_user',
    'Error 403: access_denied ("has not completed the Google verification process")',
  ],
  ['org_internal', 'Error 403: org_internal ("… can only be used within its organization")'],
  ['disallowed_useragent', 'Error 403: disallowed_useragent ("Access blocked …")'],
  ['admin_policy_enforced', 'Error 400: admin_policy_enforced ("… your administrator …")'],
  ['redirect_uri_mismatch', 'Error 400: redirect_uri_mismatch ("This app’s request is invalid")'],
  ['invalid_request', 'Error 400: invalid_request ("Authorization Error")'],
  ['deleted_client', 'Error 401: deleted_client ("The OAuth client was deleted")'],
  ['invalid_client', 'Error 401: invalid_client ("The OAuth client was not found")'],
  ['unverified_app', '"Google hasn’t verified this app"'],
  ['app_blocked', '"This app is blocked"'],
  ['browser_not_secure', '"This browser or app may not be secure"'],
  ['advanced_protection', '"Access blocked", with "Advanced Protection"'],
  ['none_of_these', 'None of these, or no message at all'],
];

/** The list to choose from; the last row is "none of these". */
export const PAGE_REFUSALS: readonly PageRefusal[] = PAGES.map(([value, title]) => {
  const { what, code, who, hint } = catalogueEntry(authorizeFailure(value, title), {
    now: new Date(0),
  });
  return { value, title, explanation: what, code, who, hint };
});

export function explainPageRefusal(value: string, facts?: FailureFacts): MailError {
  const title = PAGES.find(([known]) => known === value)?.[1];
  return explainFailure(authorizeFailure(value, title), facts);
}

/** All of them in brief, for use without a person to ask. */
export function listPageRefusals(): string {
  return PAGE_REFUSALS.filter(({ value }) => value !== 'none_of_these')
    .map(({ title, explanation }) => `${title}\n  ${explanation}`)
    .join('\n');
}
