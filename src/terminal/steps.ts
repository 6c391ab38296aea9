/** The seven steps of a migration as data: their names, which scripts rely on, and their titles, which people read. */

/** In order. */
export const STEPS = [
  { name: 'check-settings', title: 'Check the settings' },
  { name: 'sign-in', title: 'Sign in with Google' },
  { name: 'save-tokens', title: 'Save the permission to send' },
  { name: 'test-message', title: 'Send the test message' },
  { name: 'confirm-receipt', title: 'Check that it came' },
  { name: 'revert-smtp', title: 'Remove the old SMTP settings (Revert to WriteUpp Mail Server)' },
  { name: 'confirm-pathway', title: 'Confirm how email goes out now' },
] as const;

export type Step = (typeof STEPS)[number];
/** A step's stable name. */
export type StepName = Step['name'];
