/** Who patients see as the sender, before and after the switch. */

import { sameAccount } from './address.js';
import { type Site, smtpSender } from './site.js';

/** The sender address that patients see: today, and through Gmail. Null where it is not known. */
export interface SenderChange {
  readonly today: string | null;
  readonly after: string | null;
}

/** @param account the Google account that will send; null if it is not known yet */
export function senderChange(site: Pick<Site, 'smtp'>, account: string | null): SenderChange {
  return { today: site.smtp === null ? null : smtpSender(site.smtp), after: account };
}

/** Whether patients will see another address, and what keeps the one of today. */
export function senderLines({ today, after }: SenderChange): string[] {
  if (today === null) return [];
  if (after === null) return [`Patients see ${today} as the sender today.`];
  if (sameAccount(today, after)) return [`Patients see ${today} as the sender, before and after.`];
  return [
    `Patients see ${today} as the sender today. Google will send as ${after}, and replies will go there.`,
    `To keep ${today}: sign in as ${today}, if it is a Google account of its own.`,
    // An unknown From is replaced by the account's default sender, and nothing is said about it
    // (developers.google.com/workspace/gmail/api/guides/alias_and_signature_settings).
    `If ${today} is only another address of ${after}, add it in Gmail under Settings > Accounts > "Send mail as", and make it the default there: then Gmail sends as ${today}.`,
  ];
}
