/** Opens a store by its place, as another computer or another run would. */

import type { SiteStore } from '../../src/sites/site-store.js';
import { openFileSiteStore } from '../../src/stores/files/file-site-store.js';
import { openPostgresSiteStore } from '../../src/stores/postgres/postgres-site-store.js';

/** A store of one run. */
export interface OpenedStore {
  readonly store: SiteStore;
  /** Ends the run's connections. */
  close(): Promise<void>;
}

/** @param place a settings folder, or the address of a database */
export async function openForTest(place: string): Promise<OpenedStore> {
  if (!place.startsWith('postgres:')) {
    const store = openFileSiteStore({ home: place, isDefaultHome: false });
    return { store, close: async () => undefined };
  }
  const store = await openPostgresSiteStore(place, {
    ...{ isRehearsal: false, readOnly: false, signal: new AbortController().signal },
    onWait: () => undefined,
  });
  return { store, close: () => store.close() };
}
