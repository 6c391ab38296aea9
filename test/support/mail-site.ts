/** Sites that are ready to send: connected through the stand-in, or with a mail server. */

import type { GoogleStandIn } from '../stand-in/stand-in.js';
import type { RunResult } from './program.js';
import { ACCOUNT, LOGIN, SITE, type Workspace } from './workspace.js';

/** Adds a site without SMTP settings and signs it in: its pathway is Gmail. */
export async function connectSite(workspace: Workspace, name: string = SITE): Promise<void> {
  const added = await workspace.run([
    ...['site', 'add', name, '--organisation', 'Harbour Physio', '--login', LOGIN, '--json'],
  ]);
  requireDone(added);
  const args = ['sign-in', '--site', name, '--account', ACCOUNT, '--json', '--yes'];
  const { run } = await workspace.runWithPerson(args, { account: ACCOUNT });
  requireDone(run);
}

/** Adds a site that sends through an SMTP server on this computer. */
export async function addSmtpSite(
  workspace: Workspace,
  server: { readonly port: number; readonly security: string; readonly host?: string },
  login?: { readonly user: string; readonly password: string },
): Promise<void> {
  const added = await workspace.run(
    [
      ...['site', 'add', SITE, '--organisation', 'Harbour Physio', '--login', LOGIN, '--json'],
      ...['--smtp-host', server.host ?? '127.0.0.1', '--smtp-port', String(server.port)],
      ...['--smtp-security', server.security, '--smtp-from', ACCOUNT],
      ...(login === undefined ? [] : ['--smtp-user', login.user, '--smtp-password-stdin']),
    ],
    login === undefined ? {} : { input: login.password },
  );
  requireDone(added);
}

/** How many times the program has requested a new access token so far. */
export function refreshes(google: GoogleStandIn): number {
  return google.requests.filter(({ point }) => point === 'token:refresh').length;
}

function requireDone(run: RunResult): void {
  if (run.code !== 0) throw new Error(`exit code ${run.code}:\n${run.stdout}\n${run.stderr}`);
}
