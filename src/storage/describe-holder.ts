/** The run that holds a site, in words. */

import { hostname } from 'node:os';
import type { LockHolder } from './lock.js';

/** Who holds a site, as a person would say it. */
export function describeHolder(holder: LockHolder | null): string {
  if (holder === null) return 'another run of writeupp-mail';
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(holder.since)) / 1000));
  const where = holder.host === hostname() ? 'on this computer' : `on ${holder.host}`;
  return `"writeupp-mail ${holder.command}" ${where} (process ${holder.pid}, for ${seconds} s)`;
}
