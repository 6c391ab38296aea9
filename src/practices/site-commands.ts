/** `site`: the sites on record. */

import type { Command } from 'commander';
import { newGroup, type Process, showYes } from '../kit/command-runner.js';
import { siteAddCommand, siteSetCommand } from './site-change.js';
import { siteExportCommand } from './site-export.js';
import { siteImportCommand } from './site-import.js';
import { siteMoveCommand } from './site-move.js';
import { siteRemoveCommand } from './site-remove.js';
import { siteListCommand, siteShowCommand } from './site-show.js';

export function siteCommand(process: Process): Command {
  return newGroup('site', [
    'site add',
    'site list',
    'site show harbour-physio',
    'site set harbour-physio --login jane@harbour-physio.example',
  ])
    .addCommand(siteAddCommand(process).description('Put a site on record'))
    .addCommand(siteListCommand(process).description('List the sites on record'))
    .addCommand(siteShowCommand(process).description('Show all that is on record of a site'))
    .addCommand(siteSetCommand(process).description('Change a site’s settings'))
    .addCommand(siteImportCommand(process).description('Put many sites on record from a table'))
    .addCommand(siteExportCommand(process).description('Write sites as JSON, without secrets'))
    .addCommand(siteMoveCommand(process).description('Take sites to another store, and back'))
    .addCommand(
      showYes(siteRemoveCommand(process)).description(
        'Forget a site, its passwords and its Gmail connection',
      ),
    );
}
