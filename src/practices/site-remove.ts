/** `site remove`: forgets a site and its secrets. */

import type { Command } from 'commander';
import { MailError } from '../errors.js';
import { chooseSite } from '../kit/choose-site.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import { requireCan } from '../kit/require-can.js';
import { withHeldSite } from '../kit/with-site.js';
import type { CommonOptions, World } from '../kit/world.js';
import { kindOf } from '../sites/connection-kind.js';
import type { Site } from '../sites/site.js';

export function siteRemoveCommand(process: Process): Command {
  return newCommand('remove', ['site remove harbour-physio', 'site remove harbour-physio --yes'])
    .argument('[name]', 'the name of the site')
    .action(run<CommonOptions>(process, remove, { namesSite: true }));
}

async function remove(world: World, options: CommonOptions, argument?: string): Promise<void> {
  await requireCan(world, 'addSites');
  const name = await chooseSite(world, argument ?? options.site);
  await withHeldSite(world, name, async (held) => {
    const { site } = held;
    const words = await removal(world, site);
    await confirm(world, site.name, words.question);
    if (site.credentials !== null) await held.proveCredentials();
    await held.remove();
    world.report.result({ site: site.name, removed: true }, [
      `${world.style.good('✓')} ${words.done}`,
      ...[
        ...words.left,
        ...(site.gmail === null ? [] : kindOf(site.gmail).leftWords(site.gmail)),
      ].map((line) => `  ${line}`),
    ]);
  });
}

interface Removal {
  readonly question: string;
  readonly done: string;
  /** What this computer can't remove, and therefore stays. */
  readonly left: readonly string[];
}

/** Shared records, and a team's secrets, are removed for every computer; a computer's own secrets only on this one. */
async function removal(world: World, { name, credentials }: Site): Promise<Removal> {
  const { isShared, description } = await world.sites();
  const everywhere = `${description}, for every computer`;
  if (!isShared || credentials === null || credentials === 'team') {
    const where = isShared ? everywhere : 'this computer';
    return {
      question: `Remove the site ${name}, its SMTP password and its Gmail connection from ${where}?`,
      done: `The site ${name} and its secrets were removed from ${where}.`,
      left: [],
    };
  }
  return {
    question: `Remove the site ${name} and its Gmail connection from ${everywhere}, and its secrets from this computer?`,
    done: `The site ${name} was removed from ${everywhere}, and its secrets from this computer.`,
    left: ['Secrets of this site on other computers stay there.'],
  };
}

async function confirm(world: World, name: string, question: string): Promise<void> {
  if (world.options.yes === true) return;
  if (world.ask === null) {
    throw new MailError(
      'not-interactive',
      `This removes the site "${name}" and its secrets, and nobody can be asked here.`,
      'Add --yes to go on without being asked.',
    );
  }
  if (await world.ask.confirm(question)) return;
  throw new MailError('cancelled', 'You said No.', 'Nothing was changed.');
}
