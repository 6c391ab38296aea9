/** SMTP servers that many practices use: for the name of a server that is nearly one of them. */

import type { Context } from '../context/context.js';
import { nearMiss } from '../words/near-miss.js';

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

/** Whether anybody can have this server for their email. */
export function isUsualServer(host: string): boolean {
  return USUAL.some((one) => one === host.toLowerCase());
}

/** The server that was probably meant, or null. */
export function usualServerLike(host: string): string | null {
  return nearMiss(host.trim(), USUAL);
}

/** Asks a person which server is meant; a script is told, and its word is taken. */
export async function settleServer(context: Context, host: string): Promise<string> {
  const meant = usualServerLike(host);
  if (meant === null) return host;
  const question = `Did you mean ${meant}?`;
  if (context.prompts !== null && context.options.yes !== true) {
    return (await context.prompts.confirm(`${question} (You gave ${host}.)`, true)) ? meant : host;
  }
  context.reporter.note(`${question} The SMTP server was taken as it was given: ${host}`);
  return host;
}
