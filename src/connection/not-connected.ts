import { MailError } from '../errors.js';
import { siteCommand } from '../text/command-line.js';

export function notConnected(site: string, message: string): MailError {
  return new MailError(
    'sign-in-needed',
    message,
    `Connect it with: ${siteCommand('sign-in', site)}`,
    { reason: 'not-connected' },
  );
}
