/** `sign-in`: connects a Google account to a site, or signs it in again. */

import type { Command } from 'commander';
import { SEND_SCOPE } from '../google/scopes.js';
import { chooseSite } from '../kit/choose-site.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import { delegationNoteFor, noteFor } from '../kit/with-admin-note.js';
import { withHeldSite } from '../kit/with-site.js';
import type { CommonOptions, World } from '../kit/world.js';
import { siteView } from '../show/status-facts.js';
import { attentionLines } from '../show/status-lines.js';
import { kindOf } from '../sites/connection-kind.js';
import type { HeldSite } from '../sites/held-site.js';
import { requireSite } from '../sites/require-site.js';
import { keepSenderLines, senderChange, senderLines } from '../sites/sender.js';
import { copyWords } from '../steps/connect-steps.js';
import { connectSite } from '../steps/migrate-site.js';
import type { MigrationOptions } from '../steps/situation.js';
import { explainTimeout } from './ask-page.js';
import { requireConnectable, requireReady } from './require-ready.js';
import {
  addSignInOptions,
  readAccount,
  readSignInOptions,
  type SignInOptions,
} from './sign-in-options.js';

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

async function signIn(world: World, options: Options): Promise<void> {
  if (options.adminNote === true) return printAdminNote(world, options);
  const wanted: MigrationOptions = {
    ...(await readSignInOptions(options)),
    readFirst: false,
    yes: options.yes === true,
    to: null,
    reference: null,
  };
  await requireReady(world, wanted);
  const name = await chooseSite(world);
  await explainTimeout(world, name, wanted, () => connect(world, name, wanted));
}

async function connect(world: World, name: string, wanted: MigrationOptions): Promise<void> {
  await withHeldSite(world, name, async (held) => {
    await requireConnectable([held.site], wanted, world);
    const isNew = await connectSite(held, wanted, world);
    const view = await siteView(world, held.site);
    const account = view.gmail?.email ?? null;
    const change = senderChange(held.site, account);
    const { good } = world.style;
    world.report.result({ ...view, signedIn: isNew }, [
      isNew
        ? `${good('✓')} Connected: ${view.gmail?.email}.`
        : `${good('✓')} ${view.gmail?.email} is connected already, and Google accepts the connection now.`,
      view.smtp === null
        ? '  Email of this site goes out through this Google account.'
        : '  Email of this site will go out through this account once the switch is finished.',
      ...[...senderLines(change), ...keepSenderLines(change, held.site, account)].map(
        (line) => `  ${line}`,
      ),
      ...(await whereKept(world, held, wanted)).map((line) => `  ${line}`),
      ...attentionLines(view, world.style, ''),
    ]);
  });
}

/** What is kept where, and what may be deleted now. */
async function whereKept(
  world: World,
  { site, handsOver }: HeldSite,
  { serviceAccount }: MigrationOptions,
): Promise<string[]> {
  const { gmail } = site;
  if (gmail === null) throw new TypeError('nobody has signed in');
  const { description, kind } = await world.secrets();
  if (handsOver && kindOf(gmail).isSignIn) {
    return ['The permission was handed over to WriteUpp.', copyWords(site, `in ${description}`)];
  }
  const words = kindOf(gmail).keptWords(gmail, description, kind !== 'team');
  return [serviceAccount?.key == null ? words : `${words} Its file can be deleted now.`];
}

/** The note alone, so that it can be redirected into a file. A site makes it more exact, and is not needed. */
async function printAdminNote(world: World, options: Options): Promise<void> {
  const account = readAccount(options);
  const name = world.options.site ?? world.environment.site ?? (await onlyName(world));
  const site = name === null ? null : await requireSite(await world.sites(), name);
  const { serviceAccount } = await readSignInOptions(options);
  if (serviceAccount !== null) {
    const delegation = { ...serviceAccount, scope: SEND_SCOPE };
    const text = delegationNoteFor(delegation, site, account);
    const { email, clientId } = serviceAccount;
    const facts = { adminNote: text, clientId, serviceAccount: email };
    return world.report.result({ ...facts, site: site?.name ?? null }, [text.trimEnd()]);
  }
  const { id } = await world.client();
  const note = noteFor(id, site, account);
  world.report.result({ adminNote: note, clientId: id, site: site?.name ?? null }, [
    note.trimEnd(),
  ]);
}

async function onlyName(world: World): Promise<string | null> {
  const names = await (await world.sites()).names();
  return names.length === 1 ? (names[0] ?? null) : null;
}
