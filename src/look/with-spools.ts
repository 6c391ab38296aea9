/** A site as it is shown, with the spools on this computer in which its messages wait. */

import { type SpoolsOf, type SpoolView, spoolAttention, spoolWords } from '../kit/spools.js';
import type { World } from '../kit/world.js';
import { siteView, type WholeView } from '../show/status-facts.js';
import type { Site } from '../sites/site.js';

export interface ViewWithSpools extends WholeView {
  /** Only if there are any. */
  readonly spools?: readonly SpoolView[];
}

/** @throws MailError of the store */
export async function viewWithSpools(
  world: World,
  spoolsOf: SpoolsOf,
  site: Site,
  isOnly?: boolean,
): Promise<ViewWithSpools> {
  const [view, spools] = [await siteView(world, site, isOnly), spoolsOf(site.name)];
  if (spools.length === 0) return view;
  return { ...view, attention: [...view.attention, ...spoolAttention(spools)], spools };
}

/** The lines below the view: one for each spool. */
export function spoolLines({ spools = [] }: ViewWithSpools): string[] {
  return spools.map((spool) => `  ${spoolWords(spool)}`);
}
