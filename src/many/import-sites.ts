/** Carrying out a planned import, one site after another. */

import { addSite, type HoldPorts, holdSite } from '../sites/hold.js';
import { changedSite } from '../sites/site-fields.js';
import type { RowPlan } from './plan-import.js';

/** What an import did, or would do. */
export interface ImportCounts {
  readonly imported: number;
  readonly updated: number;
  /** On record just so, or left out because something is wrong in them. */
  readonly skipped: number;
}

/** What a plan comes to. */
export function countPlans(plans: readonly RowPlan[]): ImportCounts {
  const count = (...kinds: readonly RowPlan['kind'][]) =>
    plans.filter(({ kind }) => kinds.includes(kind)).length;
  return { imported: count('add'), updated: count('update'), skipped: count('same', 'invalid') };
}

/**
 * Imports what is planned. Killed anywhere, the same import goes on from there: what is on record just so is left.
 *
 * @param onProgress called before each site with the number of those that are done
 * @throws MailError of the stores; `interrupted` between two sites
 */
export async function importSites(
  plans: readonly RowPlan[],
  ports: HoldPorts,
  onProgress: (done: number) => void,
): Promise<void> {
  for (const [index, plan] of plans.entries()) {
    onProgress(index);
    if (plan.kind === 'add') await addSite(plan.site, plan.password, ports);
    if (plan.kind === 'update') {
      const { fields, password } = plan;
      await holdSite(plan.name, ports, (held) =>
        held.change(changedSite(held.site, fields), password),
      );
    }
  }
}
