/** `-f`: the sender for bounces, in the many forms in which programs give it. */

import { MailError } from '../errors.js';
import { isAddress } from '../sites/address.js';

/**
 * The envelope's sender. Empty for `<>`, which asks that nothing is ever sent back. Null where there is none, or one
 * that no mail server could send anything back to, such as the name of a user (`root`) or a computer (`root@box`):
 * programs give that without being asked.
 *
 * @throws MailError `usage` for what could be read in more than one way
 */
export function readEnvelopeSender(value: string | undefined): string | null {
  if (value === undefined) return null;
  const [, inBrackets] = /^[^<>]*<([^<>]*)>$/.exec(value.trim()) ?? [];
  const address = (inBrackets ?? value).trim();
  if (address === '') return '';
  if (isAddress(address)) return address;
  if (!/[<>\p{Cc}]/u.test(address)) return null;
  throw new MailError(
    'usage',
    `-f: ${JSON.stringify(value)} is not an email address.`,
    'Nothing was sent. Correct the address, or leave -f out.',
  );
}
