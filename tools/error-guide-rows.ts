/** What each error code means, who can fix it and what to do: the rows of the troubleshooting table. */
import type { ErrorCode } from '../src/errors.js';
import type { Who } from '../src/text/catalogue.js';

/** One code in general; a failing command explains its own case. */
export interface GuideRow {
  readonly what: string;
  readonly who: readonly Who[];
  readonly todo: string;
}

/** A row for every code: the compiler refuses a code without one. */
export const GUIDE_ROWS: Readonly<Record<ErrorCode, GuideRow>> = {
  'account-mismatch': {
    what: 'The Google account that signed in is not the one that was expected. It was not stored.',
    who: ['you'],
    todo: 'Sign in again and choose the right account, or name the other one with `--account`.',
  },
  'invalid-id-token': {
    what: 'Google’s answer about who signed in failed a safety check. Nothing from that sign-in was kept.',
    who: ['you', 'writeupp-support'],
    todo: 'Check that the computer’s clock is right and sign in again. If it happens again, tell support.',
  },
  'admin-policy': {
    what: 'Your organisation, or Google’s protection of the account, does not allow this app.',
    who: ['workspace-admin', 'oauth-client-owner', 'service-account-owner'],
    todo: 'Run `writeupp-mail sign-in --admin-note` and forward the message that it prints.',
  },
  'gmail-api-disabled': {
    what: 'The Gmail service is not switched on for the app.',
    who: ['oauth-client-owner'],
    todo: 'Send them the link in the message; try again some minutes after they switched it on.',
  },
  'no-mailbox': {
    what: 'The Google account has no Gmail mailbox.',
    who: ['you'],
    todo: 'Sign in with an account that you read email with at mail.google.com.',
  },
  'smtp-refused': {
    what: 'The old email server refused the stored user name and password, or the message.',
    who: ['you'],
    todo: 'Move the site to Gmail with `writeupp-mail migrate`.',
  },
  'store-refused': {
    what: 'The service that keeps WriteUpp’s own settings refused a request, or answered what can’t be used.',
    who: ['you', 'writeupp-support'],
    todo: 'Read what it said. Ask the person who gave you the token, or contact WriteUpp support.',
  },
  'gave-up': {
    what: '`send --batch --watch` tried for days (`--give-up`) and stopped trying this message. It was not sent, and nobody but you is told: no bounce goes to its sender.',
    who: ['you'],
    todo: 'Find out why it could not be sent. Then `send --batch DIR --again NAME` tries once more, or tell the patient in another way.',
  },
  storage: {
    what: 'A settings file could not be read or written, or is damaged. A damaged file is left as it is.',
    who: ['you', 'writeupp-support'],
    todo: 'Check the disk space and the permissions of the folder that the message names.',
  },
  internal: {
    what: 'Something that this program does not know, or a fault in it.',
    who: ['writeupp-support'],
    todo: 'Send support the message; it holds no passwords.',
  },
  usage: {
    what: 'The command was not understood, or it needs to know which site is meant.',
    who: ['you'],
    todo: 'Run it with `--help`, or name the site with `--site`.',
  },
  'invalid-settings': {
    what: 'A setting is missing or can’t be right.',
    who: ['you', 'service-account-owner'],
    todo: 'Correct the setting that the message names.',
  },
  'no-such-site': {
    what: 'No site of that name is on record.',
    who: ['you'],
    todo: 'Run `writeupp-mail site list` to see the names.',
  },
  'no-sites': {
    what: 'No site is on record yet.',
    who: ['you'],
    todo: 'Run `writeupp-mail site add NAME`.',
  },
  'not-interactive': {
    what: 'A question had to be answered, and there was nobody to ask.',
    who: ['you'],
    todo: 'Run it in a terminal, or add `--yes` if you are sure.',
  },
  'no-oauth-client': {
    what: 'The Google client file (`oauth-client.json`), which tells Google which app is asking, was not found.',
    who: ['oauth-client-owner'],
    todo: 'Put the file where the message says.',
  },
  'invalid-oauth-client': {
    what: 'Google does not accept the Google client file, or it can’t be read. The saved permission is kept.',
    who: ['oauth-client-owner', 'service-account-owner'],
    todo: 'Ask for a fresh file, of the type "Desktop app".',
  },
  'invalid-recipient': {
    what: 'The address to send to is missing or can’t be read.',
    who: ['you'],
    todo: 'Check the address for typing mistakes.',
  },
  'invalid-message': {
    what: 'The message is empty or can’t be read.',
    who: ['you'],
    todo: 'Check its addresses, subject and content.',
  },
  'message-too-large': {
    what: 'The message is larger than Gmail takes (35 MB).',
    who: ['you'],
    todo: 'Leave out or shrink the attachments.',
  },
  'no-mail-server': {
    what: 'The site sends by the WriteUpp mail server, and its address is not set on this computer.',
    who: ['you', 'writeupp-support'],
    todo: 'Set `WRITEUPP_MAIL_SERVER`.',
  },
  cancelled: {
    what: 'You answered No, so nothing more was done.',
    who: ['you'],
    todo: 'Run the same command again when you are ready.',
  },
  'consent-denied': {
    what: 'The sign-in ended at Google with Cancel, or Google did not allow it.',
    who: ['you'],
    todo: 'Sign in again and choose Allow.',
  },
  'store-sign-in-needed': {
    what: 'The token for the service that keeps WriteUpp’s own settings is missing, has expired or is not accepted; or the service is not as it was when you signed in to it.',
    who: ['you', 'writeupp-support'],
    todo: 'Get a token from WriteUpp and run `writeupp-mail store login`; for scripts, set `WRITEUPP_MAIL_STORE_TOKEN`.',
  },
  'sign-in-needed': {
    what: 'No Google account is connected, or Google no longer accepts the connection.',
    who: ['you', 'workspace-admin', 'oauth-client-owner'],
    todo: 'Run `writeupp-mail sign-in`. The message names the likeliest cause.',
  },
  'sign-in-timeout': {
    what: 'The sign-in was not finished in time; often Google’s page showed why.',
    who: ['you'],
    todo: 'Sign in again; `--timeout 900` gives 15 minutes.',
  },
  'permission-not-granted': {
    what: 'The sign-in worked, but the box for sending email was not ticked.',
    who: ['you'],
    todo: 'Sign in again and tick the box "Send email on your behalf".',
  },
  'permission-insufficient': {
    what: 'The connected account has not given the permission to send.',
    who: ['you'],
    todo: 'Sign in again and tick the box "Send email on your behalf".',
  },
  'no-refresh-token': {
    what: 'Google gave no lasting permission, so the connection would end within the hour. It was not stored.',
    who: ['you'],
    todo: 'Remove the app at myaccount.google.com/connections, then sign in again.',
  },
  'site-busy': {
    what: 'Another run of this program is working on the same site.',
    who: ['nobody-wait'],
    todo: 'Wait until it has finished, then try again.',
  },
  'spool-busy': {
    what: 'Another run watches this spool already: one is enough.',
    who: ['you'],
    todo: 'Leave it to that run, or end it first.',
  },
  'rate-limited': {
    what: 'Google asks this account to slow down.',
    who: ['nobody-wait'],
    todo: 'Wait until the time that the message names; trying earlier makes it longer.',
  },
  'daily-limit': {
    what: 'The account (or the app) has sent as many emails as Google allows in a day.',
    who: ['nobody-wait', 'oauth-client-owner'],
    todo: 'Wait until tomorrow.',
  },
  'google-unavailable': {
    what: 'Google has a fault at the moment.',
    who: ['nobody-wait'],
    todo: 'Try again in a few minutes.',
  },
  'delivery-unknown': {
    what: 'The answer was lost, so the message may or may not have been sent.',
    who: ['you'],
    todo: 'Look in the Sent folder of the Google account before you send it again.',
  },
  network: {
    what: 'Google or the email server could not be reached, or the connection was not safe to use.',
    who: ['you'],
    todo: 'Check the internet connection; for antivirus or a firewall that inspects traffic, set `NODE_EXTRA_CA_CERTS`.',
  },
  proxy: {
    what: 'The web proxy of this network refused, or does not answer.',
    who: ['you'],
    todo: 'Check `HTTPS_PROXY` with your IT support.',
  },
  'keychain-unavailable': {
    what: 'This computer’s keychain (its safe for passwords) is missing or refused.',
    who: ['you'],
    todo: 'Do what the message says for your system, or choose the vault with `WRITEUPP_MAIL_CREDENTIALS=vault`.',
  },
  'keychain-locked': {
    what: 'The keychain is locked.',
    who: ['you'],
    todo: 'Unlock it (log in at the computer itself), then try again.',
  },
  'keychain-timeout': {
    what: 'The keychain did not answer; a window may be waiting for its password.',
    who: ['you'],
    todo: 'Look for that window and answer it, then try again.',
  },
  'vault-passphrase': {
    what: 'The vault’s passphrase is missing or wrong.',
    who: ['you'],
    todo: 'Run it in a terminal, which asks for it, or set `WRITEUPP_MAIL_PASSPHRASE`.',
  },
  interrupted: {
    what: 'The program was stopped: by Ctrl-C, or by the signals TERM and HUP (exit codes 143 and 129).',
    who: ['you'],
    todo: 'Run the same command again to go on.',
  },
};
