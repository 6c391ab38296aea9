/** Who can change what a domain's DNS says: words that several findings share. */

import { safeText } from '../words/safe-text.js';
import type { Finding } from './report.js';

/** Who can publish a record for a domain. */
export interface DnsKeeper {
  readonly domain: string;
  /** Where its DNS is looked after, by the names of its name servers; empty if that is not known. */
  readonly hosts: readonly string[];
}

/** Mailbox providers of the United Kingdom, Ireland and the world: nobody but they can change their DNS. */
const PROVIDERS =
  /^(?:(?:gmail|googlemail|icloud|me|mac|aol|btinternet|btopenworld|btconnect|talktalk|tiscali|virginmedia|ntlworld|blueyonder|plusnet|zoho|fastmail|proton|protonmail|gmx|hushmail)\.(?:com|net|org|me|eu|fm)|(?:yahoo|ymail|rocketmail|hotmail|outlook|live|msn|gmx|sky|aol|tiscali|talktalk|virgin|eircom|mail)\.(?:com|net|co\.uk|ie|fr|de|co\.nz|com\.au)|(?:[\w-]+\.)?orangehome\.co\.uk|nhs\.net|pm\.me)$/;

/** Whether a domain belongs to a provider whose addresses anybody can have: its DNS is not the practice's. */
export function isMailProvider(domain: string): boolean {
  return PROVIDERS.test(domain);
}

/** The person to ask, as the beginning of a sentence. */
export function whoKeeps({ domain, hosts }: DnsKeeper): string {
  const at = hosts.length === 0 ? '' : ` (it is looked after at ${hosts.join(' and ')})`;
  return `Whoever runs the DNS of ${domain}${at}`;
}

/** What an unanswered question is told as, and what to do. */
export function notAnswered(topic: Finding['topic'], what: string): Finding {
  return {
    topic,
    status: 'unknown',
    code: 'dns-unknown',
    message: `${what} can’t be told now: the DNS did not answer.`,
    hint: 'Try again in a few minutes. If it stays so, ask whoever looks after your internet connection.',
    record: null,
  };
}

/** The proof that needs no DNS: what a receiver made of a message that came. */
export const SHOW_ORIGINAL =
  'To see it for certain: send the test message to a Gmail address, open it there, and choose "Show original" in its menu. SPF, DKIM and DMARC should each say PASS.';

/** What stands in the DNS is anybody's text: on one line, with nothing in it that a terminal obeys. */
export function shown(text: string): string {
  return safeText(text).replace(/\s+/g, ' ');
}
