/** TXT records of a test, as if they had been looked up: what does not stand there is not there. */

import { generateKeyPairSync } from 'node:crypto';
import type { DnsAnswer, DnsResolver } from '../../src/delivery/dns.js';

export const GOOGLE = 'include:_spf.google.com';

/** Records by name; null: the DNS did not answer. */
export type Records = Readonly<Record<string, readonly string[] | null>>;

/** The records, for the rules. */
export function txtOf(records: Records): ReadonlyMap<string, DnsAnswer<string>> {
  return new (class extends Map<string, DnsAnswer<string>> {
    override get(name: string): DnsAnswer<string> {
      return answerOf(records[name]);
    }
  })(Object.keys(records).map((name) => [name, answerOf(records[name])]));
}

/** The records, for an assessment; see `DnsAnswers`; name servers stand under `NS domain`. */
export function resolverOf(records: Records): DnsResolver & { readonly asked: string[] } {
  const asked: string[] = [];
  const ask = async (name: string) => {
    asked.push(name);
    return answerOf(records[name]);
  };
  return {
    asked,
    txt: ask,
    mx: (name) => ask(`MX ${name}`),
    addresses: (name) => ask(`A ${name}`),
    ns: (name) => ask(`NS ${name}`),
  };
}

function answerOf(records: readonly string[] | null | undefined): DnsAnswer<string> {
  if (records === null) return { kind: 'unknown' };
  return records === undefined ? { kind: 'none' } : { kind: 'found', records };
}

/** A DKIM record with a real key. */
export const DKIM_KEY = `v=DKIM1; k=rsa; p=${generateKeyPairSync('rsa', { modulusLength: 1024 })
  .publicKey.export({ format: 'der', type: 'spki' })
  .toString('base64')}`;
