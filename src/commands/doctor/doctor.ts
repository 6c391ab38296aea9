/** `doctor`: checks this computer, a PASS / WARN / FAIL line each with its remedy. In it nothing throws. */

import { existsSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { newCommand, type Process, run } from '../../command-kit/command-runner.js';
import { readLastFailure } from '../../command-kit/last-failure.js';
import { isUsualServer } from '../../command-kit/usual-servers.js';
import type { CommonOptions, Context } from '../../context/context.js';
import { isMailProvider } from '../../delivery/who.js';
import { type Check, type Finding, failed, pass, runCheck } from '../../doctor/check.js';
import { type RedactedFacts, redaction } from '../../doctor/redact.js';
import { reportText, thereAlready, toldVariables, writeReport } from '../../doctor/report.js';
import { EndedWith, MailError, unexpectedError } from '../../errors.js';
import { viewSite } from '../../sites/site-view.js';
import { commandLine } from '../../words/command-line.js';
import { computerChecks, type Found } from './computer-checks.js';

interface Options extends CommonOptions {
  readonly report?: string;
  readonly dnsNote?: boolean;
}

const NOTES = `It sends no email. What killed runs left is cleared if you agree, or with --yes.
It ends with 0 unless a check failed, and with 1 then.

--report writes all of it to a new file for support, after showing it. Who
people and practices are is left out: addresses, domains, names of computers; a
site is "site 1". Passwords and permissions are never read for it.`;

/** The command. */
export function doctorCommand(process: Process): Command {
  return newCommand(
    'doctor',
    [
      'doctor',
      'doctor --site harbour-physio',
      'doctor --report for-support.txt',
      'doctor --site harbour-physio --dns-note > note.txt',
      'doctor --json',
    ],
    NOTES,
  )
    .option('--report <file>', 'write a report for support to a new file, after showing it')
    .option('--dns-note', 'print a message that asks whoever runs the DNS for what is missing')
    .action(run<Options>(process, (context, options) => doctor(context, options, process)));
}

/** How long a check may take before it is said what is waited for, in milliseconds. */
const LONG_MS = 500;

/** A check that was run. */
interface Told {
  readonly name: string;
  readonly finding: Finding;
}

async function doctor(context: Context, options: Options, process: Process): Promise<void> {
  if (options.dnsNote === true) {
    const { printDnsNote } = await import('./site-checks.js');
    return printDnsNote(context);
  }
  const reportPath = options.report === undefined ? null : resolve(options.report);
  if (reportPath !== null) requireReportPossible(context, reportPath);
  const found: Found = { names: [], sites: [] };
  const told: Told[] = [];
  for (const check of computerChecks(context, found)) await tell(context, check, told);
  if (options.site !== undefined) {
    const { siteChecks } = await import('./site-checks.js');
    for (const check of siteChecks(context, options.site)) await tell(context, check, told);
  }
  await offerToMend(context, told);
  const report =
    reportPath === null ? null : await makeReport(context, reportPath, { told, found, process });
  if (report !== null) show(context, report);
  const all = report === null ? told : [...told, report];
  const count = (status: Finding['status']) =>
    all.filter(({ finding }) => finding.status === status).length;
  const counts = { pass: count('pass'), warn: count('warn'), fail: count('fail') };
  context.reporter.result(
    { ok: counts.fail === 0, checks: all.length, ...counts, ...(report && { report: reportPath }) },
    [
      '',
      `${all.length} checks: ${counts.pass} passed, ${counts.warn} to know of, ${counts.fail} failed.`,
    ],
  );
  if (counts.fail > 0) throw new EndedWith(1);
}

async function tell(context: Context, check: Check, told: Told[]): Promise<void> {
  if (check.isDue?.() === false) return;
  const seconds = Math.round(check.limitMs / 1000);
  let stop: (() => void) | undefined;
  // Most checks take no time: off a terminal, each would add a line that nobody needs.
  const timer = setTimeout(() => {
    stop = context.reporter.waiting(`Waiting for ${check.waitsFor} (${seconds} seconds at most)`);
  }, LONG_MS);
  let finding = await runCheck(check, context.signal).finally(() => clearTimeout(timer));
  stop?.();
  if (finding?.mend !== undefined && context.options.yes === true) {
    finding = await mended(finding.mend);
  }
  if (finding === null) return;
  const one = { name: check.name, finding };
  told.push(one);
  show(context, one);
}

function show(context: Context, { name, finding: { status, message, hint } }: Told): void {
  const { good, warning, bad } = context.style;
  const word = {
    pass: good('PASS'),
    warn: warning('WARN'),
    fail: bad('FAIL'),
  }[status];
  context.reporter.item('check', { name, status, message, hint }, [
    `${word}  ${name}: ${message}`,
    ...hint
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `      ${line}`),
  ]);
}

