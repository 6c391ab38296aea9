/** Carries out a planned import, one site after another. */

import { changedSite } from '../sites/edit-site.js';
import { addSite, holdSite, type Stores } from '../sites/hold.js';
import type { RowPlan } from './plan-import.js';

/** What an import did, or would do. */
export interface ImportCounts {
  readonly imported: number;
  readonly updated: number;
  /** Stored already, exactly so. */
  readonly known: number;
  /** Rows with a fault. */
  readonly refused: number;
  /** The known and the refused. */
  readonly skipped: number;
}

export function countPlans(plans: readonly RowPlan[]): ImportCounts {
  const count = (kind: RowPlan['kind']) => plans.filter((plan) => plan.kind === kind).length;
  const [known, refused] = [count('same'), count('invalid')];
  return {
    imported: count('add'),
    updated: count('update'),
    known,
    refused,
    skipped: known + refused,
  };
}

/** Sites in parallel, which share the waits for the disk or for a database’s answer. */
const AT_ONCE = 32;

/**
 * Imports what is planned. If killed at any point, the same import continues from there, and leaves what is stored
 * alone.
 *
 * @param onProgress called before each site with the number of sites done
 * @throws MailError the first failure, of the stores, or `interrupted`: no further site is started then, and those in
 *   progress are finished
 */
export async function importSites(
  plans: readonly RowPlan[],
  world: Stores,
  onProgress: (done: number) => void,
): Promise<void> {
  const failures: unknown[] = [];
  let next = 0;
  let done = 0;

  async function work(): Promise<void> {
    for (let plan = plans[next]; plan !== undefined && failures.length === 0; plan = plans[next]) {
      next += 1;
      onProgress(done);
      try {
        await importSite(plan, world);
      } catch (error) {
        failures.push(error);
      }
      done += 1;
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failures.length > 0) throw failures[0];
}

async function importSite(plan: RowPlan, world: Stores): Promise<void> {
  if (plan.kind === 'add') await addSite(plan.site, plan.password, world);
  if (plan.kind === 'update') {
    const { fields, password } = plan;
    await holdSite(world, plan.name, (held) =>
      held.change(changedSite(held.site, fields), password),
    );
  }
}
