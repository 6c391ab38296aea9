/** What a switch leaves to do in WriteUpp itself, where a store is this program's own. */

/** WriteUpp's website keeps its own settings, which this store can't change: the article's steps, in its order. */
export const LEFT_TO_DO: readonly string[] = [
  'Integrations & Add-Ons, Gmail, Configure: click Sign in with Google.',
  'Click Test Connection, and check that the email comes.',
  'Only then: SMTP, Configure, click Revert to WriteUpp Mail Server.',
];
