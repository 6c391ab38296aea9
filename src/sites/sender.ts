/** Who patients see as the sender, before and after the switch. */

import { sameAccount } from './address.js';
import { type Site, smtpSender } from './site.js';

/**
 * Says whether patients will see another address.
 *
 * @param account the Google account that will send; null if it is not known yet
 */
export async function describeSender(
  site: Site,
  account: string | null,
): Promise<readonly string[]> {
  if (site.smtp === null) return [];
  const today = smtpSender(site.smtp);
  if (today === null) return [];
  if (account === null) return [`Patients see ${today} as the sender today.`];
  if (sameAccount(today, account))
    return [`Patients see ${today} as the sender, before and after.`];
  return [
    `Patients see ${today} today. Google will send as ${account}.`,
    'Gmail replaces any other sender address without a word.',
  ];
}
