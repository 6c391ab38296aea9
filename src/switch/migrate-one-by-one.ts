/** The sites of `migrate --all` that need a person, one after another. */

import { deliveryAttention } from '../delivery/delivery-report.js';
import { MailError } from '../errors.js';
import type { World } from '../kit/world.js';
import { handOverRefusal } from '../steps/hand-over.js';
import { expectedAccount, type MigrationOptions } from '../steps/situation.js';
import type { Tally } from './migrate-tally.js';
import type { SiteEnd } from './queue.js';
import { migrated, switchSite } from './switch-site.js';

/** On a terminal: each in turn, with skip and stop. */
export async function oneAfterAnother(
  world: World,
  wanted: MigrationOptions,
  tally: Tally,
): Promise<void> {
  const { ask, report, options } = world;
  if (ask === null || options.dryRun === true) return;
  const store = await world.sites();
  const waiting = tally.takePeople();
  // Each of them would connect: nobody is asked about what could only be refused. What else fails, each says itself.
  const refusal = await handOverRefusal(wanted, world).catch(() => null);
  if (refusal !== null) {
    for (const end of waiting) tally.take({ ...end, outcome: 'failed', error: refusal });
    return;
  }
  let told = 0;
  try {
    for (const [index, end] of waiting.entries()) {
      const site = await store.read(end.site).catch(() => null);
      report.note(
        `\n${site?.organisation ?? end.site} (${index + 1} of ${waiting.length} that need a person): ${end.error?.message ?? ''}`,
      );
      const choice = await ask.choose<'now' | 'skip' | 'stop'>(`${end.site}:`, [
        { name: 'Sign in with Google now', value: 'now' },
        { name: 'Skip this site', value: 'skip' },
        { name: 'Stop here', value: 'stop' },
      ]);
      // Which account sends is agreed to; that Gmail accepts the message was, for all, at the start.
      // Where no account was expected, the person answers for all of it, as in a switch of one site.
      const yes = site !== null && expectedAccount(site, wanted.account) !== null;
      tally.take(choice === 'now' ? await withPerson(world, { ...wanted, yes }, end, tally) : end);
      told = index + 1;
      if (choice === 'stop') return;
    }
  } finally {
    for (const end of waiting.slice(told)) tally.take(end);
  }
}

async function withPerson(
  world: World,
  wanted: MigrationOptions,
  { site }: SiteEnd,
  tally: Tally,
): Promise<SiteEnd> {
  try {
    const switched = await switchSite(world, site, wanted);
    const { delivery } = switched;
    if (delivery !== null) tally.warn(site, deliveryAttention(delivery));
    return { site, error: null, ...migrated(switched) };
  } catch (error) {
    if (!(error instanceof MailError) || error.code === 'interrupted') throw error;
    return { site, outcome: 'failed', error, record: null };
  }
}
