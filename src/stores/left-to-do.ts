/** What a switch leaves to do in WriteUpp itself, where a store is this program's own. */

/** WriteUpp's website keeps its own settings, which this store can't change: the article's steps, in its order. */
export const LEFT_TO_DO: readonly string[] = [
  'In WriteUpp, open Integrations & Add-Ons, choose Configure under Gmail, and click Sign in with Google.',
  'Click Test Connection there, and check that the test email comes.',
  'Only then choose Configure under SMTP, and click Revert to WriteUpp Mail Server.',
];
