/** The records in files: written only by the run that holds the site. */

import { mkdtemp, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openFileSiteStore } from '../../src/stores/files/file-site-store.js';
import { aSite } from '../sites/a-site.js';

test('a run whose lock was removed changes no record', async () => {
  const home = await mkdtemp(join(tmpdir(), 'store-'));
  const store = openFileSiteStore(home);
  const site = aSite();
  const lock = () =>
    store.lock(site.name, {
      ...{ command: 'test', signal: new AbortController().signal },
      onWait: () => undefined,
    });
  const first = await lock();
  await store.create(site, first);
  await unlink(join(home, 'locks', `${site.name}.lock`));
  const second = await lock();
  const isLost = { code: 'site-busy' };
  await expect(store.replace({ ...site, organisation: 'Other' }, first)).rejects.toMatchObject(
    isLost,
  );
  await expect(store.create({ ...site, name: 'new' }, first)).rejects.toMatchObject(isLost);
  await expect(store.remove(site.name, first)).rejects.toMatchObject(isLost);
  await first.release();
  expect(await store.names()).toEqual([site.name]);
  expect(await store.read(site.name)).toEqual(site);
  await store.replace({ ...site, organisation: 'Other' }, second);
  expect(await store.read(site.name)).toMatchObject({ organisation: 'Other' });
  await second.release();
  await rm(home, { recursive: true });
});
