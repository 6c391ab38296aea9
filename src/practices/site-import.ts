/** `site import`: many sites at once from a table or from JSON; the whole file is checked before the first change. */

import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { EndedWith, MailError } from '../errors.js';
import type { Row, RowFile } from '../formats/rows.js';
import { bulk } from '../kit/bulk.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import { countPlans, importSites } from '../kit/import-sites.js';
import { planImport, type RowPlan } from '../kit/plan-import.js';
import { readSiteFile } from '../kit/read-site-file.js';
import { requireCan } from '../kit/require-can.js';
import type { CommonOptions, World } from '../kit/world.js';
import { refuseUnfit, writeNamedFile } from '../storage/named-file.js';
import { progressText } from '../terminal/progress.js';

interface Options extends CommonOptions {
  readonly update?: boolean;
  readonly skipInvalid?: boolean;
  readonly rejects?: string;
}

interface Planned {
  readonly form: RowFile['form'];
  readonly plans: readonly RowPlan[];
  readonly holdsPasswords: boolean;
}

type Refused = Extract<RowPlan, { kind: 'invalid' }>;

const REJECTS = { option: '--rejects' };

/** Above this many, a keychain that rewrites its whole file for each entry takes long. */
const MANY_PASSWORDS = 500;
/** How many faults a person is shown; scripts get all of them. */
const SHOWN = 10;

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

async function importFile(given: World, options: Options, path: string): Promise<void> {
  const { rejects, skipInvalid = false, dryRun = false } = options;
  if (rejects !== undefined && !skipInvalid) throw rejectsAlone();
  if (rejects !== undefined) {
    refuseUnfit(rejects, REJECTS);
    await refuseTheFileItself(path, rejects);
  }
  await requireCan(given, 'addSites');
  // So that the credential store is opened and verified once, not once a row.
  const world = bulk(given);
  const found = await planned(world, path, options.update === true);
  const refused = found.plans.filter((plan) => plan.kind === 'invalid');
  if (refused.length > 0 && !skipInvalid) throw invalidRows(refused, found.plans.length);
  warnOfSlowKeychain(world, found.plans);
  if (!dryRun) {
    // The rejects come first: if the run is killed, the faulty rows are not lost.
    if (rejects !== undefined) await writeRejects(rejects, found.form, refused);
    await carryOut(world, found.plans);
  }
  tell(world, options, path, found);
  if (refused.length > 0) throw new EndedWith(1);
}

/** The parsed rows are not kept beyond this. */
async function planned(world: World, path: string, update: boolean): Promise<Planned> {
  const { rows, form } = await readSiteFile(world, path);
  const holdsPasswords = rows.some(({ values }) => values['smtp-password'] !== undefined);
  const stop = world.report.waiting('Checking the file');
  const plans = await planImport(rows, world, update);
  stop();
  return { form, plans, holdsPasswords };
}

function warnOfSlowKeychain({ environment, report }: World, plans: readonly RowPlan[]): void {
  const passwords = plans.filter((plan) => 'password' in plan && plan.password !== null).length;
  if (passwords <= MANY_PASSWORDS || environment.credentials !== 'keychain') return;
  const shared = environment.storeUrl === undefined ? '' : ', or WRITEUPP_MAIL_CREDENTIALS=team';
  report.note(
    `${passwords} passwords go into the keychain of this computer. Many keychains rewrite their whole file for each of them, so this can take long. The vault is quicker: WRITEUPP_MAIL_CREDENTIALS=vault${shared}`,
  );
}

async function carryOut(world: World, plans: readonly RowPlan[]): Promise<void> {
  let done = 0;
  const startedAt = performance.now();
  const isOnTerminal = world.streams.stderr.isTTY === true;
  const stop = world.report.waiting(
    isOnTerminal
      ? () => progressText(done, plans.length, performance.now() - startedAt)
      : 'Importing',
  );
  await importSites(plans, world, (count) => {
    done = count;
  });
  stop();
}

/** Writing the rejects there would lose the good rows before they are imported. @throws MailError `usage` */
async function refuseTheFileItself(path: string, rejects: string): Promise<void> {
  const [from, to] = await Promise.all(
    [path, rejects].map((file) => stat(file, { bigint: true }).catch(() => null)),
  );
  if (path === '-' || !from || !to || from.ino !== to.ino || from.dev !== to.dev) return;
  throw new MailError(
    'usage',
    `--rejects: ${rejects} is the file that is to be imported.`,
    'Nothing was changed. Name another file.',
  );
}

