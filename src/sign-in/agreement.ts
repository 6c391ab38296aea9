/** Before anything is stored, the account that signed in is the expected one, or the person agrees to it. */

import type { Identity } from '../google/id-token.js';
import { sameAccount } from '../sites/address.js';
import { signInOf } from '../sites/connection-kind.js';
import { senderChange } from '../sites/sender.js';
import { gmailSender } from '../sites/site.js';
import type { Deadline } from './deadline.js';
import type { SignedInAs } from './pages.js';
import { accountNotAgreed, accountNotNamed, accountRefused } from './refusals.js';
import type { SignInRequest } from './request.js';
import type { Talk } from './talk.js';

/**
 * If nobody can be asked, there must be an expected account: otherwise the first person to sign in would send as the
 * practice. Also for the plan of a run, and before anyone is sent to Google.
 *
 * @throws MailError `usage`
 */
export function requireNamedAccount(
  expected: string | null,
  { canAsk }: Pick<Talk, 'canAsk'>,
): void {
  if (expected === null && !canAsk) throw accountNotNamed();
}

/**
 * Accepts only an account that is expected or agreed to. An account that Google has renamed counts as the expected
 * one: if its new address changes what patients see, the person is asked, otherwise only informed.
 *
 * @param issuer who signed the person in: account keys are specific to an issuer
 * @param tell updates the browser immediately, so that it does not wait for the terminal
 * @returns `again` if the person wants to sign in again
 * @throws MailError `account-mismatch`, `cancelled`, `sign-in-timeout`, `interrupted`
 */
export async function agreeOnAccount(
  { email: actual, subject }: Pick<Identity, 'email' | 'subject'>,
  request: SignInRequest,
  { canAsk, askAboutAccount, tellRenamed }: Talk,
  deadline: Deadline,
  issuer: string,
  tell: (account: SignedInAs) => void,
): Promise<'agreed' | 'again'> {
  const { expectedAccount: expected, site } = request;
  if (expected !== null && sameAccount(expected, actual)) return 'agreed';
  const known = signInOf(site.gmail);
  const isRenamed =
    expected !== null &&
    known?.issuer === issuer &&
    known.subject === subject &&
    sameAccount(expected, known.email);
  const isSenderSame = gmailSender(site, actual) !== actual;
  if (isRenamed && (isSenderSame || !canAsk)) {
    tellRenamed(expected, actual);
    return 'agreed';
  }
  if (!canAsk) {
    throw expected === null ? accountNotNamed() : accountRefused.mismatch(expected, actual);
  }
  tell({ expected, actual, isRenamed });
  const sender = senderChange(site, actual);
  const question = { organisation: site.organisation, expected, actual, isRenamed, sender };
  const asking = askAboutAccount(question, deadline.signal);
  asking.catch(() => undefined);
  const decision = await Promise.race([asking, deadline.over]);
  if (decision === 'time-out' || decision === null) {
    // The question must release the terminal first.
    await asking.catch(() => undefined);
    throw accountNotAgreed(actual, request.timeoutMs);
  }
  if (decision === 'stop') throw accountRefused.stopped(actual);
  return decision === 'use' ? 'agreed' : 'again';
}
