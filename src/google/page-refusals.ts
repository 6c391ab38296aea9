/** Refusals that only Google's page shows: the person says which one they saw, and it is explained. */
import type { ErrorCode, MailError } from '../errors.js';
import type { FailureFacts, Who } from './catalogue/entry.js';
import { catalogueEntry } from './catalogue/index.js';
import { explainFailure } from './explain.js';
import { authorizeFailure } from './failure.js';

/** One page that Google can show instead of coming back to the program. */
export interface PageRefusal {
  /** The value to hand to `explainPageRefusal`. */
  readonly value: string;
  /** Google's own words, as a person would find them on the page. */
  readonly title: string;
  /** What it means, in plain words. */
  readonly explanation: string;
  readonly code: ErrorCode;
  readonly who: Who;
  readonly hint: readonly string[];
}

/**
 * Google's wordings, the commonest first (native-app page, "Errors", and reports in issue trackers:
 * joshcarty/google-searchconsole#69, guyzyl/whatsapp-contact-sync#195).
 */
const PAGES: readonly (readonly [value: string, title: string])[] = [
  ['unverified_app', 'Google hasn’t verified this app'],
  [
    'not_a_test_user',
    'Access blocked: … has not completed the Google verification process (Error 403: access_denied)',
  ],
  [
    'admin_policy_enforced',
    'Access blocked: your administrator … (Error 400: admin_policy_enforced)',
  ],
  [
    'org_internal',
    'Access blocked: … can only be used within its organization (Error 403: org_internal)',
  ],
  [
    'redirect_uri_mismatch',
    'Access blocked: This app’s request is invalid (Error 400: redirect_uri_mismatch)',
  ],
  ['invalid_request', 'Access blocked: Authorization Error (Error 400: invalid_request)'],
  ['deleted_client', 'The OAuth client was deleted (Error 401: deleted_client)'],
  ['invalid_client', 'The OAuth client was not found (Error 401: invalid_client)'],
  ['app_blocked', 'This app is blocked'],
  ['browser_not_secure', 'This browser or app may not be secure'],
  ['disallowed_useragent', 'Access blocked … (Error 403: disallowed_useragent)'],
  ['advanced_protection', 'Access blocked … Advanced Protection'],
  ['none_of_these', 'None of these, or no message at all'],
];

/** The list to choose from; its last row is "none of these". */
export const PAGE_REFUSALS: readonly PageRefusal[] = PAGES.map(([value, title]) => {
  const { what, code, who, hint } = catalogueEntry(authorizeFailure(value, title), {
    now: new Date(0),
  });
  return { value, title, explanation: what, code, who, hint };
});

/** Explains the page that the person saw. */
export function explainPageRefusal(value: string, facts?: FailureFacts): MailError {
  const title = PAGES.find(([known]) => known === value)?.[1];
  return explainFailure(authorizeFailure(value, title), facts);
}

/** All of them in brief, for where nobody can be asked. */
export function listPageRefusals(): string {
  return PAGE_REFUSALS.filter(({ value }) => value !== 'none_of_these')
    .map(({ title, explanation }) => `“${title}”\n  ${explanation}`)
    .join('\n');
}
