/** `doctor`: checks this computer. Each check gives a PASS / WARN / FAIL line with its remedy, and none throws. */

import { homedir, hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isMailProvider } from '../delivery/who.js';
import { EndedWith, MailError, unexpectedError } from '../errors.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import { readLastFailure } from '../kit/last-failure.js';
import { isUsualServer } from '../kit/usual-servers.js';
import type { CommonOptions, World } from '../kit/world.js';
import { siteView } from '../show/status-facts.js';
import { commandLine } from '../text/command-line.js';
import { computerChecks, type Found } from './checks.js';
import { type RedactedFacts, redaction } from './redact.js';
import { type Check, type Finding, failed, pass, runCheck } from './run-check.js';
import {
  reportedVariables,
  reportText,
  requireReportPossible,
  writeReport,
} from './support-bundle.js';

interface Options extends CommonOptions {
  readonly report?: string;
  readonly dnsNote?: boolean;
  readonly store?: boolean;
}

const NOTES = `It sends no email. What killed runs left is cleared if you agree, or with --yes.
It ends with 0 unless a check failed, and with 1 then.

--report writes all of it to a new file for support, after showing it. Who
people and practices are is left out: addresses, domains, names of computers; a
site is "site 1". Passwords and permissions are never read for it.`;

export function doctorCommand(process: Process): Command {
  return newCommand(
    'doctor',
    [
      'doctor',
      'doctor --site harbour-physio',
      'doctor --report for-support.txt',
      'doctor --site harbour-physio --dns-note > note.txt',
      'doctor --store',
      'doctor --json',
    ],
    NOTES,
  )
    .option('--report <file>', 'write a report for support to a new file, after showing it')
    .option(
      '--dns-note',
      'print a message that asks the person who manages the DNS for what is missing',
    )
    .option('--store', 'prove the service of WRITEUPP_MAIL_STORE, on a site made for that')
    .action(run<Options>(process, (world, options) => doctor(world, options, process)));
}

/** How long a check may take, in milliseconds, before the program says what it is waiting for. */
const LONG_MS = 500;

interface CheckResult {
  readonly name: string;
  readonly finding: Finding;
}

async function doctor(world: World, options: Options, process: Process): Promise<void> {
  refuseCombinations(options);
  if (options.dnsNote === true) {
    const { printDnsNote } = await import('./site-checks.js');
    return printDnsNote(world);
  }
  if (options.store === true) return proveStore(world);
  const reportPath = options.report === undefined ? null : resolve(options.report);
  if (reportPath !== null) requireReportWanted(world, reportPath);
  const found: Found = { names: [], sites: [], isWhole: false };
  const results: CheckResult[] = [];
  const isShown = reportPath === null;
  for (const check of computerChecks(world, found))
    await runAndShow(world, check, results, isShown);
  if (options.site !== undefined) {
    const { siteChecks } = await import('./site-checks.js');
    for (const check of siteChecks(world, options.site))
      await runAndShow(world, check, results, isShown);
  }
  await offerToFix(world, results);
  const report =
    reportPath === null ? null : await makeReport(world, reportPath, { results, found, process });
  if (report !== null) show(world, report);
  const all = report === null ? results : [...results, report];
  const isWritten = report?.finding.status === 'pass';
  reportCounts(world, all, isWritten && reportPath !== null ? { report: reportPath } : {});
}

/** Refuses options that would be ignored silently. @throws MailError `usage` */
function refuseCombinations({ report, site, dnsNote, store }: Options): void {
  const [alone, others] = store
    ? ['store', { report, site, 'dns-note': dnsNote }]
    : ['dns-note', dnsNote ? { report } : {}];
  const [name] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (name === undefined) return;
  throw new MailError(
    'usage',
    `--${alone} and --${name} exclude each other.`,
    'Nothing was done. Run doctor once with each.',
  );
}

/** Tests the service alone, and nothing of this computer. */
async function proveStore(world: World): Promise<void> {
  const [{ withBackend }, { storeChecks }] = await Promise.all([
    import('../kit/place.js'),
    import('./store-checks.js'),
  ]);
  const results: CheckResult[] = [];
  await withBackend(world, async (backend) => {
    const { checks, clear } = storeChecks(backend, world.signal);
    try {
      for (const check of checks) await runAndShow(world, check, results, true);
    } finally {
      await clear().catch(() => undefined);
    }
  });
  reportCounts(world, results);
}

/** @throws EndedWith if a check failed */
function reportCounts(
  world: World,
  all: readonly CheckResult[],
  facts: { readonly report?: string } = {},
): void {
  const count = (status: Finding['status']) =>
    all.filter(({ finding }) => finding.status === status).length;
  const counts = { pass: count('pass'), warn: count('warn'), fail: count('fail') };
  world.report.result({ ok: counts.fail === 0, checks: all.length, ...counts, ...facts }, [
    '',
    `${all.length} checks: ${counts.pass} passed, ${counts.warn} to know of, ${counts.fail} failed.`,
  ]);
  if (counts.fail > 0) throw new EndedWith(1);
}

