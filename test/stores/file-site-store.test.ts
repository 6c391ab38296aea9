/** The records in files, beside what every store promises (contract.test.ts). */

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openFileSiteStore } from '../../src/stores/files/file-site-store.js';
import { aSite } from '../sites/a-site.js';

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
