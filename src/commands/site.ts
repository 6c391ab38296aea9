/** `site`: the sites on record. */

import { Command } from 'commander';
import { addCommonOptions, type Process } from './command-runner.js';
import { siteAddCommand, siteSetCommand } from './site-change.js';
import { siteRemoveCommand } from './site-remove.js';
import { siteListCommand, siteShowCommand } from './site-show.js';

/** The command with its subcommands. */
export function siteCommand(process: Process): Command {
  return addCommonOptions(new Command('site'))
    .description('The sites on record: add, list, show, set, remove')
    .addCommand(siteAddCommand(process))
    .addCommand(siteListCommand(process))
    .addCommand(siteShowCommand(process))
    .addCommand(siteSetCommand(process))
    .addCommand(siteRemoveCommand(process));
}
