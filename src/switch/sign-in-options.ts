/** The options of the commands that sign in, and their values checked. */

import type { Command } from 'commander';
import { MailError } from '../errors.js';
import type { NamedServiceAccount } from '../google/service-account.js';
import { checkAddress } from '../sites/site-input.js';

/** Options of the commands that sign in. */
export interface SignInOptions {
  readonly account?: string;
  /** Commander's way of `--no-browser`. */
  readonly browser?: boolean;
  /** Seconds. */
  readonly timeout: string;
  readonly reauthenticate?: boolean;
  /** A key file, or an address. */
  readonly serviceAccount?: string;
}

/** Adds `--account`, `--client`, `--no-browser`, `--timeout`, `--reauthenticate` and `--service-account`. */
export function addSignInOptions(command: Command): Command {
  return command
    .option('--account <email>', 'the Google account that must sign in')
    .option(
      '--client <file>',
      'the Google client file; kept in the settings folder if none is there',
    )
    .option(
      '--no-browser',
      'print the address instead of opening a browser; accept the pasted answer',
    )
    .addOption(
      command
        .createOption('--timeout <seconds>', 'how long to wait for the sign-in')
        .default('300', '300'),
    )
    .option('--reauthenticate', 'sign in again even if the connection works')
    .option(
      '--service-account <file|email>',
      'no browser: the key file of a service account that your Google Workspace lets send as --account; or its address alone (keyless)',
    );
}

const keyFiles = () => import('../google/service-account.js');

/** @throws MailError `invalid-settings` */
export function readAccount({ account }: SignInOptions): string | null {
  return account === undefined ? null : checkAddress('--account', account, 'invalid-settings');
}

/** @throws MailError `invalid-recipient` */
export function readTo(to: string | undefined): string | null {
  return to === undefined ? null : checkAddress('--to', to, 'invalid-recipient');
}

/** How long the sign-in may take, in milliseconds. @throws MailError `usage` */
function readTimeout({ timeout }: SignInOptions): number {
  const seconds = Number(timeout);
  if (/^\d+$/.test(timeout) && seconds >= 1 && seconds <= 86_400) return seconds * 1000;
  throw new MailError(
    'usage',
    `--timeout: ${JSON.stringify(timeout)} is not a number of seconds from 1 to 86400.`,
    'For example: --timeout 600',
  );
}

/** What the options of a sign-in ask for. @throws MailError `invalid-settings`, `usage`, `storage` */
export async function readSignInOptions(options: SignInOptions): Promise<{
  readonly account: string | null;
  readonly reauthenticate: boolean;
  readonly useBrowser: boolean;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly serviceAccount: NamedServiceAccount | null;
}> {
  const { serviceAccount } = options;
  return {
    account: readAccount(options),
    reauthenticate: options.reauthenticate === true,
    useBrowser: options.browser !== false,
    timeoutMs: readTimeout(options),
    serviceAccount:
      serviceAccount === undefined
        ? null
        : await (await keyFiles()).readServiceAccount(serviceAccount),
  };
}
