/** What is asked: email of which sender, through which Google account, and whose domains these are. */

import { domainToASCII } from 'node:url';
import { splitAddress } from '../sites/address.js';

/** The question. */
export interface DeliveryQuestion {
  /** The address that patients see. */
  readonly sender: string;
  /** The Google account that sends; null where it is not known yet: the sender's own is assumed. */
  readonly account: string | null;
}

/** A domain as the DNS knows it (lower case, RFC 5891), and the organisation it belongs to. */
export interface DomainName {
  readonly name: string;
  /** The organisational domain, under which DMARC counts domains as one (RFC 7489, section 3.2). */
  readonly organisation: string;
}

/** The question with its domains. */
export interface Subject extends DeliveryQuestion {
  readonly senderDomain: DomainName;
  /** Google hands email over in the account's name: SPF is asked of this domain, and bounces go there. */
  readonly accountDomain: DomainName;
  /** A personal account (gmail.com): Google signs with no domain of the practice. */
  readonly isPersonal: boolean;
}

/** Works out the domains. */
export async function subjectOf(question: DeliveryQuestion): Promise<Subject> {
  // Loaded only here: the list takes 20 ms.
  const { getDomain } = await import('tldts-icann');
  const domainOf = (address: string): DomainName => {
    const domain = splitAddress(address)[1].toLowerCase();
    const name = domainToASCII(domain) || domain;
    return { name, organisation: getDomain(name) ?? name };
  };
  const senderDomain = domainOf(question.sender);
  const accountDomain = question.account === null ? senderDomain : domainOf(question.account);
  return { ...question, senderDomain, accountDomain, isPersonal: isGmail(accountDomain) };
}

/** Whether a domain is that of Google's personal accounts, which Google looks after itself. */
export function isGmail({ name }: DomainName): boolean {
  return name === 'gmail.com' || name === 'googlemail.com';
}

/** Whether two domains are aligned (RFC 7489, section 3.1): the same, or, unless strict, of one organisation. */
export function isAligned(one: DomainName, other: DomainName, strict: boolean): boolean {
  return strict ? one.name === other.name : one.organisation === other.organisation;
}