/** @param isShown false if the report, which is shown in full, repeats it */
async function runAndShow(
  world: World,
  check: Check,
  results: CheckResult[],
  isShown: boolean,
): Promise<void> {
  if (check.isDue?.() === false) return;
  const seconds = Math.round(check.limitMs / 1000);
  let stop: (() => void) | undefined;
  // Most checks take no time: off a terminal, each would add a line that nobody needs.
  const timer = setTimeout(() => {
    stop = world.report.waiting(`Waiting for ${check.waitsFor} (${seconds} seconds at most)`);
  }, LONG_MS);
  let finding = await runCheck(check, world.signal).finally(() => clearTimeout(timer));
  stop?.();
  if (finding?.fix !== undefined && world.options.yes === true) {
    finding = await fixed(finding.fix);
  }
  if (finding === null) return;
  const one = { name: check.name, finding };
  results.push(one);
  // A finding must be visible before the question about it.
  show(world, one, isShown || finding.fix !== undefined);
}

function show(
  world: World,
  { name, finding: { status, message, hint, code } }: CheckResult,
  isShown = true,
): void {
  const { good, warning, bad } = world.style;
  const word = {
    pass: good('PASS'),
    warn: warning('WARN'),
    fail: bad('FAIL'),
  }[status];
  const lines = [
    `${word}  ${name}: ${message}`,
    ...hint
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `      ${line}`),
  ];
  const facts = { name, status, message, hint, ...(code === undefined ? {} : { code }) };
  world.report.item('check', facts, isShown ? lines : []);
}

async function fixed(fix: () => Promise<string>): Promise<Finding> {
  try {
    return pass(await fix());
  } catch (error) {
    if (error instanceof MailError && error.code === 'interrupted') throw error;
    return failed(error instanceof MailError ? error : unexpectedError(error));
  }
}

/** With --yes, it has been fixed already. */
async function offerToFix(world: World, results: CheckResult[]): Promise<void> {
  for (const [index, { name, finding }] of results.entries()) {
    if (finding.fix === undefined || world.ask === null) continue;
    if (!(await world.ask.confirm('Clear what killed runs left?'))) continue;
    const after = { name, finding: await fixed(finding.fix) };
    results[index] = after;
    show(world, after);
  }
}

/** Checked before anything that takes time. */
function requireReportWanted(world: World, path: string): void {
  requireReportPossible(path);
  if (world.ask !== null || world.options.yes === true) return;
  throw new MailError(
    'not-interactive',
    'The report is shown before it is written, and nobody is here to look at it.',
    `To write it all the same, say so: ${commandLine('doctor', '--report', 'FILE', '--yes')}`,
  );
}

interface Gathered {
  readonly results: readonly CheckResult[];
  readonly found: Found;
  readonly process: Process;
}

/** Names of people and computers to leave out of the report. */
function whoIsHere(
  { environment }: World,
  results: readonly CheckResult[],
): Pick<RedactedFacts, 'userHome' | 'userName' | 'hosts'> {
  const { storeUrl, mailServer, forChildren } = environment;
  const named = ['PGHOST', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].map(
    (name) => forChildren[name],
  );
  const servers = [storeUrl, mailServer, ...named].flatMap((address) => {
    // A path is the folder of a database's socket, not the name of a computer.
    if (address === undefined || address.startsWith('/')) return [];
    const whole = address.includes('://') ? address : `http://${address}`;
    if (!URL.canParse(whole)) return [];
    const { hostname: name, searchParams } = new URL(whole);
    const ofDatabase = searchParams.get('host') ?? '';
    return ofDatabase.startsWith('/') ? [name] : [name, ofDatabase];
  });
  return {
    userHome: homedir(),
    userName: nameOfUser(),
    hosts: [
      hostname(),
      ...servers,
      ...results.flatMap(({ finding }) => finding.computers ?? []),
    ].filter((name) => name !== ''),
  };
}

/** If the system knows no user with this id, there is no name to leave out. */
function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

/** Null if the person saw it and declined. */
async function makeReport(
  world: World,
  path: string,
  { results, found, process }: Gathered,
): Promise<CheckResult | null> {
  const { environment, report, options, ask } = world;
  const redact = redaction({
    ...found,
    ...whoIsHere(world, results),
    isPublic: (name) => isMailProvider(name) || isUsualServer(name),
  });
  const text = reportText(
    {
      at: world.now(),
      store: environment.storeUrl === undefined ? 'the settings folder' : 'a shared store',
      home: environment.home,
      credentials: environment.credentials,
      findings: results,
      sites: await Promise.all(
        found.sites.map(async (site) => {
          const { pathway, attention } = await siteView(world, site, found.sites.length === 1);
          return { site, pathway, attention: attention.map(({ code }) => code) };
        }),
      ),
      isWhole: found.isWhole,
      lastFailure: await readLastFailure(environment),
      variables: reportedVariables(process.variables.given),
    },
    redact,
  );
  report.note('');
  for (const line of text.trimEnd().split('\n')) report.note(line);
  report.note('');
  const isWanted =
    options.yes === true || (await ask?.confirm(`Write this to ${path}?`, true)) === true;
  if (!isWanted) return null;
  try {
    await writeReport(path, text);
    return {
      name: 'report',
      finding: pass(`The report is written: ${path}. It is yours to send.`),
    };
  } catch (error) {
    return {
      name: 'report',
      finding: failed(error instanceof MailError ? error : unexpectedError(error)),
    };
  }
}
