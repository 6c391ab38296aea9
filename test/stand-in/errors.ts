/** Every refusal of Google's that is known, by name, ready for `GoogleStandIn.fail`. */
import { GMAIL_ERRORS } from './gmail-errors.js';
import type { Behaviour, Point } from './misbehaviour.js';
import { REFUSALS } from './refusals.js';
import { redirectError, type Tamper } from './tampers.js';
import { TOKEN_ERRORS } from './token-errors.js';

/** An exact HTTP answer at a point where Google gives it (`fail` can put it elsewhere). */
export interface NamedError {
  readonly point: Point;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is JSON, a string an HTML page. */
  readonly body: object | string;
}

/** Refusals that do come back to the program, on the redirect (RFC 6749, section 4.1.2.1). */
const REDIRECT_ERRORS = {
  'redirect-access_denied': redirectError('access_denied'),
  'redirect-admin_policy_enforced': redirectError('admin_policy_enforced'),
  'redirect-org_internal': redirectError('org_internal'),
  'redirect-server_error': redirectError('server_error'),
  'redirect-temporarily_unavailable': redirectError('temporarily_unavailable'),
  'redirect-unknown': redirectError('an_error_of_tomorrow', 'Words <b>never</b> seen before'),
} as const satisfies Record<string, Tamper>;

export const GOOGLE_ERRORS = {
  ...REFUSALS,
  ...REDIRECT_ERRORS,
  ...TOKEN_ERRORS,
  ...GMAIL_ERRORS,
} satisfies Record<string, NamedError | Tamper>;

export type GoogleErrorName = keyof typeof GOOGLE_ERRORS;

/** What `misbehave` needs to bring the error about. */
export function behaviourOf(error: NamedError | Tamper): Behaviour {
  if ('behaviour' in error) {
    return error.behaviour;
  }
  const { point: _, ...answer } = error;
  return { kind: 'answer', ...answer };
}
