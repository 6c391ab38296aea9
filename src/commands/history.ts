/** `history`: who did what to a site, when, and on what proof. */

import type { Command } from 'commander';
import { newCommand, type Process, run } from '../command-kit/command-runner.js';
import type { CommonOptions, Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { csvRow } from '../many/csv.js';
import type { HistoryEvent } from '../sites/history.js';
import { parseSiteName } from '../sites/site-name.js';
import { certificate, historyLine } from '../terminal/history-view.js';

interface Options extends CommonOptions {
  readonly since?: string;
  readonly csv?: boolean;
}

/** The command. */
export function historyCommand(process: Process): Command {
  return newCommand(
    'history',
    ['history', 'history --site harbour-physio', 'history --since 2026-11-01 --csv > history.csv'],
    'For a site that was switched, it ends on the certificate of the switch.',
  )
    .option('--since <date>', 'from this day or time on (UTC), for example 2026-11-01')
    .option('--csv', 'write a table for a spreadsheet')
    .action(run<Options>(process, history));
}

async function history(context: Context, options: Options): Promise<void> {
  if (options.csv === true && options.json === true) {
    throw new MailError(
      'usage',
      'Choose one of --json and --csv.',
      'See: writeupp-mail history --help',
    );
  }
  const since = options.since === undefined ? null : parseSince(options.since);
  const name = options.site ?? context.environment.site ?? null;
  const site = name === null ? null : parseSiteName(name);
  const store = await context.sites();
  const { stdout } = context.streams;
  if (options.csv === true) stdout.write(`${csvRow(CSV_COLUMNS)}\r\n`);
  let count = 0;
  let last: HistoryEvent | null = null;
  for await (const event of store.history.read(site)) {
    if (since !== null && Date.parse(event.at) < since) continue;
    count += 1;
    if (event.step === 'revert-smtp') last = event;
    if (options.csv === true) stdout.write(`${csvRow(cellsOf(event))}\r\n`);
    else tell(context, event, site === null);
  }
  if (options.csv === true || options.json === true) return;
  if (count === 0) {
    const of = site === null ? '' : ` of "${site}"`;
    context.reporter.result({}, [`No history${of} is kept in ${store.description}.`]);
    return;
  }
  if (site !== null && last !== null) {
    context.reporter.result({}, ['', ...certificate(last, context.style)]);
  }
}

/** For scripts the whole event: its own id is of no use outside the store. */
function tell({ reporter }: Context, event: HistoryEvent, isOfSeveral: boolean): void {
  const { id: _, at, site, command, step, outcome, who, host, ...facts } = event;
  reporter.item('history', { at, site, command, step, outcome, who, host, ...facts }, [
    historyLine(event, isOfSeveral),
  ]);
}

/** A day (its beginning) or a time, both of UTC unless the time says otherwise. */
function parseSince(text: string): number {
  const isDate = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/.test(
    text,
  );
  const hasZone = !text.includes('T') || /(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const time = Date.parse(hasZone ? text : `${text}Z`);
  if (isDate && isDayOfCalendar(text.slice(0, 10)) && !Number.isNaN(time)) return time;
  throw new MailError(
    'usage',
    `${JSON.stringify(text)} is not a day or a time.`,
    'Write a day, for example --since 2026-11-01, or a time, for example --since 2026-11-01T09:00Z',
  );
}

/** `Date.parse` takes 30 February for 2 March. */
function isDayOfCalendar(day: string): boolean {
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

const CSV_COLUMNS = [
  ...['at', 'site', 'command', 'step', 'outcome', 'who', 'host', 'account'],
  ...['test-message', 'proof', 'removed', 'fields'],
] as const;

function cellsOf(event: HistoryEvent): string[] {
  const { proof, removed, testMessage } = event;
  const smtp = removed?.smtp;
  return [
    ...[event.at, event.site, event.command, event.step, event.outcome, event.who, event.host],
    event.account ?? removed?.account ?? '',
    testMessage?.id ?? proof?.testMessage?.id ?? '',
    proof === undefined ? '' : (proof.testMessage?.receipt ?? proof.by),
    smtp === undefined
      ? ''
      : [smtp.host, smtp.port, smtp.security, smtp.user ?? '', smtp.from ?? ''].join(' '),
    event.fields?.join(' ') ?? '',
  ];
}