async function writeRejects(
  path: string,
  form: RowFile['form'],
  refused: readonly Refused[],
): Promise<void> {
  // It may contain passwords, as the imported file did.
  const text = rejectsText(
    form,
    refused.map(({ row }) => row),
  );
  await writeNamedFile(path, text, REJECTS);
}

function tell(
  world: World,
  { dryRun = false, rejects }: Options,
  path: string,
  { plans, holdsPasswords }: Planned,
): void {
  const { good, warning } = world.style;
  const counts = countPlans(plans);
  const refused = plans.filter((plan) => plan.kind === 'invalid');
  const rows = refused.flatMap(({ faults }) => faults);
  const facts = {
    ok: refused.length === 0,
    ...counts,
    ...(rows.length === 0 ? {} : { rows }),
    ...(dryRun ? { dryRun } : {}),
  };
  const [imported, changed, left] = dryRun
    ? ['Would import', 'change', 'leave']
    : ['Imported', 'changed', 'left'];
  world.report.result(facts, [
    `${good('✓')} ${imported} ${counts.imported}, ${changed} ${counts.updated}, ${left} ${counts.known} as they are.`,
    ...refusedLines(refused, dryRun).map((line) => `${warning('!')} ${line}`),
    ...(dryRun ? [] : filesLeft(path, rejects, refused.length > 0, holdsPasswords)),
  ]);
}

function refusedLines(refused: readonly Refused[], dryRun: boolean): string[] {
  if (refused.length === 0) return [];
  const isOne = refused.length === 1;
  const were = dryRun ? 'would be' : isOne ? 'was' : 'were';
  const rows = isOne ? '1 row' : `${refused.length} rows`;
  return [`${rows} ${were} refused:`, ...describeFaults(refused)];
}

/** What to do with the files, which may contain passwords. */
function filesLeft(
  path: string,
  rejects: string | undefined,
  hasRefused: boolean,
  holdsPasswords: boolean,
): string[] {
  const toCorrect = !hasRefused
    ? []
    : rejects !== undefined
      ? [rejects]
      : path === '-'
        ? []
        : [path];
  const done = path === '-' || toCorrect.includes(path) ? [] : [path];
  const why = holdsPasswords ? ': passwords stand in it' : ' if nobody needs it';
  return [
    ...done.map((file) => `  Delete the file now${why}. ${file}`),
    ...toCorrect.flatMap((file) => [
      `  The rows to correct: ${file}`,
      `  Delete the file once they are imported${why}.`,
    ]),
  ];
}

function invalidRows(refused: readonly Refused[], total: number): MailError {
  const rows = refused.flatMap(({ faults }) => faults);
  return new MailError(
    'invalid-settings',
    `${refused.length} of ${total} rows can’t be imported.`,
    [
      'Nothing was imported.',
      ...describeFaults(refused),
      'Correct them, or import the others with: --skip-invalid --rejects FILE',
    ].join('\n'),
    { rows },
  );
}

function describeFaults(refused: readonly Refused[]): string[] {
  const all = refused.flatMap(({ row, faults }) => faults.map((fault) => ({ row, fault })));
  const lines = all
    .slice(0, SHOWN)
    .map(({ row, fault: { column, message } }) =>
      `${placeOf(row)}${column === '' ? '' : `, ${column}`}: ${message}.`.replace('..', '.'),
    );
  const left = all.length - SHOWN;
  return left > 0 ? [...lines, `And ${left} more.`] : lines;
}

/** The line number is an editor's; unless a cell spans several lines, it is a spreadsheet's too. */
function placeOf({ number, line }: Row): string {
  return line === null ? `Row ${number}` : `Row ${number} (line ${line} of the file)`;
}

function rejectsAlone(): MailError {
  return new MailError(
    'usage',
    '--rejects goes with --skip-invalid.',
    'Nothing was imported. Add --skip-invalid.',
  );
}

/** The text of the rejects file, in the format of the imported file. */
export function rejectsText(
  { before, between, after }: RowFile['form'],
  rows: readonly Row[],
): string {
  if (rows.length === 0 && before !== '') return before.startsWith('[') ? '[]\n' : before;
  return `${before}${rows.map(({ raw }) => raw).join(between)}${rows.length === 0 ? '' : after}`;
}
