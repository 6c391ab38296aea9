/** Asks a DNS server, and tells a negative answer apart from no answer. */

import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { DnsServer } from './dns-server.js';

/** What the DNS says about a name. */
export type DnsAnswer<T> =
  | { readonly kind: 'found'; readonly records: readonly T[] }
  /** The name has no record of this type. */
  | { readonly kind: 'none' }
  /** There is no such name (NXDOMAIN). */
  | { readonly kind: 'no-name' }
  /** No answer in time, or one that says nothing (SERVFAIL, REFUSED): the next attempt may succeed. */
  | { readonly kind: 'unknown' };

/** Looks up records; never throws. A look-up that the signal ends gives `unknown`. */
export interface DnsResolver {
  /** Each TXT record as one text: its strings belong together (RFC 7208 section 3.3, RFC 6376 section 3.6.2.2). */
  txt(name: string, signal: AbortSignal): Promise<DnsAnswer<string>>;
  /** The names of the mail servers. */
  mx(name: string, signal: AbortSignal): Promise<DnsAnswer<string>>;
  /** The addresses of a host. */
  addresses(name: string, signal: AbortSignal): Promise<DnsAnswer<string>>;
  /** The names of the name servers. */
  ns(name: string, signal: AbortSignal): Promise<DnsAnswer<string>>;
}

/**
 * The answers: TXT records by name, addresses by `A name`, mail servers by `MX name`. What is missing was not answered.
 */
export type DnsAnswers = ReadonlyMap<string, DnsAnswer<string>>;

export const UNKNOWN: DnsAnswer<never> = { kind: 'unknown' };

/** One attempt, in milliseconds: a lost packet is resent before anybody has waited long. */
const TRY_MS = 1_000;
const TRIES = 3;

/** @param server null for this computer's own */
export function dnsResolver(server: DnsServer | null): DnsResolver {
  const ask = async <T>(
    signal: AbortSignal,
    question: (resolver: Resolver) => Promise<readonly T[]>,
  ): Promise<DnsAnswer<T>> => {
    const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const address = server === null ? null : await serverAddress(server).catch(() => undefined);
      if (address === undefined) return UNKNOWN;
      if (address !== null) resolver.setServers([address]);
      if (signal.aborted) return UNKNOWN;
      const records = await question(resolver);
      return records.length === 0 ? { kind: 'none' } : { kind: 'found', records };
    } catch (error) {
      return failedAnswer(error);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
  return {
    txt: (name, signal) =>
      ask(signal, async (resolver) =>
        (await resolver.resolveTxt(name)).map((strings) => strings.join('')),
      ),
    mx: (name, signal) =>
      ask(signal, async (resolver) =>
        (await resolver.resolveMx(name)).map(({ exchange }) => exchange),
      ),
    addresses: async (name, signal) => {
      const found = await ask(signal, (resolver) => resolver.resolve4(name));
      return found.kind === 'none' ? ask(signal, (resolver) => resolver.resolve6(name)) : found;
    },
    ns: (name, signal) => ask(signal, (resolver) => resolver.resolveNs(name)),
  };
}

/** In the form that Node.js accepts, which excludes names. */
async function serverAddress({ host, port }: DnsServer): Promise<string> {
  const address = isIP(host) === 0 ? (await lookup(host)).address : host;
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

function failedAnswer(error: unknown): DnsAnswer<never> {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (code === 'ENODATA') return { kind: 'none' };
  // A name that can't be asked for (two dots in a row, more than 253 characters) can't exist either.
  if (code === 'ENOTFOUND' || code === 'EBADNAME') return { kind: 'no-name' };
  return UNKNOWN;
}
