/** Who else sends through a Google account: known by Google's own key, whatever its address is now. */

import { expect, test } from '@jest/globals';
import { sitesSharingAccount } from '../../src/connection/sign-out.js';
import { aSite, GMAIL } from '../sites/a-site.js';
import { MemorySites, openGate } from '../support/memory-store.js';

const RENAMED = 'desk@harbour-physio.example';

test('a site that connected the account under its earlier address shares it; one of another account does not', async () => {
  const sites = new MemorySites();
  sites.put(aSite({ name: 'harbour', gmail: GMAIL }));
  sites.put(aSite({ name: 'quay', gmail: { ...GMAIL, email: RENAMED } }));
  sites.put(aSite({ name: 'pier', gmail: { ...GMAIL, subject: '2' } }));
  sites.put(aSite({ name: 'rehearsal', gmail: { ...GMAIL, issuer: 'http://127.0.0.1:4000' } }));
  const store = sites.viewOf(null, openGate, () => Promise.reject(new Error('nobody is here')));
  expect(await sitesSharingAccount(store, 'harbour', GMAIL)).toEqual(['quay']);
});
