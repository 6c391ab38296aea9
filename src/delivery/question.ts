/** Which question the DNS is asked about a site. */

import { type Site, smtpSender } from '../sites/site.js';
import type { DeliveryQuestion } from './subject.js';

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
