/** `site remove`: forgets a site and its secrets. */

import type { Command } from 'commander';
import { chooseSite } from '../../command-kit/choose-site.js';
import { newCommand, type Process, run } from '../../command-kit/command-runner.js';
import { holding } from '../../command-kit/on-site.js';
import type { CommonOptions, Context } from '../../context/context.js';
import { MailError } from '../../errors.js';
import type { GmailConnection } from '../../sites/site.js';

/** The command. */
export function siteRemoveCommand(process: Process): Command {
  return newCommand('remove', ['site remove harbour-physio', 'site remove harbour-physio --yes'])
    .argument('[name]', 'the name of the site')
    .action(run<CommonOptions>(process, remove));
}

async function remove(context: Context, options: CommonOptions, argument?: string): Promise<void> {
  const name = await chooseSite(context, argument ?? options.site);
  await holding(context, name, 'site remove', async (held) => {
    const { site } = held;
    await confirm(context, site.name);
    if (site.credentials !== null) await held.proveCredentials();
    await held.remove();
    context.reporter.result({ site: site.name, removed: true }, [
      `${context.style.good('✓')} The site ${site.name} and its secrets were removed from this computer.`,
      ...(site.gmail === null ? [] : leftAtGoogle(site.gmail)),
    ]);
  });
}

function leftAtGoogle(gmail: GmailConnection): string[] {
  if (gmail.method === 'delegation') {
    return [
      `  Your Google Workspace still lets ${gmail.serviceAccount.email} send as ${gmail.email}.`,
      '  An administrator ends that in the Admin console (Manage Domain Wide Delegation).',
    ];
  }
  return [
    `  Google still has the permission that ${gmail.email} gave.`,
    '  To end it: https://myaccount.google.com/connections',
  ];
}

async function confirm(context: Context, name: string): Promise<void> {
  if (context.options.yes === true) return;
  if (context.prompts === null) {
    throw new MailError(
      'not-interactive',
      `This removes the site "${name}" and its secrets, and nobody can be asked here.`,
      'Add --yes to go on without being asked.',
    );
  }
  const question = `Remove the site ${name}, its SMTP password and its Gmail connection from this computer?`;
  if (await context.prompts.confirm(question)) return;
  throw new MailError('cancelled', 'You said No.', 'Nothing was changed.');
}
