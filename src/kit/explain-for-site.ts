/**
 * What a failure means for the site: the only place that adds text to an error. It compares what is stored now with
 * what was stored before, so that what it says about changes is true.
 */

import { MailError } from '../errors.js';
import { hintHere } from '../sites/command-here.js';
import { reassurance } from '../sites/reassurance.js';
import type { Site } from '../sites/site.js';
import { withAdminNote } from './with-admin-note.js';
import type { World } from './world.js';

/** What was stored; `unknown` if the record can't be read. */
export type Recorded = Site | null | 'unknown';

/** For `explainForSite`: the record as it is now. */
export async function readRecorded(world: World, name: string): Promise<Recorded> {
  try {
    return await (await world.sites()).read(name);
  } catch {
    return 'unknown';
  }
}

/**
 * An error of work on a site, with what it means for the site. Anything but a MailError is returned unchanged.
 *
 * @param before what was stored before the work; absent for work that changes nothing
 */
export async function explainForSite(
  error: unknown,
  world: World,
  name: string,
  before?: Recorded,
): Promise<unknown> {
  if (!(error instanceof MailError)) return error;
  const after = await readRecorded(world, name);
  return decorateError(error, before ?? after, after, world);
}

/** Adds what the error means for the site, and a note to forward if an administrator can fix it. */
async function decorateError(
  error: MailError,
  before: Recorded,
  after: Recorded,
  world: World,
): Promise<MailError> {
  const site = typeof after === 'string' ? null : after;
  const lines = [...whatIsSo(before, after), ...whatIsNotKnown(error, before, after)];
  const said = lines.filter((line) => !error.hint.startsWith(line));
  const hint = [...said, await hintHere(world, error.hint)].join('\n');
  return withAdminNote(error.with({ hint }), site, world);
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
  if (after === 'unknown' && before !== 'unknown') {
    return [
      'What is on record can’t be read now, so it is not known whether the last change was kept. Running the same command again puts that right.',
    ];
  }
  if (details.secretChanged === 'unknown') {
    return [
      'It is not known whether the last change was kept. Running the same command again puts that right.',
    ];
  }
  const isSame = JSON.stringify(before) === JSON.stringify(after);
  return details.secretChanged === 'no' && isSame ? ['Nothing was changed.'] : [];
}
