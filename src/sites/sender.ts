/** Who patients see as the sender, before and after the switch. */

import { sameAccount, splitAddress } from './address.js';
import { hostedByGoogle, type ResolveMx } from './google-hosting.js';
import { type Site, smtpSender } from './site.js';
import { isGoogleSmtp } from './smtp-words.js';

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

/**
 * Everything about the sender that the switch changes, for the first step of a migration. Looks up at most
 * two domains; changes nothing.
 *
 * @param account the Google account that will send; null if it is not known yet
 * @param resolveMx null where nothing is to be looked up
 */
export async function describeSender(
  site: Site,
  account: string | null,
  resolveMx: ResolveMx | null,
): Promise<readonly string[]> {
  const change = senderChange(site, account);
  const domains = [site.login, account ?? change.today ?? site.login].map(domainOf);
  const hosting = await Promise.all(
    [...new Set(domains)].map((domain) => hostingLine(domain, resolveMx)),
  );
  return [...senderLines(change), ...serverLines(site), ...hosting.flat()];
}

function serverLines({ smtp }: Site): string[] {
  if (smtp === null || isGoogleSmtp(smtp)) return [];
  return [
    `${smtp.host} is not a server of Google’s. So this changes the account that sends, not only the way to sign in: email will leave from a Google account, and stay in its Sent folder.`,
  ];
}

async function hostingLine(domain: string, resolveMx: ResolveMx | null): Promise<string[]> {
  if (resolveMx === null) return [];
  return (await hostedByGoogle(domain, resolveMx)) === 'likely'
    ? [`Email of ${domain} is likely to be at Google already.`]
    : [
        `Whether email of ${domain} is at Google can’t be told from here. It is, if you read it at mail.google.com.`,
      ];
}

function domainOf(address: string): string {
  return splitAddress(address)[1].toLowerCase();
}
