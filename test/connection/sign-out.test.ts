/** Who else sends through a Google account: known by Google's own key, whatever its address is now. */

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Google } from '../../src/connection/google.js';
import { liveKindOf } from '../../src/connection/kinds.js';
import { chooseIssuer } from '../../src/google/issuer.js';
import type { HeldSite } from '../../src/sites/held-site.js';
import type { Stores } from '../../src/sites/hold.js';
import { sealed } from '../../src/sites/secrets.js';
import type { SiteStore } from '../../src/sites/site-store.js';
import { aSite, GMAIL } from '../sites/a-site.js';
import { type GoogleStandIn, startGoogle } from '../stand-in/stand-in.js';
import { MemorySecrets, MemorySites, openGate } from '../support/memory-store.js';
import { Heard, runIn, twin } from '../support/twin.js';

const RENAMED = 'desk@harbour-physio.example';

test('a site that connected the account under its earlier address shares it; one of another account does not', async () => {
  const sites = new MemorySites();
  sites.put(aSite({ name: 'harbour', gmail: GMAIL }));
  sites.put(aSite({ name: 'quay', gmail: { ...GMAIL, email: RENAMED } }));
  sites.put(aSite({ name: 'pier', gmail: { ...GMAIL, subject: '2' } }));
  sites.put(aSite({ name: 'rehearsal', gmail: { ...GMAIL, issuer: 'http://127.0.0.1:4000' } }));
  const store = sites.viewOf(null, openGate, () => Promise.reject(new Error('nobody is here')));
  expect(await liveKindOf(GMAIL).sharing(store, 'harbour', GMAIL)).toEqual(['quay']);
});

describe('where sites are only counted', () => {
  let standIn: GoogleStandIn;
  let calls: string[];
  beforeEach(async () => {
    standIn = await startGoogle();
    calls = [];
  });
  afterEach(() => standIn.close());

  /** @param count how many sites send by the account, at that time */
  function end(count: () => number) {
    const issuer = chooseIssuer(standIn.url);
    const connection = { ...GMAIL, issuer: issuer.id };
    const store = {
      sharing: async () => {
        calls.push('count');
        return { count: count() };
      },
    } as unknown as SiteStore;
    const secret = JSON.stringify({ id: GMAIL.id, secret: 'a token' });
    const held = {
      site: aSite({ gmail: connection, credentials: 'vault' }),
      credentials: async () => ({ description: 'memory', kind: 'vault', get: async () => secret }),
    } as unknown as HeldSite;
    const world = {
      ...{ issuer, sites: async () => store, signal: new AbortController().signal },
      client: async () => ({ id: 'client', secret: 'secret' }),
    } as unknown as Google & Stores;
    const confirm = async () => void calls.push('confirm');
    return liveKindOf(connection).end(held, connection, { keepsGrant: false, confirm }, world);
  }
  const revocations = () => standIn.requests.filter(({ point }) => point === 'revoke').length;

  test('a claim is renewed before the last count, so that it takes no time after it', async () => {
    expect(await end(() => 1)).toMatchObject({ connectedMeanwhile: [] });
    expect(calls).toEqual(['count', 'confirm', 'count', 'confirm', 'count']);
  });

  test('Google is not asked again once another site has connected the account', async () => {
    standIn.misbehave('revoke', { kind: 'answer', status: 503, body: '<h1>Busy</h1>' });
    const others = ['one more in WriteUpp'];
    expect(await end(() => (revocations() === 0 ? 1 : 2))).toEqual({
      ...{ grant: 'kept-for-others', others, wasAsked: true },
    });
    expect(revocations()).toBe(1);
  });
});

describe('a person is told which sites may have lost the permission with this one', () => {
  let standIn: GoogleStandIn;
  beforeEach(async () => {
    standIn = await startGoogle();
  });
  afterEach(() => standIn.close());
  const revocations = () => standIn.requests.filter(({ point }) => point === 'revoke').length;

  /** @param sharing the sites that send by the account, at that time */
  async function signedOut(sharing: () => Awaited<ReturnType<SiteStore['sharing']>>) {
    const issuer = chooseIssuer(standIn.url);
    const [sites, secrets, heard] = [new MemorySites(), new MemorySecrets(), new Heard()];
    sites.put(aSite({ gmail: { ...GMAIL, issuer: issuer.id }, credentials: 'vault' }));
    secrets.of('harbour-physio').set('google-token-a', sealed(GMAIL.id, 'a token'));
    const plain = twin({}, { sites, secrets, heard });
    const store = { ...(await plain.sites()), sharing: async () => sharing() };
    const client = async () => ({ id: 'client', secret: 'secret' });
    const world = { ...plain, ...{ issuer, client, sites: async () => store } };
    expect(await runIn(world, 'sign-out', '--site', 'harbour-physio', '--yes')).toBeNull();
    expect(sites.get('harbour-physio')?.gmail).toBeNull();
    return heard.notes.join('\n');
  }
  const TOLD = 'Google may have ended that permission too.';

  test('where Google was asked, gave no clear answer, and one connected meanwhile', async () => {
    standIn.misbehave('revoke', { kind: 'answer', status: 503, body: '<h1>Busy</h1>' });
    const said = await signedOut(() =>
      revocations() === 0 ? ['harbour-physio'] : ['harbour-physio', 'quay'],
    );
    expect(said).toContain(`${GMAIL.email} was also connected for: quay. ${TOLD}`);
    expect(said).toContain('sign-in --reauthenticate');
  });

  test('where the sites are only counted, and there is one more once Google has ended it', async () => {
    const said = await signedOut(() => ({ count: revocations() === 0 ? 1 : 2 }));
    expect(said).toContain(`was also connected for: one more in WriteUpp. ${TOLD}`);
  });

  test('and of none where others used it before Google was asked: their permission stays', async () => {
    const said = await signedOut(() => ['harbour-physio', 'quay']);
    expect(said).not.toContain(TOLD);
    expect(revocations()).toBe(0);
  });
});
