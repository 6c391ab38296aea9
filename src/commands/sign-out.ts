/** `sign-out`: forgets the Gmail connection and its tokens, and ends the permission at Google. */

import type { Command } from 'commander';
import { chooseSite } from '../command-kit/choose-site.js';
import { newCommand, type Process, run } from '../command-kit/command-runner.js';
import { googleDeps, holding } from '../command-kit/on-site.js';
import { type GrantOutcome, signOut, sitesSharingAccount } from '../connection/sign-out.js';
import type { CommonOptions, Context } from '../context/context.js';
import { MailError } from '../errors.js';
import type { GmailConnection, Site } from '../sites/site.js';
import { viewSite } from '../sites/site-view.js';

interface Options extends CommonOptions {
  readonly keepGrant?: boolean;
}

/** The command. */
export function signOutCommand(process: Process): Command {
  return newCommand('sign-out', ['sign-out', 'sign-out --keep-grant'])
    .option('--keep-grant', 'only forget here; leave the permission at Google as it is')
    .action(run<Options>(process, forget));
}

async function forget(context: Context, options: Options): Promise<void> {
  const name = await chooseSite(context);
  await holding(context, name, 'sign-out', async (held) => {
    const { gmail } = held.site;
    if (gmail === null) {
      await held.tidy();
      report(context, held.site, ['No Google account is connected. Nothing was changed.'], {});
      return;
    }
    const store = await context.sites();
    const keepGrant = options.keepGrant === true;
    const others =
      keepGrant && gmail.method === 'oauth'
        ? []
        : await sitesSharingAccount(store, held.site.name, gmail);
    await confirm(context, held.site, gmail, keepGrant, others);
    await held.proveCredentials();
    const deps = { ...(await googleDeps(context)), credentials: await held.credentials() };
    const stop = context.reporter.waiting('Telling Google');
    const outcome = await signOut(held, store, keepGrant, deps);
    stop();
    report(
      context,
      held.site,
      [
        `${context.style.good('✓')} ${gmail.email} was forgotten on this computer.`,
        `  ${grantWords(outcome)}`,
      ],
      { grant: outcome.grant },
    );
  });
}

/** What happens is said before it happens: a revocation reaches every computer. */
async function confirm(
  context: Context,
  site: Site,
  gmail: GmailConnection,
  keepGrant: boolean,
  others: readonly string[],
): Promise<void> {
  const { prompts, reporter, options } = context;
  if (gmail.method === 'delegation') {
    reporter.note(
      `The service account ${gmail.serviceAccount.email} will no longer send for this site. Nothing changes at Google.`,
    );
    if (others.length > 0) reporter.note(`Other sites go on using it: ${others.join(', ')}.`);
  } else if (keepGrant)
    reporter.note(`${gmail.email} will be forgotten here. Google keeps the permission.`);
  else if (others.length > 0) {
    reporter.note(`${gmail.email} is used by other sites too: ${others.join(', ')}.`);
    reporter.note('So the permission is not ended at Google: their email would stop.');
  } else {
    reporter.note(
      `This ends the access of this program to ${gmail.email} at Google, on every computer. (--keep-grant only forgets here.)`,
    );
  }
  reporter.note(`Email of this site will go by ${wayWithout(site)}.`);
  if (options.yes === true || prompts === null) return;
  if (await prompts.confirm(`Sign out ${gmail.email}?`)) return;
  throw new MailError('cancelled', 'You said No.', 'Nothing was changed.');
}

/** How email goes without the Gmail connection. */
function wayWithout({ smtp }: Pick<Site, 'smtp'>): string {
  return smtp === null
    ? 'the WriteUpp mail server, and patients will see WriteUpp’s own address'
    : `its SMTP settings (${smtp.host})`;
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
      return `The permission at Google was left as it is, for: ${outcome.others.join(', ')}.`;
  }
}

function report(
  context: Context,
  site: Site,
  lines: readonly string[],
  facts: Record<string, unknown>,
): void {
  const view = viewSite(site, context.issuer.id, context.now());
  const left = view.pathway === 'smtp' ? 'its SMTP settings' : 'the WriteUpp mail server';
  context.reporter.result({ ...view, ...facts }, [
    ...lines,
    `  Email of this site goes by ${left}.`,
  ]);
}
