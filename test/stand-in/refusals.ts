/** Google's refusals during the sign-in: most are pages, of which the program never hears. */
import type { NamedError } from './errors.js';
import { APP_NAME, PAGE_HEADERS, type RefusalPage, refusalPage } from './pages.js';

/** A page that Google shows in place of the sign-in. */
function refusal(status: number, page: RefusalPage): NamedError & { readonly body: string } {
  return { point: 'authorize', status, headers: PAGE_HEADERS, body: refusalPage(page) };
}

/** The usual shape: a heading, a sentence, and "Error 400: name". */
function blocked(status: number, error: string, title: string, text: string) {
  return refusal(status, { title, text, error: `Error ${status}: ${error}` });
}

const INVALID_REQUEST_TITLE = 'Access blocked: Authorization Error';
const MALFORMED_TITLE = "Access blocked: This app's request is invalid";

export function invalidRequestPage(text: string) {
  return blocked(400, 'invalid_request', INVALID_REQUEST_TITLE, text);
}

export function invalidClientPage() {
  return blocked(401, 'invalid_client', INVALID_REQUEST_TITLE, 'The OAuth client was not found.');
}

export function redirectUriMismatchPage() {
  return blocked(
    400,
    'redirect_uri_mismatch',
    MALFORMED_TITLE,
    "You can't sign in because this app sent an invalid request.",
  );
}

export function invalidScopePage(scopes: readonly string[]) {
  return blocked(
    400,
    'invalid_scope',
    INVALID_REQUEST_TITLE,
    `Some requested scopes were invalid. {invalid=[${scopes.join(', ')}]}`,
  );
}

export const REFUSALS = {
  'page-admin_policy_enforced': blocked(
    400,
    'admin_policy_enforced',
    `Access blocked: Your institution's admin needs to review ${APP_NAME}`,
    `${APP_NAME} needs permission to access resources in your organization that only an admin can grant.`,
  ),
  'page-disallowed_useragent': blocked(
    403,
    'disallowed_useragent',
    `Access blocked: ${APP_NAME}'s request does not comply with Google's policies`,
    "This app doesn't comply with Google's 'Use secure browsers' policy.",
  ),
  'page-org_internal': blocked(
    403,
    'org_internal',
    `Access blocked: ${APP_NAME} can only be used within its organization`,
    'This client is restricted to users within its organization.',
  ),
  'page-deleted_client': blocked(
    401,
    'deleted_client',
    INVALID_REQUEST_TITLE,
    'The OAuth client was deleted.',
  ),
  'page-invalid_client': invalidClientPage(),
  'page-redirect_uri_mismatch': redirectUriMismatchPage(),
  'page-invalid_request': invalidRequestPage(
    "You can't sign in to this app because it doesn't comply with Google's OAuth 2.0 policy for keeping apps secure.",
  ),
  'page-invalid_grant': blocked(
    400,
    'invalid_grant',
    INVALID_REQUEST_TITLE,
    'Invalid code challenge.',
  ),
  'page-invalid_scope': invalidScopePage(['https://www.googleapis.com/auth/gmail.sent']),
  'page-not-test-user': blocked(
    403,
    'access_denied',
    `Access blocked: ${APP_NAME} has not completed the Google verification process`,
    `${APP_NAME} is currently being tested, and can only be accessed by developer-approved testers.`,
  ),
  'page-app-not-verified': refusal(200, {
    title: "Google hasn't verified this app",
    text: "The app is requesting access to sensitive info in your Google Account. Until the developer verifies this app with Google, you shouldn't use it.",
  }),
  'page-app-blocked': refusal(403, {
    title: 'This app is blocked',
    text: 'This app tried to access sensitive info in your Google Account. To keep your account safe, Google blocked this access.',
  }),
  'page-advanced-protection': blocked(
    400,
    'policy_enforced',
    'Access blocked: Advanced Protection',
    'Your account is enrolled in the Advanced Protection Program, which stopped this app from accessing your account.',
  ),
} as const;
