/** `history`: who did what to a site, when, and on what proof. */

import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { MailError } from '../errors.js';
import { csvRow } from '../formats/csv.js';
import { chooseSite } from '../kit/choose-site.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import type { CommonOptions, World } from '../kit/world.js';
import { leftSteps } from '../show/status-facts.js';
import type { HistoryEvent } from '../sites/site-history.js';
import { parseSiteName, siteKey } from '../sites/site-name.js';
import type { SiteStore } from '../sites/site-store.js';
import { SIGN } from '../terminal/style.js';
import { oneLine } from '../text/safe-text.js';
import { VERSION } from '../version.js';
import {
  type Certificate,
  certificateLines,
  certificateOf,
  historyLine,
  isWithoutProof,
} from './history-view.js';

interface Options extends CommonOptions {
  readonly since?: string;
  readonly csv?: boolean;
  readonly certificate?: string;
}

export function historyCommand(process: Process): Command {
  return newCommand(
    'history',
    [
      'history',
      'history --site harbour-physio',
      'history --since 2026-11-01 --csv > history.csv',
      'history --site harbour-physio --certificate certificate.html',
    ],
    'For a site that was switched, it ends with the certificate of the switch.',
  )
    .option('--since <date>', 'from this day or time on (UTC), for example 2026-11-01')
    .option('--csv', 'write a table for a spreadsheet')
    .addOption(
      new Option(
        '--certificate <file>',
        'write the certificate of a switch as a page (HTML), to print and to file',
      ).conflicts(['csv', 'since']),
    )
    .action(run<Options>(process, history));
}

async function history(world: World, options: Options): Promise<void> {
  if (options.certificate !== undefined) return writeCertificate(world, options.certificate);
  if (options.csv === true && options.json === true) {
    throw new MailError(
      'usage',
      'Choose one of --json and --csv.',
      'See: writeupp-mail history --help',
    );
  }
  const since = options.since === undefined ? null : parseSince(options.since);
  const name = options.site ?? world.environment.site ?? null;
  const site = name === null ? null : parseSiteName(name);
  const store = await world.sites();
  const { stdout } = world.streams;
  if (options.csv === true) stdout.write(`${csvRow(CSV_COLUMNS)}\r\n`);
  let count = 0;
  let last: HistoryEvent | null = null;
  const seen = new Set<string>();
  for await (const event of store.history.read(site)) {
    if (since !== null && Date.parse(event.at) < since) continue;
    count += 1;
    if (event.site !== '') seen.add(siteKey(event.site));
    last = lastSwitch(last, event);
    if (options.csv === true) stdout.write(`${csvRow(cellsOf(event).map(oneLine))}\r\n`);
    else tell(world, event, site === null);
  }
  // A removed site has a history but no record; a mistyped name has neither.
  if (count === 0 && site !== null && since === null)
    await chooseSite(world, site, { mustBeStored: true });
  if (options.csv === true || options.json === true) return;
  if (count === 0) {
    const of = site === null ? '' : ` of "${site}"`;
    world.report.lines([`No history${of} is kept in ${store.description}.`]);
    return;
  }
  if (last === null || seen.size > 1) return;
  const certificate = await certify(store, last);
  if (certificate !== null) {
    world.report.lines(['', ...certificateLines(certificate, world.style)]);
  }
}

/** @throws MailError `usage` if there is no certificate; otherwise as `writeNamedFile` */
async function writeCertificate(world: World, file: string): Promise<void> {
  const path = resolve(file);
  const name = world.options.site ?? world.environment.site;
  const store = await world.sites();
  // A removed site still has its certificate.
  const site = name === undefined ? await chooseSite(world) : parseSiteName(name);
  let last: HistoryEvent | null = null;
  for await (const event of store.history.read(site)) last = lastSwitch(last, event);
  if (last === null) await chooseSite(world, site, { mustBeStored: true });
  const certificate = last && (await certify(store, last));
  if (certificate === null) {
    throw new MailError(
      'usage',
      last === null
        ? `"${site}" was not switched, so there is no certificate of it.`
        : isWithoutProof(last)
          ? `The SMTP settings of "${site}" were removed without proof that its email goes by Gmail, so there is no certificate of it.`
          : `In the history of "${site}", the proof of its switch or the Google account is missing, so there is no certificate of it.`,
      'Nothing was written. What was done to the site: writeupp-mail history',
    );
  }
  const [{ certificatePage }, { writeNamedFile }] = await Promise.all([
    import('./certificate-page.js'),
    import('../storage/named-file.js'),
  ]);
  const made = `Made by writeupp-mail ${VERSION} on ${world.now().toISOString().slice(0, 10)}, from the history kept in ${store.description}.`;
  await writeNamedFile(path, certificatePage(certificate, made), { option: '--certificate' });
  world.report.result({ site, certificate: path }, [
    `${world.style.good(SIGN.good)} The certificate is written: ${path}`,
    '  Open it in a browser to print it.',
  ]);
}

/** The switch that a certificate would be of, given one more event. A site added again has none from before. */
function lastSwitch(last: HistoryEvent | null, event: HistoryEvent): HistoryEvent | null {
  if (event.step === 'add-site') return null;
  return event.step === 'revert-smtp' ? event : last;
}

/** Null without proof. The record may be gone or unreadable: the history is enough. */
async function certify(store: SiteStore, event: HistoryEvent): Promise<Certificate | null> {
  const site = await store.read(event.site).catch(() => null);
  return certificateOf(event, {
    organisation: site?.organisation ?? null,
    // If there are SMTP settings again, nothing is known about WriteUpp's side.
    leftToDo: site === null || site.smtp !== null ? null : leftSteps(store.leftToDo(site)),
    doneInWriteUpp: site?.doneInWriteUpp ?? null,
  });
}

/** Scripts get the whole event except its id, which means nothing outside the store. */
function tell({ report }: World, event: HistoryEvent, isOfSeveral: boolean): void {
  const { id: _, ...facts } = event;
  report.item('history', facts, [historyLine(event, isOfSeveral)]);
}

/** A day (its start) or a time; UTC unless the time says otherwise. */
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

/** `Date.parse` reads 30 February as 2 March. */
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
