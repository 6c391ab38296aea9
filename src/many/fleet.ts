/** What a check of many sites found, in facts: what is compared with the last run, and measured. */

import type { Pathway } from '../sites/site.js';

/** One site, as it was found. */
export interface SiteFound {
  readonly name: string;
  /** Null where the record can't be read. */
  readonly pathway: Pathway | null;
  /** Code of why email can't leave; null if it can. */
  readonly failure: string | null;
  /** Codes of what needs attention. */
  readonly attention: readonly string[];
  /** When the Gmail connection is likely to end if nothing is done; null where nothing says so. */
  readonly expectedEnd: Date | null;
}

/** Everything that is wrong with a site, as codes. */
export function problemsOf({ failure, attention }: SiteFound): readonly string[] {
  return [...new Set([...(failure === null ? [] : [failure]), ...attention])].sort();
}
