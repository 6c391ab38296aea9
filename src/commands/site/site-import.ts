/** `site import`: many sites at once from a table or from JSON; the whole file is checked before the first change. */

import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { newCommand, type Process, run } from '../../command-kit/command-runner.js';
import { holdPorts } from '../../command-kit/on-site.js';
import { once } from '../../command-kit/once.js';
import { planPorts, readSiteFile } from '../../command-kit/read-site-file.js';
import type { CommonOptions, Context } from '../../context/context.js';
import { forManySites } from '../../credentials/for-many-sites.js';
import { MailError } from '../../errors.js';
import { countPlans, type ImportCounts, importSites } from '../../many/import-sites.js';
import { planImport, type RowPlan } from '../../many/plan-import.js';
import { rejectsText } from '../../many/rejects.js';
import type { RowFault, RowFile } from '../../many/rows.js';
import { storageError } from '../../storage/storage-error.js';
import { progressText } from '../../terminal/progress.js';

interface Options extends CommonOptions {
  readonly update?: boolean;
  readonly skipInvalid?: boolean;
  readonly rejects?: string;
}

interface Planned {
  readonly form: RowFile['form'];
  readonly plans: readonly RowPlan[];
}

/** A keychain that rewrites its file at each entry takes long from here on. */
const MANY_PASSWORDS = 500;
/** How many faults a person is shown; scripts get all. */
const SHOWN = 10;

/** The command. */
export function siteImportCommand(process: Process): Command {
  return newCommand('import', [
    'site import practices.csv --dry-run',
    'site import practices.csv --skip-invalid --rejects to-correct.csv',
    'site import - < practices.json',
  ])
    .argument(
      '<file>',
      'CSV with a header line, or JSON as site export writes it; - for standard input',
    )
    .option('--update', 'change sites that are on record already')
    .option('--skip-invalid', 'import the good rows, and leave the others out')
    .option(
      '--rejects <file>',
      'with --skip-invalid: write the rows that were left out here, as they were',
    )
    .option('--dry-run', 'check the whole file, say what would be done, change nothing')
    .action(run<Options>(process, importFile));
}

async function importFile(given: Context, options: Options, path: string): Promise<void> {
  if (options.rejects !== undefined && options.skipInvalid !== true) throw rejectsAlone();
  // Opened and proven once, and not a row.
  const credentials = once(async () => forManySites(await given.credentials()));
  const context: Context = { ...given, credentials };
  const { form, plans } = await planned(context, path, options.update === true);
  const faults = plans.flatMap((plan) => (plan.kind === 'invalid' ? plan.faults : []));
  if (faults.length > 0 && options.skipInvalid !== true) throw invalidRows(faults, plans.length);
  const counts = countPlans(plans);
  warnOfSlowKeychain(context, plans);
  if (options.dryRun !== true) await carryOut(context, options, { form, plans });
  tell(context, counts, faults, options, path);
}

/** The rows themselves are left behind here. */
async function planned(context: Context, path: string, update: boolean): Promise<Planned> {
  const { rows, form } = await readSiteFile(context, path);
  const stop = context.reporter.waiting('Checking the file');
  const plans = await planImport(rows, await planPorts(context), update);
  stop();
  return { form, plans };
}

function warnOfSlowKeychain({ environment, reporter }: Context, plans: readonly RowPlan[]): void {
  const passwords = plans.filter((plan) => 'password' in plan && plan.password !== null).length;
  if (passwords <= MANY_PASSWORDS || environment.credentials !== 'keychain') return;
  const shared = environment.storeUrl === undefined ? '' : ', or WRITEUPP_MAIL_CREDENTIALS=team';
  reporter.note(
    `${passwords} passwords go into the keychain of this computer. Many keychains write their whole file anew for each of them, so that this can take long. The vault is quicker: WRITEUPP_MAIL_CREDENTIALS=vault${shared}`,
  );
}

async function carryOut(
  context: Context,
  options: Options,
  { form, plans }: Planned,
): Promise<void> {
  // The rejects first: a run that is killed has not lost what was wrong.
  if (options.rejects !== undefined) await writeRejects(options.rejects, { form, plans });
  let done = 0;
  const startedAt = performance.now();
  const isOnTerminal = context.streams.stderr.isTTY === true;
  const stop = context.reporter.waiting(
    isOnTerminal
      ? () => progressText(done, plans.length, performance.now() - startedAt)
      : 'Importing',
  );
  await importSites(plans, await holdPorts(context, 'site import'), (count) => {
    done = count;
  });
  stop();
}

async function writeRejects(path: string, { form, plans }: Planned): Promise<void> {
  const rows = plans.flatMap((plan) => (plan.kind === 'invalid' ? [plan.row] : []));
  try {
    // Passwords can stand in it, as they did in the file that it comes from.
    await writeFile(path, rejectsText(form, rows), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw storageError(error, path, 'written');
    throw new MailError(
      'usage',
      `--rejects: there is a file ${path} already.`,
      'Nothing was imported. Choose another name, so that nothing is written over.',
    );
  }
}

function tell(
  context: Context,
  counts: ImportCounts,
  faults: readonly RowFault[],
  { dryRun, rejects }: Options,
  path: string,
): void {
  const { good, warning } = context.style;
  const would = dryRun === true ? 'Would import' : 'Imported';
  const { imported, updated, skipped } = counts;
  const facts = { ...counts, ...(faults.length === 0 ? {} : { rows: faults }) };
  context.reporter.result(dryRun === true ? { ...facts, dryRun: true } : facts, [
    `${good('✓')} ${would} ${imported}, ${dryRun === true ? 'change' : 'changed'} ${updated}, ${dryRun === true ? 'leave' : 'left'} ${skipped} as they are.`,
    ...describeFaults(faults).map((line) => `  ${warning('!')} ${line}`),
    ...(rejects !== undefined && faults.length > 0 ? [`  The rows to correct: ${rejects}`] : []),
    ...(dryRun === true || path === '-'
      ? []
      : [`  Delete the file now if passwords stand in it: ${path}`]),
  ]);
}

function invalidRows(faults: readonly RowFault[], total: number): MailError {
  const rows = new Set(faults.map(({ row }) => row)).size;
  return new MailError(
    'invalid-settings',
    `${rows} of ${total} rows can’t be imported.`,
    [
      'Nothing was imported.',
      ...describeFaults(faults),
      'Correct them, or import the others with: --skip-invalid --rejects FILE',
    ].join('\n'),
    { rows: faults },
  );
}

function describeFaults(faults: readonly RowFault[]): string[] {
  const lines = faults
    .slice(0, SHOWN)
    .map(({ row, column, message }) =>
      `Row ${row}${column === '' ? '' : `, ${column}`}: ${message}.`.replace('..', '.'),
    );
  const left = faults.length - SHOWN;
  return left > 0 ? [...lines, `And ${left} more.`] : lines;
}

function rejectsAlone(): MailError {
  return new MailError(
    'usage',
    '--rejects goes with --skip-invalid.',
    'Nothing was imported. Add --skip-invalid.',
  );
}
