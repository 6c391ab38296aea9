/** `migrate --all`, or of several sites: side by side where nobody is needed, then one after another with a person. */

import { EndedWith, EXIT_CODES, MailError } from '../errors.js';
import { csvRow } from '../formats/csv.js';
import type { World } from '../kit/world.js';
import type { SiteStore } from '../sites/site-store.js';
import type { MigrationOptions } from '../steps/situation.js';
import { tryNamedFile, writeNamedFile } from '../storage/named-file.js';
import { oneAfterAnother } from './migrate-one-by-one.js';
import { sideBySide } from './migrate-side-by-side.js';
import { Tally } from './migrate-tally.js';
import type { SiteEnd } from './queue.js';
import { isDoneFor, notReached } from './queue.js';
import { requireConnectable, requireKeychain } from './require-ready.js';

/** What the command line says about all the sites. */
export interface ManyOptions {
  /** The sites, or all that are stored. */
  readonly names: readonly string[] | 'all';
  readonly parallel: number;
  /** Where a list of what is left is written. */
  readonly failures: string | null;
}

/** How long the sites in hand may take to be finished after Ctrl-C, in milliseconds. */
const FINISHING_MS = 60_000;

/**
 * @throws EndedWith where not every site is done; MailError `usage`, `not-interactive`, `cancelled`, `storage`, and of
 *   what is missing (the client file, the keychain): nothing was begun then
 */
export async function migrateAll(
  world: World,
  wanted: MigrationOptions,
  many: ManyOptions,
): Promise<void> {
  const store = await world.sites();
  const names = many.names === 'all' ? await store.names() : many.names;
  const failures = many.failures === null ? null : await failuresFile(many.failures);
  await agree(world, wanted, store, names);
  world.allowToFinish(FINISHING_MS);
  const tally = new Tally(world, store, names.length);
  const left = await sideBySide(world, wanted, names, many.parallel, tally);
  try {
    if (!world.signal.aborted) await oneAfterAnother(world, wanted, tally);
  } finally {
    // However the run ends, what became of the sites is reported and kept.
    tally.end(left);
    await failures?.write([...tally.notDone, ...left.map(notReached)]);
  }
  if (world.signal.aborted) throw new EndedWith(EXIT_CODES.interrupted);
  if (tally.mostUrgent !== null) throw new EndedWith(tally.mostUrgent.exitCode);
}

/**
 * Nobody reads hundreds of test messages: the proof is that Gmail accepts each, and that is agreed to once. What is
 * missing is said before.
 */
async function agree(
  world: World,
  wanted: MigrationOptions,
  store: SiteStore,
  names: readonly string[],
): Promise<void> {
  const { options, ask, report } = world;
  // Kept for the runs to come, or refused, before the first site.
  if (options.client !== undefined) await world.client();
  if (options.yes === true || options.dryRun === true) return;
  const sites = await Promise.all(names.map((name) => store.read(name).catch(() => null)));
  const open = sites.filter((site) => site === null || !isDoneFor(site, wanted, world.issuer.id));
  if (open.length === 0) return;
  if (ask === null) {
    throw new MailError(
      'not-interactive',
      'Many sites are to be switched, and nobody can be asked here.',
      'Add --yes: then it is enough, for each site, that Gmail accepts its test message.\nTo see what would be done first: --dry-run',
    );
  }
  await requireConnectable(open, wanted, world);
  await requireKeychain(world);
  report.note(
    'For each site it is enough that Gmail accepts the test message; its SMTP settings are removed then, for good.',
  );
  const question = `Switch ${open.length} of ${names.length} sites to Gmail?`;
  if (await ask.confirm(names.length === 1 ? 'Switch this site to Gmail?' : question)) return;
  throw new MailError('cancelled', 'You said No.', 'Nothing was changed.');
}

const NAMING = { option: '--failures' };
const COLUMNS = ['site', 'outcome', 'code', 'message', 'hint'];

/**
 * Makes sure, before anything is begun, that the file can be written. What an earlier run wrote is replaced at the end.
 *
 * @throws MailError `usage`, `storage`
 */
export async function failuresFile(
  path: string,
): Promise<{ write(ends: readonly SiteEnd[]): Promise<void> }> {
  await tryNamedFile(path, NAMING);
  return {
    async write(ends) {
      const rows = ends.map(({ site, outcome, error }) => [
        site,
        outcome,
        error?.code ?? '',
        error?.message ?? '',
        error?.hint ?? '',
      ]);
      const text = [COLUMNS, ...rows].map((row) => `${csvRow(row)}\r\n`).join('');
      await writeNamedFile(path, text, NAMING);
    },
  };
}
