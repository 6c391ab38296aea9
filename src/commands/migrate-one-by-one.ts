/** The sites of `migrate --all` that need a person, one after another. */

import { receiptQuestions } from '../command-kit/ask-receipt.js';
import { deliveryPort } from '../command-kit/delivery-port.js';
import { googleDeps, holding } from '../command-kit/on-site.js';
import { signInPorts } from '../command-kit/sign-in-ports.js';
import type { Context } from '../context/context.js';
import { MailError } from '../errors.js';
import type { SiteEnd } from '../many/migrate-many.js';
import { migrateSite } from '../migration/migrate-site.js';
import { expectedAccount, type MigrationOptions } from '../migration/situation.js';
import type { SiteStore } from '../sites/site-store.js';
import type { Tally } from './migrate-tally.js';

/** On a terminal: each in turn, with skip and stop. */
export async function oneAfterAnother(
  context: Context,
  wanted: MigrationOptions,
  store: SiteStore,
  tally: Tally,
): Promise<void> {
  const { prompts, reporter, options } = context;
  if (prompts === null || options.dryRun === true) return;
  const waiting = tally.takePeople();
  for (const [index, end] of waiting.entries()) {
    const site = await store.read(end.site).catch(() => null);
    reporter.note(
      `\n${site?.organisation ?? end.site} (${index + 1} of ${waiting.length} that need a person): ${end.error?.message ?? ''}`,
    );
    const choice = await prompts.choose<'now' | 'skip' | 'stop'>(`${end.site}:`, [
      { name: 'Sign in with Google now', value: 'now' },
      { name: 'Skip this site', value: 'skip' },
      { name: 'Stop here', value: 'stop' },
    ]);
    if (choice === 'now') tally.take(await withPerson(context, wanted, end));
    else tally.take(end);
    if (choice === 'stop') {
      for (const other of waiting.slice(index + 1)) tally.take(other);
      return;
    }
  }
}

async function withPerson(
  context: Context,
  wanted: MigrationOptions,
  { site }: SiteEnd,
): Promise<SiteEnd> {
  try {
    await holding(context, site, 'migrate', async (held) => {
      // Which account sends is agreed to; that Gmail accepts the message was, for all, at the beginning.
      // Where no account was expected, the person answers for all of it, as in a switch of one site.
      const isKnown = expectedAccount(held.site, wanted.account) !== null;
      const { prompts } = context;
      const options = { ...wanted, yes: isKnown };
      await migrateSite(held, options, {
        deps: await googleDeps(context),
        signIn: signInPorts(context, { readFirst: true }),
        report: context.reporter,
        receipt: isKnown || prompts === null ? null : receiptQuestions(context, prompts),
        assessDelivery: await deliveryPort(context),
      });
    });
    return { site, outcome: 'migrated', error: null };
  } catch (error) {
    if (!(error instanceof MailError) || error.code === 'interrupted') throw error;
    return { site, outcome: 'failed', error };
  }
}
