/** Whether the email of a domain is likely to be at Google, by its MX records. */

import { Resolver } from 'node:dns/promises';

/** Looks up the mail servers of a domain (RFC 5321, section 5.1). */
export type ResolveMx = (domain: string) => Promise<readonly { readonly exchange: string }[]>;

/** A look-up must not hold anybody up, in milliseconds. */
const LOOK_UP_MS = 3_000;

/** Google's mail servers: Workspace since 2023, and before (support.google.com/a/answer/174125). */
const GOOGLE_MX =
  /^(?:smtp\.google\.com|(?:alt\d\.)?(?:aspmx|gmail-smtp-in)\.l\.google\.com|aspmx\d\.googlemail\.com)\.?$/i;

/**
 * "Likely", or it can't be told: a filter service in front of Google hides it, so an MX record never proves
 * the contrary.
 *
 * @param resolveMx null where nothing is to be looked up
 */
export async function hostedByGoogle(
  domain: string,
  resolveMx: ResolveMx | null,
): Promise<'likely' | 'unknown'> {
  if (/^(?:gmail|googlemail)\.com$/i.test(domain)) return 'likely';
  if (resolveMx === null) return 'unknown';
  try {
    const records = await resolveMx(domain);
    return records.some(({ exchange }) => GOOGLE_MX.test(exchange)) ? 'likely' : 'unknown';
  } catch {
    return 'unknown';
  }
}

/** Asks the name servers of this computer. */
export const resolveMxHere: ResolveMx = async (domain) => {
  const resolver = new Resolver({ timeout: LOOK_UP_MS, tries: 1 });
  const timer = setTimeout(() => resolver.cancel(), LOOK_UP_MS);
  try {
    return await resolver.resolveMx(domain);
  } finally {
    clearTimeout(timer);
  }
};
