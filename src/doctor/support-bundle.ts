/** The support bundle: a text that both the person who sends it and those who receive it can read. */

import { arch, release, type } from 'node:os';
import type { Site } from '../sites/site.js';
import { refuseUnfit, writeNamedFile } from '../storage/named-file.js';
import { VERSION } from '../version.js';
import type { Finding } from './run-check.js';

export interface ReportFacts {
  readonly at: Date;
  readonly store: string;
  readonly home: string;
  readonly credentials: string;
  readonly findings: readonly { readonly name: string; readonly finding: Finding }[];
  readonly sites: readonly SiteSummary[];
  /** Whether every record could be read. */
  readonly isWhole: boolean;
  /** The last failure of a command: its code, time and command; null if there was none. */
  readonly lastFailure: {
    readonly code: string;
    readonly at: string;
    readonly command: string;
  } | null;
  /** Names of the variables that are set, without their values. */
  readonly variables: readonly string[];
}

/** A site in one line. */
export interface SiteSummary {
  readonly site: Site;
  readonly pathway: string;
  /** Codes of what needs attention. */
  readonly attention: readonly string[];
}

/** Variables that change what the program does. Their values can be private, so only their names are reported. */
const REPORTED_VARIABLE =
  /^(?:WRITEUPP_MAIL_\w+|(?:https?|all|no)_proxy|NODE_EXTRA_CA_CERTS|NODE_OPTIONS|BROWSER|DISPLAY|WAYLAND_DISPLAY|SSH_CONNECTION|DBUS_SESSION_BUS_ADDRESS|XDG_CONFIG_HOME|NO_COLOR|TERM|LANG)$/i;

/** The names of those that are set. */
export function reportedVariables(variables: Readonly<NodeJS.ProcessEnv>): string[] {
  return Object.keys(variables)
    .filter((name) => REPORTED_VARIABLE.test(name) && variables[name] !== '')
    .sort();
}

/** @param redact see redact.ts */
export function reportText(facts: ReportFacts, redact: (text: string) => string): string {
  const { lastFailure } = facts;
  const lines = [
    'writeupp-mail: a report for support',
    '',
    'Left out: passwords and permissions (never read for this), who people and practices are.',
    'A site is "site 1", a domain of its own "domain-1", the home folder "~".',
    '',
    `Made         ${facts.at.toISOString()}`,
    `Version      ${VERSION}`,
    `System       ${type()} ${release()} (${arch()})`,
    `Node.js      ${process.versions.node}`,
    `Settings     ${facts.home}`,
    `Records      ${facts.store}`,
    `Passwords    ${facts.credentials}`,
    `Variables    ${facts.variables.join(' ') || 'none'}`,
    `Last failure ${lastFailure === null ? 'none' : `${lastFailure.code}, at ${lastFailure.at}, by ${lastFailure.command}`}`,
    '',
    'Checks',
    ...facts.findings.flatMap(({ name, finding: { status, message, hint } }) => [
      `  ${status.toUpperCase().padEnd(4)}  ${name}: ${message}`,
      ...hint
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => `        ${line}`),
    ]),
    '',
    `Sites: ${facts.sites.length}${facts.isWhole ? '' : ' (not every record could be read)'}`,
    ...facts.sites.map(siteLine),
  ];
  return `${lines.map(redact).join('\n')}\n`;
}

function siteLine({ site, pathway, attention }: SiteSummary): string {
  const { name, gmail, smtp, credentials } = site;
  return `  ${[
    `${name}: ${pathway}`,
    gmail === null
      ? 'Gmail not connected'
      : `Gmail ${gmail.email}, used ${gmail.usedAt}, tested ${gmail.test?.acceptedAt ?? 'never'}`,
    smtp === null ? 'no SMTP' : `SMTP ${smtp.host}:${smtp.port} ${smtp.security}`,
    `secrets in ${credentials ?? 'no store'}`,
    `attention: ${attention.join(' ') || 'none'}`,
  ].join('; ')}`;
}

const NAMING = { option: '--report' };

/** @throws MailError `usage` if the report can't be written here */
export function requireReportPossible(path: string): void {
  refuseUnfit(path, NAMING);
}

/** @throws MailError `usage`, `storage` */
export async function writeReport(path: string, text: string): Promise<void> {
  await writeNamedFile(path, text, NAMING);
}
