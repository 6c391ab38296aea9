/** `sign-out`: forgets the Gmail connection and its tokens, and ends the permission at Google. */

import type { Command } from 'commander';
import { signOut } from '../connection/disconnect.js';
import { liveKindOf } from '../connection/kinds.js';
import type { GrantOutcome } from '../connection/live-kind.js';
import { MailError } from '../errors.js';
import { chooseSite } from '../kit/choose-site.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import { withHeldSite } from '../kit/with-site.js';
import type { CommonOptions, World } from '../kit/world.js';
import { siteView } from '../show/status-facts.js';
import { attentionLines } from '../show/status-lines.js';
import { kindOf } from '../sites/connection-kind.js';
import type { HeldSite } from '../sites/held-site.js';
import type { GmailConnection, Site } from '../sites/site.js';
import type { Result } from '../terminal/events.js';
import { commandLine } from '../text/command-line.js';

interface Options extends CommonOptions {
  readonly keepGrant?: boolean;
}

/** The command. */
export function signOutCommand(process: Process): Command {
  return newCommand('sign-out', ['sign-out', 'sign-out --keep-grant'])
    .option('--keep-grant', 'only forget here; leave the permission at Google as it is')
    .action(run<Options>(process, forget));
}

async function forget(world: World, options: Options): Promise<void> {
  const name = await chooseSite(world);
  await withHeldSite(world, name, async (held) => {
    const { gmail } = held.site;
    if (gmail === null) {
      await held.tidy();
      return report(world, held.site, ['No Google account is connected. Nothing was changed.']);
    }
    const store = await world.sites();
    const keepGrant = options.keepGrant === true;
    // What is only forgotten here concerns no other site, even one whose record can't be read.
    const others =
      keepGrant && kindOf(gmail).isSignIn
        ? []
        : await liveKindOf(gmail).sharing(store, held.site.name, gmail);
    if (store.handsOver !== undefined && !keepGrant) {
      world.report.note(`WriteUpp itself will no longer send as ${gmail.email}.`);
    }
    const staysThere = store.handsOver !== undefined && keepGrant;
    const goesOn = staysThere
      ? `WriteUpp keeps its own copy and goes on sending through ${gmail.email}.`
      : `Email of this site will go by ${wayWithout(held.site)}.`;
    await confirm(world, gmail, [...kindOf(gmail).endingWords(gmail, keepGrant, others), goesOn]);
    if (staysThere) return forgetHere(world, held, gmail);
    await held.proveCredentials();
    const stop = world.report.waiting('Telling Google');
    const outcome = await signOut(held, keepGrant, world);
    stop();
    const late = connectedLate(outcome);
    if (late.length > 0) world.report.note(connectedMeanwhile(gmail, late));
    await report(
      world,
      held.site,
      [
        `${world.style.good('✓')} ${gmail.email} was forgotten on this computer.`,
        `  ${grantWords(outcome)}`,
      ],
      { grant: outcome.grant },
    );
  });
}

/** WriteUpp has the permission too: forgetting it here ends nothing there. */
async function forgetHere(world: World, held: HeldSite, { email }: GmailConnection): Promise<void> {
  await held.forgetHere();
  const view = await siteView(world, held.site);
  world.report.result({ ...view, grant: 'kept' }, [
    `${world.style.good('✓')} What this computer had of the permission of ${email} was forgotten.`,
    '  WriteUpp has its own, and goes on sending.',
  ]);
}

/** What happens is said before it happens: a revocation reaches every computer. */
async function confirm(
  { ask, report, options }: World,
  { email }: GmailConnection,
  lines: readonly string[],
): Promise<void> {
  for (const line of lines) report.note(line);
  if (options.yes === true || ask === null) return;
  if (await ask.confirm(`Sign out ${email}?`)) return;
  throw new MailError('cancelled', 'You said No.', 'Nothing was changed.');
}

/** How email goes without the Gmail connection. */
function wayWithout({ smtp }: Pick<Site, 'smtp'>): string {
  return smtp === null
    ? 'the WriteUpp mail server, and patients will see WriteUpp’s own address'
    : `its SMTP settings (${smtp.host})`;
}

/** The sites that connected the account while Google was asked to end the permission. */
function connectedLate(outcome: GrantOutcome): readonly string[] {
  if (outcome.grant === 'kept-for-others') return outcome.wasAsked ? outcome.others : [];
  return 'connectedMeanwhile' in outcome ? outcome.connectedMeanwhile : [];
}

/** No computer can keep another from it where the store only counts the sites of an account. */
function connectedMeanwhile({ email }: GmailConnection, others: readonly string[]): string {
  return (
    `While this ran, ${email} was also connected for: ${others.join(', ')}. Google may have ended that permission too.\n` +
    `If so, sign in again there: ${commandLine('sign-in', '--reauthenticate')}`
  );
}

function grantWords(outcome: GrantOutcome): string {
  switch (outcome.grant) {
    case 'revoked':
      return 'Google ended the permission, on every computer.';
    case 'gone-already':
      return 'Google had ended the permission already.';
    case 'kept':
      return 'The permission at Google was left as it is.';
    case 'delegated':
      return outcome.others.length > 0
        ? `The service account’s key stays in its place, for: ${outcome.others.join(', ')}.`
        : 'No key of the service account is kept here any more. What your Google Workspace allows it stays: an administrator removes that in the Admin console (Manage Domain Wide Delegation).';
    case 'kept-for-others':
      if (outcome.wasAsked) {
        return `Google did not confirm that it ended the permission. It was not asked again, because the account is now used by: ${outcome.others.join(', ')}.`;
      }
      return `The permission at Google was left as it is, for: ${outcome.others.join(', ')}.`;
  }
}

async function report(
  world: World,
  site: Site,
  lines: readonly string[],
  facts: Partial<Result<'result-site'>> = {},
): Promise<void> {
  const view = await siteView(world, site);
  const left = view.pathway === 'smtp' ? 'its SMTP settings' : 'the WriteUpp mail server';
  world.report.result({ ...view, ...facts }, [
    ...lines,
    `  Email of this site goes by ${left}.`,
    ...attentionLines(view, world.style, ''),
  ]);
}
