/** Who can change what a domain's DNS says. */

/** Who can publish a record for a domain. */
export interface DnsKeeper {
  readonly domain: string;
  /** Who hosts its DNS, judging by the names of its name servers; empty if not known. */
  readonly hosts: readonly string[];
}

/** Mailbox providers of the United Kingdom, Ireland and the world: nobody else can change their DNS. */
const PROVIDERS =
  /^(?:(?:gmail|googlemail|icloud|me|mac|aol|btinternet|btopenworld|btconnect|talktalk|tiscali|virginmedia|ntlworld|blueyonder|plusnet|zoho|fastmail|proton|protonmail|gmx|hushmail)\.(?:com|net|org|me|eu|fm)|(?:yahoo|ymail|rocketmail|hotmail|outlook|live|msn|gmx|sky|aol|tiscali|talktalk|virgin|eircom|mail)\.(?:com|net|co\.uk|ie|fr|de|co\.nz|com\.au)|(?:[\w-]+\.)?orangehome\.co\.uk|nhs\.net|pm\.me)$/;

/** Whether a domain belongs to a provider where anybody can get an address: its DNS is not the practice's. */
export function isMailProvider(domain: string): boolean {
  return PROVIDERS.test(domain);
}

/** The person to ask, as the start of a sentence. */
export function whoKeeps({ domain, hosts }: DnsKeeper): string {
  const at = hosts.length === 0 ? '' : ` (it is looked after at ${hosts.join(' and ')})`;
  return `The person who manages the DNS of ${domain}${at}`;
}
