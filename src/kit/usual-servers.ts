/** SMTP servers and mail domains that many practices use, to recognise a typing error in one. */

import { nearMiss } from '../text/near-miss.js';
import type { World } from './world.js';

const USUAL = [
  'smtp.gmail.com',
  'smtp-relay.gmail.com',
  'smtp.office365.com',
  'smtp-mail.outlook.com',
  'smtp.mail.yahoo.com',
  'smtp.mail.yahoo.co.uk',
  'smtp.mail.me.com',
  'smtp.mail.com',
  'smtp.zoho.com',
  'smtp.zoho.eu',
  'smtp.fastmail.com',
  'smtp.ionos.co.uk',
  'smtp.ionos.com',
  'smtp.livemail.co.uk',
  'mail.btinternet.com',
] as const;

/** Whether it is a server that anybody can use for their email. */
export function isUsualServer(host: string): boolean {
  return USUAL.some((one) => one === host.toLowerCase());
}

/** Microsoft’s server for personal accounts has accepted no password since 16 September 2024: never suggested. */
const PROPOSED = USUAL.filter((one) => one !== 'smtp-mail.outlook.com');

/** The server that was probably meant, or null. */
export function usualServerLike(host: string): string | null {
  return isUsualServer(host.trim()) ? null : nearMiss(host.trim(), PROPOSED);
}

/** Domains of many people's addresses, to recognise a typing error in one. */
const USUAL_DOMAINS = [
  ...['gmail.com', 'googlemail.com', 'outlook.com', 'hotmail.com', 'hotmail.co.uk', 'live.co.uk'],
  ...['yahoo.com', 'yahoo.co.uk', 'icloud.com', 'btinternet.com', 'virginmedia.com', 'sky.com'],
  ...['talktalk.net', 'aol.com', 'protonmail.com'],
] as const;
/** Also common, and too similar to those above to be typing errors. */
const NEAR_DOMAINS = [
  'mail.com',
  'email.com',
  'ymail.com',
  'gmx.com',
  'live.com',
  'me.com',
] as const;

/** The address that was probably meant, or null. */
export function usualAddressLike(address: string): string | null {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1).trim();
  const meant = at < 1 ? null : nearMiss(domain, [...USUAL_DOMAINS, ...NEAR_DOMAINS]);
  return meant !== null && USUAL_DOMAINS.some((one) => one === meant)
    ? `${address.slice(0, at)}@${meant}`
    : null;
}

/** Asks a person which server is meant; for a script, only notes it and uses the given server. */
export function settleServer(world: World, host: string): Promise<string> {
  return settle(world, host, usualServerLike(host), 'The SMTP server');
}

/** The same for an address, since the test message may go there. */
export function settleAddress(world: World, address: string): Promise<string> {
  return settle(world, address, usualAddressLike(address), 'The address');
}

async function settle(
  world: World,
  given: string,
  meant: string | null,
  what: string,
): Promise<string> {
  if (meant === null) return given;
  const question = `Did you mean ${meant}?`;
  if (world.ask !== null && world.options.yes !== true) {
    return (await world.ask.confirm(`${question} (You gave ${given}.)`, true)) ? meant : given;
  }
  world.report.note(`${question} ${what} was taken as it was given: ${given}`);
  return given;
}
