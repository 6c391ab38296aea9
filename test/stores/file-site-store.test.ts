/** The records in files: written only by the run that holds the site. */

import { copyFile, mkdtemp, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openFileSiteStore } from '../../src/stores/files/file-site-store.js';
import { aSite } from '../sites/a-site.js';

test('a run whose lock was removed changes no record', async () => {
  const home = await mkdtemp(join(tmpdir(), 'store-'));
  const store = openFileSiteStore({ home, isDefaultHome: false });
  const site = aSite();
  const claim = () =>
    store.claim(site.name, {
      ...{ command: 'test', signal: new AbortController().signal },
      onWait: () => undefined,
    });
  const first = await claim();
  await first.write(site);
  await unlink(join(home, 'locks', `${site.name}.lock`));
  const second = await claim();
  const isLost = { code: 'site-busy' };
  await expect(first.assertHeld()).rejects.toMatchObject(isLost);
  await expect(first.write({ ...site, organisation: 'Other' })).rejects.toMatchObject(isLost);
  await expect(first.remove()).rejects.toMatchObject(isLost);
  await first.release();
  expect(await store.names()).toEqual([site.name]);
  expect(await store.read(site.name)).toEqual(site);
  await second.write({ ...site, organisation: 'Other' });
  expect(await store.read(site.name)).toMatchObject({ organisation: 'Other' });
  await second.release();
  await rm(home, { recursive: true });
});

test('a record that was copied to another name is refused: it would share the secrets', async () => {
  const home = await mkdtemp(join(tmpdir(), 'store-'));
  const store = openFileSiteStore({ home, isDefaultHome: false });
  const claim = await store.claim('harbour-physio', {
    ...{ command: 'test', signal: new AbortController().signal },
    onWait: () => undefined,
  });
  await claim.write(aSite());
  await claim.release();
  const sites = join(home, 'sites');
  await copyFile(join(sites, 'harbour-physio.json'), join(sites, 'copy.json'));
  await expect(store.read('copy')).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('copy.json is the record of another site, "harbour-physio"'),
  });
  expect(await store.read('harbour-physio')).toEqual(aSite());
  await rm(home, { recursive: true });
});
