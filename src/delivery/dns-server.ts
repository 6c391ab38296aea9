/** The address of a DNS server, as a person writes it. */

import { isDomain } from '../sites/address.js';

export interface DnsServer {
  /** A name or an IP address. */
  readonly host: string;
  readonly port: number;
}

const STANDARD_PORT = 53;

/** Reads `host`, `host:port`, `[IPv6]` or `[IPv6]:port`; null for anything else. */
export function parseDnsServer(text: string): DnsServer | null {
  const [, six, other, digits] =
    /^(?:\[([\da-f]*:[\da-f:.]*)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const port = digits === undefined ? STANDARD_PORT : Number(digits);
  if (port < 1 || port > 65_535) return null;
  if (six !== undefined) return { host: six, port };
  return other !== undefined && isDomain(other) ? { host: other, port } : null;
}
