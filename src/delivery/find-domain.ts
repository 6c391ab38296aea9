/** What is told about the sender's domain itself: whether it is there, and whether it takes email. */

import type { Answer } from './dns.js';
import type { Finding } from './report.js';

/**
 * Google's mail servers: Workspace since 2023, and before (support.google.com/a/answer/174125). A filter service in
 * front of Google hides them, so their absence never proves that email is elsewhere.
 */
const GOOGLE_MX =
  /^(?:smtp\.google\.com|(?:alt\d\.)?(?:aspmx|gmail-smtp-in)\.l\.google\.com|aspmx\d\.googlemail\.com)\.?$/i;

/**
 * For a domain that the DNS says is not there. Nothing else is told of it then: a network that lets nobody look up
 * names of the outside answers like that for every domain.
 */
export function noSuchDomain(domain: string): Finding {
  return {
    topic: 'domain',
    status: 'unknown',
    code: 'dns-unknown',
    message: `Whether email of ${domain} will arrive can’t be told: the DNS, as asked from here, knows no such domain.`,
    hint: `Check the spelling of the sender. If it is right, try it on another network.\nIf it stays so, the registration of ${domain} may have ended: ask the company it was bought from. Receivers refuse email from a domain that is not there.`,
    record: null,
  };
}

/** @param mx the domain's mail servers */
export function findDomain(domain: string, mx: Answer<string>): Finding[] {
  if (mx.kind !== 'found') return [];
  // RFC 7505, sections 3 and 4.2.
  if (mx.records.every((exchange) => exchange === '' || exchange === '.')) {
    return [
      {
        topic: 'domain',
        status: 'warning',
        code: null,
        message: `${domain} says that it takes no email (an empty MX record): replies of patients can’t arrive, and receivers may refuse email from it.`,
        hint: `If email is read at ${domain}, whoever runs its DNS can publish the MX records of the place where it is read. Otherwise choose another sender.`,
        record: null,
      },
    ];
  }
  if (!mx.records.some((exchange) => GOOGLE_MX.test(exchange))) return [];
  const message = `Email of ${domain} is likely to be at Google already.`;
  return [{ topic: 'domain', status: 'good', code: null, message, hint: '', record: null }];
}