async function mended(mend: () => Promise<string>): Promise<Finding> {
  try {
    return pass(await mend());
  } catch (error) {
    return failed(error instanceof MailError ? error : unexpectedError(error));
  }
}

/** With --yes it is cleared already. */
async function offerToMend(context: Context, told: Told[]): Promise<void> {
  for (const [index, { name, finding }] of told.entries()) {
    if (finding.mend === undefined || context.prompts === null) continue;
    if (!(await context.prompts.confirm('Clear what killed runs left?', true))) continue;
    const after = { name, finding: await mended(finding.mend) };
    told[index] = after;
    show(context, after);
  }
}

/** Said before anything is waited for. */
function requireReportPossible(context: Context, path: string): void {
  if (existsSync(path)) throw thereAlready(path);
  if (context.prompts !== null || context.options.yes === true) return;
  throw new MailError(
    'not-interactive',
    'The report is shown before it is written, and nobody is here to look at it.',
    `To write it all the same, say so: ${commandLine('doctor', '--report', 'FILE', '--yes')}`,
  );
}

interface Gathered {
  readonly told: readonly Told[];
  readonly found: Found;
  readonly process: Process;
}

/** Names of people and computers that the report leaves out. */
function whoIsHere(
  { environment }: Context,
  told: readonly Told[],
): Pick<RedactedFacts, 'userHome' | 'userName' | 'hosts'> {
  const proxies = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].map(
    (name) => environment.forChildren[name],
  );
  const servers = [environment.storeUrl, environment.mailServer, ...proxies].flatMap((address) => {
    if (address === undefined || address === '') return [];
    const whole = address.includes('://') ? address : `http://${address}`;
    return URL.canParse(whole) ? [new URL(whole).hostname] : [];
  });
  return {
    userHome: homedir(),
    userName: nameOfUser(),
    hosts: [
      hostname(),
      ...servers,
      ...told.flatMap(({ finding }) => finding.computers ?? []),
    ].filter((name) => name !== ''),
  };
}

/** Where the system knows no user of this number, there is no name to leave out. */
function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

/** Null if the person, who has seen it, does not want it. */
async function makeReport(
  context: Context,
  path: string,
  { told, found, process }: Gathered,
): Promise<Told | null> {
  const { environment, reporter, options, prompts } = context;
  const redact = redaction({
    ...found,
    ...whoIsHere(context, told),
    isPublic: (name) => isMailProvider(name) || isUsualServer(name),
  });
  const text = reportText(
    {
      at: context.now(),
      store: environment.storeUrl === undefined ? 'the settings folder' : 'a shared store',
      home: environment.home,
      credentials: environment.credentials,
      findings: told,
      sites: found.sites.map((site) => {
        const { pathway, attention } = viewSite(site, context.issuer.id, context.now());
        return { site, pathway, attention: attention.map(({ code }) => code) };
      }),
      lastFailure: await readLastFailure(environment),
      variables: toldVariables(process.variables.given),
    },
    redact,
  );
  reporter.note('');
  for (const line of text.trimEnd().split('\n')) reporter.note(line);
  reporter.note('');
  const isWanted =
    options.yes === true || (await prompts?.confirm(`Write this to ${path}?`, true)) === true;
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
