/** Catalogues of failures: rows in order, of which the first that recognises a failure explains it. */

import type { ErrorCode, ErrorDetails } from '../errors.js';

/** Who can fix a failure. */
export const WHO = {
  you: 'you',
  'workspace-admin':
    'your Google Workspace administrator (the person who adds and removes people at your practice)',
  'oauth-client-owner':
    'the person who gave you the Google client file (WriteUpp support, or your IT person)',
  'service-account-owner': 'the person who made the service account, in the Google Cloud console',
  'exchange-admin': 'the administrator of your Microsoft 365 (Exchange)',
  'entra-admin': 'the administrator of your Microsoft 365 (Entra)',
  'email-server': 'the people who run that email server',
  'writeupp-support': 'WriteUpp support',
  'nobody-wait': 'nobody: wait, then try again',
} as const;
export type Who = keyof typeof WHO;

/** The line of a hint that says who can fix it. */
export function whoLine(who: Who): string {
  return who === 'nobody-wait'
    ? 'Nobody has to fix this: wait, then try again.'
    : `Who can fix this: ${WHO[who]}.`;
}

/** A text, or how to make it of what is known about the case. */
type For<About, Text> = Text | ((about: About) => Text);

/** Rows are tried in order: the specific before the general. */
export interface Row<Failure, About> {
  readonly when: (failure: Failure, about: About) => boolean;
  readonly code: ErrorCode;
  /** What happened, in plain words. */
  readonly what: For<About, string>;
  readonly who?: Who;
  /** What to do, one idea per line. */
  readonly hint: For<About, readonly string[]>;
  /** What the row adds to the error's details. */
  readonly details?: ErrorDetails | ((failure: Failure) => ErrorDetails);
}

export interface Explanation {
  readonly code: ErrorCode;
  readonly what: string;
  /** Who can fix it, then what to do, one idea per line. */
  readonly hint: readonly string[];
  readonly details: ErrorDetails;
}

/** The first row that recognises a failure. */
export function rowFor<Failure, About, R extends Row<Failure, About>>(
  rows: readonly R[],
  failure: Failure,
  about: About,
): R | undefined {
  return rows.find(({ when }) => when(failure, about));
}

/** The explanation of a failure by the first row that recognises it: the last row of a catalogue recognises all. */
export function explainBy<Failure, About>(
  rows: readonly Row<Failure, About>[],
  failure: Failure,
  about: About,
): Explanation {
  const row = rowFor(rows, failure, about);
  if (row === undefined) throw new TypeError('a catalogue without a last row');
  return explainByRow(row, failure, about);
}

/** A row's explanation of a failure that it recognises. */
export function explainByRow<Failure, About>(
  { code, who, what, hint, details = {} }: Row<Failure, About>,
  failure: Failure,
  about: About,
): Explanation {
  const lines = typeof hint === 'function' ? hint(about) : hint;
  return {
    code,
    what: typeof what === 'function' ? what(about) : what,
    hint: [...(who === undefined ? [] : [whoLine(who)]), ...lines],
    details: typeof details === 'function' ? details(failure) : details,
  };
}
