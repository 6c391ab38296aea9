/** `sign-in`: connects a Google account to a site, or signs it in again. */

import type { Command } from 'commander';
import { delegationNoteFor, noteFor } from '../command-kit/admin-note.js';
import { explainTimeout } from '../command-kit/ask-page.js';
import { chooseSite } from '../command-kit/choose-site.js';
import { requireClientFileUnlessDelegated } from '../command-kit/client-file.js';
import { newCommand, type Process, run } from '../command-kit/command-runner.js';
import { googleDeps, holding } from '../command-kit/on-site.js';
import {
  addSignInOptions,
  readAccount,
  readSignInOptions,
} from '../command-kit/sign-in-options.js';
import { type SignInOptions, signInPorts } from '../command-kit/sign-in-ports.js';
import type { CommonOptions, Context } from '../context/context.js';
import { SEND_SCOPE } from '../google/scopes.js';
import { connectSite } from '../migration/migrate-site.js';
import type { MigrationOptions } from '../migration/situation.js';
import { SILENT } from '../migration/step.js';
import { requireSite } from '../sites/require-site.js';
import { keepSenderLines, senderChange, senderLines } from '../sites/sender.js';
import type { Site } from '../sites/site.js';
import { viewSite } from '../sites/site-view.js';
import { attentionLines } from '../terminal/status-view.js';

interface Options extends CommonOptions, SignInOptions {
  readonly adminNote?: boolean;
}

/** The command. */
export function signInCommand(process: Process): Command {
  const command = newCommand('sign-in', [
    'sign-in',
    'sign-in --account info@harbour-physio.example',
    'sign-in --no-browser',
    'sign-in --admin-note > note.txt',
    'sign-in --service-account key.json --account info@harbour-physio.example',
  ]);
  return addSignInOptions(command)
    .option(
      '--admin-note',
      'do not sign in: print a message for your Google Workspace administrator, ready to forward',
    )
    .action(run<Options>(process, signIn));
}

async function signIn(context: Context, options: Options): Promise<void> {
  if (options.adminNote === true) return printAdminNote(context, options);
  const wanted = {
    ...(await readSignInOptions(options)),
    yes: options.yes === true,
    to: null,
    reference: null,
  };
  await requireClientFileUnlessDelegated(context, wanted);
  const name = await chooseSite(context);
  await explainTimeout(context, name, () => connect(context, name, wanted));
}

async function connect(context: Context, name: string, wanted: MigrationOptions): Promise<void> {
  await holding(context, name, 'sign-in', async (held) => {
    const ports = {
      deps: await googleDeps(context),
      signIn: signInPorts(context),
      report: SILENT,
      canAsk: context.prompts !== null,
    };
    const isNew = await connectSite(held, wanted, ports);
    const view = viewSite(held.site, context.issuer.id, context.now());
    const change = senderChange(held.site, view.gmail?.email ?? null);
    const { good } = context.style;
    context.reporter.result({ ...view, signedIn: isNew }, [
      isNew
        ? `${good('✓')} Connected: ${view.gmail?.email}.`
        : `${good('✓')} ${view.gmail?.email} is connected already, and Google accepts the connection now.`,
      view.smtp === null
        ? '  Email of this site goes out through this Google account.'
        : '  Email of this site will go out through this account once the switch is finished.',
      ...[...senderLines(change), ...keepSenderLines(change, held.site)].map((line) => `  ${line}`),
      `  ${await whereKept(context, held.site, wanted)}`,
      ...attentionLines(view, context.style, ''),
    ]);
  });
}

/** What is kept where, and what may be deleted now. */
async function whereKept(
  context: Context,
  { gmail }: Site,
  { serviceAccount }: MigrationOptions,
): Promise<string> {
  const { description } = await context.credentials();
  if (gmail?.method !== 'delegation')
    return `The permission is kept in ${description}, on this computer only.`;
  if (gmail.serviceAccount.signing === 'keyless')
    return 'There is no key to keep: Google signs for the service account.';
  const file = serviceAccount === null ? '' : ' Its file can be deleted now.';
  return `The key of ${gmail.serviceAccount.email} is kept in ${description}, once for all sites that use it.${file}`;
}

/** The note alone, so that it can be redirected into a file. A site makes it more exact, and is not needed. */
async function printAdminNote(context: Context, options: Options): Promise<void> {
  const account = readAccount(options);
  const name = context.options.site ?? context.environment.site ?? (await onlyName(context));
  const site = name === null ? null : await requireSite(await context.sites(), name);
  const { serviceAccount } = await readSignInOptions(options);
  if (serviceAccount !== null) {
    const delegation = { ...serviceAccount, scope: SEND_SCOPE };
    const text = delegationNoteFor(delegation, site, account);
    const { email, clientId } = serviceAccount;
    const facts = { adminNote: text, clientId, serviceAccount: email };
    return context.reporter.result({ ...facts, site: site?.name ?? null }, [text.trimEnd()]);
  }
  const { id } = await context.oauthClient();
  const note = noteFor(id, site, account);
  context.reporter.result({ adminNote: note, clientId: id, site: site?.name ?? null }, [
    note.trimEnd(),
  ]);
}

async function onlyName(context: Context): Promise<string | null> {
  const names = await (await context.sites()).names();
  return names.length === 1 ? (names[0] ?? null) : null;
}
