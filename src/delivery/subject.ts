/** What the assessment is about: a sender, the Google account that sends, and their domains. */

import { domainToASCII } from 'node:url';
import { splitAddress } from '../sites/address.js';
import { type Site, smtpSender } from '../sites/site.js';
import type { DomainName } from './dmarc.js';
import { isMailProvider } from './who.js';

export interface DeliveryQuestion {
  /** The address that patients see. */
  readonly sender: string;
  /** The Google account that sends; null if not known yet: the sender's own address is assumed. */
  readonly account: string | null;
}

/** The question with its domains. */
export interface Subject extends DeliveryQuestion {
  readonly senderDomain: DomainName;
  /** The envelope sender is the account's: SPF is checked for this domain, and bounces go there. */
  readonly accountDomain: DomainName;
  /** A personal account (gmail.com): Google does not sign with a domain of the practice. */
  readonly isPersonal: boolean;
  /**
   * Google can't host the sender's domain: since August 2014, Gmail passes email from such an address to a server that
   * is configured for it in Gmail alone, and that server's SPF and DKIM count. Older addresses still go out through
   * Google.
   */
  readonly isElsewhere: boolean;
}

export async function subjectOf(question: DeliveryQuestion): Promise<Subject> {
  // Loaded only here: the list takes 20 ms.
  const { getDomain } = await import('tldts');
  const domainOf = (address: string): DomainName => {
    const domain = splitAddress(address)[1].toLowerCase();
    const name = domainToASCII(domain) || domain;
    return { name, registered: getDomain(name, { allowPrivateDomains: true }) ?? name };
  };
  const senderDomain = domainOf(question.sender);
  const accountDomain = question.account === null ? senderDomain : domainOf(question.account);
  const isPersonal = isGmail(accountDomain);
  const isElsewhere =
    senderDomain.name !== accountDomain.name &&
    (isPersonal ? !isGmail(senderDomain) : isMailProvider(senderDomain.name));
  return { ...question, senderDomain, accountDomain, isPersonal, isElsewhere };
}

/** Whether a domain is the one of Google's personal accounts, which Google manages itself. */
export function isGmail({ name }: DomainName): boolean {
  return name === 'gmail.com' || name === 'googlemail.com';
}

/**
 * The sender that patients see once email goes through Google: the send-as address, else the account itself. Null if
 * neither is known.
 *
 * @param account the Google account that sends, or will send; null if not known yet
 */
export function deliveryQuestion(site: Site, account: string | null): DeliveryQuestion | null {
  const today = site.smtp === null ? null : smtpSender(site.smtp);
  const sender = site.sendAs ?? account ?? today;
  return sender === null ? null : { sender, account };
}
