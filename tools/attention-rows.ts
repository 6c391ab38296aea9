/** What each warning of `status` means and what to do: rows of docs/troubleshooting.md. */

import type { Attention } from '../src/sites/attention.js';

/** A row for every code: the compiler refuses a code without one. */
export const ATTENTION_ROWS: Readonly<
  Record<Attention['code'], { readonly what: string; readonly todo: string }>
> = {
  'smtp-takes-precedence': {
    what: 'Gmail is connected, and the SMTP settings are still there: email goes by SMTP.',
    todo: 'Finish the switch with `migrate`.',
  },
  'google-ended-smtp': {
    what: 'The SMTP settings are those of Google, which has ended password sign-in for SMTP.',
    todo: 'Switch with `migrate`.',
  },
  'microsoft-ends-smtp': {
    what: 'The SMTP settings are those of Microsoft. It ended password sign-in for personal accounts (Outlook.com, Hotmail, Live, MSN) on 16 September 2024, and turns it off for Microsoft 365 at the end of December 2026.',
    todo: '`migrate` moves the site to a Google account, `revert-smtp` to the WriteUpp mail server; either changes the address that patients see. An administrator of Microsoft 365 may allow the old way for a while.',
  },
  'other-issuer': {
    what: 'The Gmail connection was made elsewhere, for example in a rehearsal: it does not count here.',
    todo: 'Run `sign-in`.',
  },
  'not-tested': {
    what: 'Email goes by Gmail, and no test message has been sent.',
    todo: 'Run `test-connection`.',
  },
  'test-not-arrived': {
    what: 'Somebody said that the test message did not arrive.',
    todo: 'Look in the junk folder, check the address, and run `test-connection`.',
  },
  'sender-unproven': {
    what: 'Nobody has seen yet that email comes from the send-as address of this site.',
    todo: 'Run `migrate`, and look at the sender of the test message.',
  },
  'testing-mode': {
    what: 'Google is likely to end the permission within two days, as it does for an app that is marked "Testing".',
    todo: 'Ask the person who gave you the Google client file to publish the app. Until then, sign in each week.',
  },
  'permission-ends': {
    what: 'Google ends the permission within two days: it was given for a limited time.',
    todo: 'Run `sign-in --reauthenticate`.',
  },
  'connection-refused': {
    what: 'Google no longer accepts the connection.',
    todo: 'Run `sign-in`.',
  },
  unused: {
    what: 'The connection was not used for five months; Google ends it after six.',
    todo: 'Run `test-connection`.',
  },
  'spf-without-google': {
    what: 'The domain’s SPF record (the public list of servers that may send for it) does not name Google, or receivers can’t use it.',
    todo: 'Forward the record that `status --check` shows to whoever looks after your domain.',
  },
  'dkim-without-google': {
    what: 'Google’s DKIM key (which lets Google sign email in the domain’s name) was not found, or receivers can’t use it.',
    todo: 'Ask your Google Workspace administrator to switch on "Authenticate email".',
  },
  'dmarc-would-fail': {
    what: 'The domain asks others (by DMARC) to refuse or set aside email that fails a check which email through this account would fail.',
    todo: 'Fix SPF or DKIM as `status --check` shows, before the switch if you can.',
  },
  'left-to-do-in-writeupp': {
    what: 'The switch is done here, and WriteUpp itself still has to be switched: this program can’t do that.',
    todo: 'Do the steps that `status` lists, in their order. Then run `status --done-in-writeupp`.',
  },
  'spool-not-emptied': {
    what: 'Messages wait in a spool, and no `send --batch --watch` has looked there for 15 minutes: they are not sent.',
    todo: 'Start `send --batch DIR --watch`, and see why it does not run.',
  },
  'dns-unknown': {
    what: 'Whether email will arrive can’t be checked from here: the DNS (the internet’s directory of domains) gave no answer, or the email may leave by a server that only Gmail knows.',
    todo: 'Do what the warning says: try again later, or look at a message that came ("Show original").',
  },
};
