/** The account that signed in is the expected one, or the person agrees to it, before anything is stored. */

import type { Identity } from '../google/id-token.js';
import { sameAccount } from '../sites/address.js';
import { senderChange } from '../sites/sender.js';
import type { Deadline } from './deadline.js';
import { accountNotAgreed, accountNotNamed, accountRefused } from './outcome.js';
import type { SignInPorts, SignInRequest } from './ports.js';

/**
 * Where nobody can be asked, an account has to be expected: else whoever signs in first would send as the
 * practice. For the plan of a run as well, and before anyone is sent to Google.
 *
 * @throws MailError `usage`
 */
export function requireNamedAccount(
  expected: string | null,
  { askAboutAccount }: Pick<SignInPorts, 'askAboutAccount'>,
): void {
  if (expected === null && askAboutAccount === null) throw accountNotNamed();
}

/**
 * Lets only an account through that is expected or agreed to.
 *
 * @param tell tells the browser at once, so that it does not wait for the terminal
 * @returns `again` if the person wants to sign in again
 * @throws MailError `account-mismatch`, `cancelled`, `sign-in-timeout`, `interrupted`
 */
export async function agreeOnAccount(
  { email: actual }: Pick<Identity, 'email'>,
  request: SignInRequest,
  { askAboutAccount }: SignInPorts,
  deadline: Deadline,
  tell: () => void,
): Promise<'agreed' | 'again'> {
  const { expectedAccount: expected, site } = request;
  if (expected !== null && sameAccount(expected, actual)) return 'agreed';
  if (askAboutAccount === null) {
    throw expected === null ? accountNotNamed() : accountRefused.mismatch(expected, actual);
  }
  tell();
  const sender = senderChange(site, actual);
  const question = { organisation: site.organisation, expected, actual, sender };
  const asking = askAboutAccount(question, deadline.signal);
  asking.catch(() => undefined);
  const decision = await Promise.race([asking, deadline.over]);
  if (decision === 'time-out' || decision === null) {
    // The question must give the terminal back first.
    await asking.catch(() => undefined);
    throw accountNotAgreed(actual, request.timeoutMs);
  }
  if (decision === 'stop') throw accountRefused.stopped(actual);
  return decision === 'use' ? 'agreed' : 'again';
}
