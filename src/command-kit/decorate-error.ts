/**
 * What a failure means for the site: the one place that adds words to an error. It compares what is stored now with
 * what was stored before, so that what it says was changed, or was not, is so.
 */

import type { Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { reassurance } from '../sites/reassurance.js';
import type { Site } from '../sites/site.js';
import { withAdminNote } from './admin-note.js';

/** What was on record; `unknown` where the record can't be read. */
export type Recorded = Site | null | 'unknown';

/** Reads a site for `decorateError`. */
export async function readRecorded(context: Context, name: string): Promise<Recorded> {
  try {
    return await (await context.sites()).read(name);
  } catch {
    return 'unknown';
  }
}

/**
 * An error of work on a site, with what it means for the site. What is no MailError passes.
 *
 * @param before what was on record before the work; absent for work that changes nothing
 */
export async function explained(
  error: unknown,
  context: Context,
  name: string,
  before?: Recorded,
): Promise<unknown> {
  if (!(error instanceof MailError)) return error;
  const after = await readRecorded(context, name);
  return decorateError(error, before ?? after, after, context);
}

/** The error with what it means for the site, and with a note to forward where an administrator can mend it. */
async function decorateError(
  error: MailError,
  before: Recorded,
  after: Recorded,
  context: Context,
): Promise<MailError> {
  const site = typeof after === 'string' ? null : after;
  const lines = [...whatIsSo(before, after), ...whatIsNotKnown(error, before, after)];
  const said = lines.filter((line) => !error.hint.startsWith(line));
  const hint = [...said, error.hint].join('\n');
  return withAdminNote(error.with({ hint }), site, context);
}

function whatIsSo(before: Recorded, after: Recorded): string[] {
  if (after === 'unknown' || after === null) return [];
  if (before !== 'unknown' && before !== null) {
    if (before.smtp !== null && after.smtp === null) {
      const way =
        after.gmail === null ? 'the WriteUpp mail server' : `Gmail, as ${after.gmail.email}`;
      return [`Before that, the SMTP settings were removed. Email goes by ${way}.`];
    }
    if (after.gmail !== null && before.gmail?.id !== after.gmail.id) {
      const untouched = reassurance(after);
      return [
        ...(untouched === null ? [] : [untouched]),
        `Before that, ${after.gmail.email} was connected, and it stays connected.`,
      ];
    }
  }
  const untouched = reassurance(after);
  return untouched === null ? [] : [untouched];
}

function whatIsNotKnown({ details }: MailError, before: Recorded, after: Recorded): string[] {
  if (details.secretChanged === 'unknown') {
    return [
      'It is not known whether the last change was kept. Running the same command again puts that right.',
    ];
  }
  const isSame = JSON.stringify(before) === JSON.stringify(after);
  return details.secretChanged === 'no' && isSame ? ['Nothing was changed.'] : [];
}
