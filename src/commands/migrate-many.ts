/** `migrate --all`, or of several sites: side by side where nobody is needed, then one after another with a person. */

import type { Context } from '../context/context.js';
import { EndedWith, MailError } from '../errors.js';
import { failuresFile } from '../many/failures-file.js';
import { isSwitched, notReached } from '../many/migrate-many.js';
import type { MigrationOptions } from '../migration/situation.js';
import type { SiteStore } from '../sites/site-store.js';
import { oneAfterAnother } from './migrate-one-by-one.js';
import { sideBySide } from './migrate-side-by-side.js';
import { Tally } from './migrate-tally.js';

/** What the command line says about all the sites. */
export interface ManyOptions {
  /** The sites, or all on record. */
  readonly names: readonly string[] | 'all';
  readonly parallel: number;
  /** Where a list of what is left is written. */
  readonly failures: string | null;
}

/** How long the sites in hand may take to be finished after Ctrl-C, in milliseconds. */
const FINISHING_MS = 60_000;

/**
 * @throws EndedWith where not every site is done; MailError `usage`, `not-interactive`, `cancelled`, `storage`: nothing
 *   was begun then
 */
export async function migrateAll(
  context: Context,
  wanted: MigrationOptions,
  many: ManyOptions,
): Promise<void> {
  const store = await context.sites();
  const names = many.names === 'all' ? await store.names() : many.names;
  const failures = many.failures === null ? null : await failuresFile(many.failures);
  await agree(context, store, names);
  context.allowToFinish(FINISHING_MS);
  const tally = new Tally(context, names.length);
  const left = await sideBySide(context, wanted, store, names, many.parallel, tally);
  if (!context.signal.aborted) await oneAfterAnother(context, wanted, store, tally);
  tally.end(left, context.options.dryRun !== true && store.leftToDo.length > 0);
  await failures?.write([...tally.notDone, ...left.map(notReached)]);
  if (context.signal.aborted) throw new EndedWith(INTERRUPTED);
  if (tally.pressing !== null) throw new EndedWith(tally.pressing.exitCode);
}

const INTERRUPTED = 130;

/** Nobody reads hundreds of test messages: the proof is that Gmail accepts each, and that is agreed to once. */
async function agree(
  { options, prompts, reporter }: Context,
  store: SiteStore,
  names: readonly string[],
): Promise<void> {
  if (options.yes === true || options.dryRun === true) return;
  if (prompts === null) {
    throw new MailError(
      'not-interactive',
      'Many sites are to be switched, and nobody can be asked here.',
      'Add --yes: then it is enough, for each site, that Gmail accepts its test message.\nTo see what would be done first: --dry-run',
    );
  }
  let open = 0;
  for (const name of names) {
    const site = await store.read(name).catch(() => null);
    if (site === null || !isSwitched(site)) open += 1;
  }
  if (open === 0) return;
  reporter.note(
    'For each site it is enough that Gmail accepts the test message; its SMTP settings are removed then, for good.',
  );
  if (await prompts.confirm(`Switch ${open} of ${names.length} sites to Gmail?`)) return;
  throw new MailError('cancelled', 'You said No.', 'Nothing was changed.');
}
