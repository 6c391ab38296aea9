/** The one way to switch a site, whichever road a run takes to it. It prints no result: its callers do. */

import type { DeliveryReport } from '../delivery/delivery-report.js';
import { withHeldSite, withSite } from '../kit/with-site.js';
import type { World } from '../kit/world.js';
import type { Site } from '../sites/site.js';
import { requireHandOver } from '../steps/hand-over.js';
import { dryRun, isMigrated, migrateSite } from '../steps/migrate-site.js';
import type { MigrationOptions } from '../steps/situation.js';
import { explainTimeout } from './ask-page.js';
import type { Migrated } from './queue.js';
import { needsClient, requireConnectable } from './require-ready.js';

/** How it ended, where it did not fail. */
export interface Switched {
  readonly outcome: 'switched' | 'already' | 'would-switch';
  /** As it is stored now. */
  readonly site: Site;
  /** Whether email will arrive, by the DNS; null where it was not asked. */
  readonly delivery: DeliveryReport | null;
}

/** What is counted of it among many. A dry run counts what would be switched as switched. */
export function migrated({ outcome, site }: Switched): Migrated {
  return { outcome: outcome === 'already' ? 'already' : 'migrated', record: site };
}

/** How the site was come to. */
interface Road {
  /** The record, where it has just been read. */
  readonly before?: Site;
  /** False: it is an error at once if another run holds the site. */
  readonly mayWait?: boolean;
  /** A site that is to be stored first, which a dry run must not. */
  readonly known?: Site | null;
  /** Nothing is left to do, by the record alone: for a site that another run may have switched meanwhile. */
  isDone?(site: Site): boolean;
}

/** @throws MailError of the step that failed, with what it means for the site */
export async function switchSite(
  world: World,
  name: string,
  wanted: MigrationOptions,
  road: Road = {},
): Promise<Switched> {
  if (world.options.dryRun === true) {
    return withSite(
      world,
      name,
      async (site) => {
        await requireConnectable([site], wanted, world);
        const { acts, delivery } = await dryRun(site, wanted, world);
        return { outcome: acts ? 'would-switch' : 'already', site, delivery };
      },
      road.before ?? road.known,
    );
  }
  return explainTimeout(world, name, wanted, (isAgain) =>
    withHeldSite(
      world,
      name,
      async (held) => {
        const isDone = road.isDone ?? (() => isMigrated(held, wanted, world));
        if (needsClient(held.site, wanted)) await world.client();
        if (await isDone(held.site)) return { outcome: 'already', site: held.site, delivery: null };
        await requireHandOver([held.site], wanted, world);
        const { delivery } = await migrateSite(held, { ...wanted, isAgain }, world);
        return { outcome: 'switched', site: held.site, delivery };
      },
      road,
    ),
  );
}
