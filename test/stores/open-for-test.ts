/** Opens a store by its place, as another computer or another run would. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backendRequests } from '../../src/kit/backend-requests.js';
import type { SiteStore } from '../../src/sites/site-store.js';
import { openFileSiteStore } from '../../src/stores/files/file-site-store.js';
import { openClient } from '../../src/stores/http/client.js';
import { openHttpSiteStore } from '../../src/stores/http/http-site-store.js';
import { openPostgresSiteStore } from '../../src/stores/postgres/postgres-site-store.js';

/** A store of one run. */
export interface OpenedStore {
  readonly store: SiteStore;
  /** Ends the run's connections. */
  close(): Promise<void>;
}

/** This process’s computer; each database has a folder of its own in it. */
export const HOME = join(tmpdir(), `store-home-${process.pid}`);

/** How far the clock of this process’s computer is ahead, for what ends by time, in milliseconds. */
export const clock = { ahead: 0 };

/**
 * @param place a settings folder, the address of a database, or that of a backend: `http://TOKEN@HOST`
 * @param home the settings folder of the computer that opens a database or asks a backend
 * @param onWait called when a database has to be waited for
 */
export async function openForTest(
  place: string,
  home = HOME,
  onWait: () => void = () => undefined,
): Promise<OpenedStore> {
  if (place.startsWith('http:')) return openBackend(new URL(place), home);
  if (!place.startsWith('postgres:')) {
    const store = openFileSiteStore({ home: place });
    return { store, close: async () => undefined };
  }
  const store = await openPostgresSiteStore(place, {
    ...{ home, isRehearsal: false, readOnly: false, signal: new AbortController().signal },
    onWait,
  });
  return { store, close: () => store.close() };
}

async function openBackend(place: URL, home: string): Promise<OpenedStore> {
  const description = `WriteUpp’s settings at ${place.host}`;
  const client = openClient({
    address: { base: place.origin, description },
    token: async () => place.username,
    send: backendRequests(),
    signal: new AbortController().signal,
  });
  const { facts } = await client.facts();
  const store = openHttpSiteStore({
    ...{ client, description, facts, home, readAgeMs: 0 },
    now: () => performance.now() + clock.ahead,
  });
  return { store, close: async () => undefined };
}
