/** How Google's sending computers are named in SPF records: by one name, or address by address. */

import { BlockList, isIPv6 } from 'node:net';

/** What a domain's SPF record includes so that Google may send for it (support.google.com/a/answer/33786). */
export const GOOGLE_SPF = '_spf.google.com';

/**
 * Where Google's email leaves from, as _spf.google.com said in 2026 (before, by way of _netblocks): enough to see
 * that a record lists addresses of Google's instead of its name. Google changes them without notice.
 */
const NETWORKS = [
  ...['35.190.247.0/24', '64.233.160.0/19', '66.102.0.0/20', '66.249.80.0/20', '72.14.192.0/18'],
  ...['74.125.0.0/16', '108.177.8.0/21', '142.250.0.0/15', '172.217.0.0/16', '173.194.0.0/16'],
  ...['209.85.128.0/17', '216.239.32.0/19', '216.58.192.0/19'],
  ...['2001:4860:4000::/36', '2404:6800:4000::/36', '2607:f8b0:4000::/36', '2800:3f0:4000::/36'],
  ...['2a00:1450:4000::/36', '2c0f:fb50:4000::/36'],
] as const;

/** Whether a network ("address/length") has an address in common with Google's. */
export function isOfGoogle(network: string): boolean {
  const [address = ''] = network.split('/');
  if (OWN.check(address, family(address))) return true;
  const other = listOf([network]);
  return NETWORKS.some((own) => {
    const [base = ''] = own.split('/');
    return other.check(base, family(base));
  });
}

const OWN = listOf(NETWORKS);

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', length] = network.split('/');
    list.addSubnet(base, Number(length), family(base));
  }
  return list;
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
