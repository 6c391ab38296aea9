/** `-f`: the sender for bounces, in the many forms that programs give it. */

import { MailError } from '../errors.js';
import { isAddress } from '../sites/address.js';

/**
 * The envelope's sender. Empty for `<>`, which asks for nothing ever to be sent back. Null if there is none, or if no
 * mail server could send anything back to it, such as a user name (`root`) or a local computer (`root@box`): programs
 * supply these unasked.
 *
 * @throws MailError `usage` if it could be read in more than one way
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
