/** Whom patients see as the sender, before and after the switch. */

import { commandLine } from '../text/command-line.js';
import { sameAccount } from './address.js';
import { gmailSender, type Site, smtpSender } from './site.js';
import { NO_SEND_AS } from './site-fields.js';

/** The sender address that patients see: today, and through Gmail. Null if it is not known. */
export interface SenderChange {
  readonly today: string | null;
  readonly after: string | null;
}

/** @param account the Google account that will send; null if it is not known yet */
export function senderChange(
  site: Pick<Site, 'smtp' | 'sendAs'>,
  account: string | null,
): SenderChange {
  return {
    today: site.smtp === null ? null : smtpSender(site.smtp),
    after: account === null ? site.sendAs : gmailSender(site, account),
  };
}

/** Whether patients will see a different address from today's: to them, the most visible effect of the switch. */
export function senderChanges({ today, after }: SenderChange): boolean {
  return today !== null && after !== null && !sameAccount(today, after);
}

/** Whom patients see, in one line; none if it is not known. */
export function senderLines(change: SenderChange): string[] {
  const { today, after } = change;
  if (today === null) return [];
  if (after === null) return [`Patients see ${today} as the sender today.`];
  return senderChanges(change)
    ? [`Patients will see another sender: ${after} instead of ${today}. Replies will go there.`]
    : [`Patients see ${today} as the sender, before and after.`];
}

/**
 * How to keep a sender that would change. An address that is only another one of the account must be named in From:
 * Gmail uses its default only if the message names no sender that it knows
 * (developers.google.com/workspace/gmail/api/guides/alias_and_signature_settings). If the site has a send-as address,
 * it is that which changes the sender: another account would not help.
 *
 * @param account the Google account that will send; null if it is not known yet
 */
export function keepSenderLines(
  change: SenderChange,
  { name, sendAs }: Pick<Site, 'name' | 'sendAs'>,
  account: string | null,
): string[] {
  const { today, after } = change;
  if (today === null || !senderChanges(change)) return [];
  if (sendAs !== null) {
    return account !== null && sameAccount(today, account)
      ? [
          `To keep ${today}, which is the account itself: clear the send-as address.`,
          `  ${commandLine('site set', name, '--send-as', NO_SEND_AS)}`,
        ]
      : [
          `To keep ${today}, if it is among "Send mail as" of the account: send as it instead.`,
          `  ${commandLine('site set', name, '--send-as', today)}`,
        ];
  }
  return [
    `To keep ${today}: if it is a Google account of its own, sign in as ${today}.`,
    `If it is another address of ${after}: add it in Gmail (Settings, See all settings, Accounts, "Send mail as"), and then run:`,
    `  ${commandLine('site set', name, '--send-as', today)}`,
  ];
}
