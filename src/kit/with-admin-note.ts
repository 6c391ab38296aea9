/** Adds a message for an administrator to a refusal that only they can fix. */

import type { MailError } from '../errors.js';
import {
  adminNote,
  type DelegationNoteDetails,
  delegationNote,
  isForAdministrator,
} from '../google/admin-note.js';
import type { Site } from '../sites/site.js';
import { expectedAccount } from '../steps/situation.js';
import type { World } from './world.js';

/** The note for a site, or for no site in particular. */
export function noteFor(clientId: string, site: Site | null, named: string | null): string {
  return adminNote({
    clientId,
    organisation: site?.organisation,
    site: site?.name,
    account: (site === null ? named : expectedAccount(site, named)) ?? undefined,
  });
}

/** The note about a service account. */
export function delegationNoteFor(
  serviceAccount: Omit<DelegationNoteDetails, 'organisation' | 'account'>,
  site: Site | null,
  named: string | null,
): string {
  return delegationNote({
    ...serviceAccount,
    organisation: site?.organisation,
    account: (site === null ? named : expectedAccount(site, named)) ?? undefined,
  });
}

/** The same error with the note, if an administrator can fix it and the client file can be read. */
export async function withAdminNote(
  error: MailError,
  site: Site | null,
  world: World,
): Promise<MailError> {
  const { serviceAccount } = error.details;
  if (serviceAccount !== undefined) {
    if (error.code !== 'admin-policy') return error;
    return error.with({ details: { adminNote: delegationNoteFor(serviceAccount, site, null) } });
  }
  if (!isForAdministrator(error)) return error;
  const client = await world.client().catch(() => null);
  if (client === null) return error;
  return error.with({ details: { adminNote: noteFor(client.id, site, null) } });
}
