/** What is asked: email of which sender, through which Google account, and whose domains these are. */

import { domainToASCII } from 'node:url';
import { splitAddress } from '../sites/address.js';
import { type Site, smtpSender } from '../sites/site.js';
import type { DomainName } from './dmarc.js';
import { isMailProvider } from './who.js';

/** The question. */
export interface DeliveryQuestion {
  /** The address that patients see. */
  readonly sender: string;
  /** The Google account that sends; null where it is not known yet: the sender's own is assumed. */
  readonly account: string | null;
}

/** The question with its domains. */
export interface Subject extends DeliveryQuestion {
  readonly senderDomain: DomainName;
  /** Google hands email over in the account's name: SPF is asked of this domain, and bounces go there. */
  readonly accountDomain: DomainName;
  /** A personal account (gmail.com): Google signs with no domain of the practice. */
  readonly isPersonal: boolean;
  /**
   * Google can't look after the sender's domain: since August 2014 Gmail hands email of such an address to a server
   * that is set for it in Gmail alone, and that server's SPF and DKIM count. Older addresses still go out by Google.
   */
  readonly isElsewhere: boolean;
}

/** Works out the domains. */
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

/** Whether a domain is that of Google's personal accounts, which Google looks after itself. */
export function isGmail({ name }: DomainName): boolean {
  return name === 'gmail.com' || name === 'googlemail.com';
}

/**
 * The sender that patients see once email goes through Google: the send-as address, else the account itself. Null
 * where neither is known.
 *
 * @param account the Google account that sends, or is to send; null if it is not known yet
 */
export function deliveryQuestion(site: Site, account: string | null): DeliveryQuestion | null {
  const today = site.smtp === null ? null : smtpSender(site.smtp);
  const sender = site.sendAs ?? account ?? today;
  return sender === null ? null : { sender, account };
}
