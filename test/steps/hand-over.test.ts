/** Where WriteUpp sends by itself, in memory: what it could not send with is refused first, on every road. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { EndedWith, MailError } from '../../src/errors.js';
import { clientOfRun } from '../../src/kit/client-file.js';
import type { World } from '../../src/kit/world.js';
import { sealed } from '../../src/sites/secrets.js';
import type { Site } from '../../src/sites/site.js';
import type { SiteStore } from '../../src/sites/site-store.js';
import { aSite, GMAIL, SMTP } from '../sites/a-site.js';
import { MemorySecrets, MemorySites } from '../support/memory-store.js';
import { Heard, person, runIn, twin } from '../support/twin.js';
import { SmallGoogle } from './small-google.js';

const [NAME, OTHER] = ['harbour-physio', 'quay-osteopathy'];
const REFUSED = new MailError('store-refused', 'WriteUpp can’t send with it.', 'Ask WriteUpp.');
const KEYLESS = ['--service-account', 'mail@practice.iam.gserviceaccount.com'];

/** It takes one Google client, and no service account. */
const handsOver: NonNullable<SiteStore['handsOver']> = {
  refusal: (client) => (client === GMAIL.clientId ? null : REFUSED),
};

/** Two practices, of whose connections no permission is here. */
function computer(given: Partial<Site>, expected: Partial<World> = {}) {
  const [sites, secrets, heard] = [new MemorySites(), new MemorySecrets(), new Heard()];
  for (const name of [NAME, OTHER]) sites.put(aSite({ name, smtp: SMTP, ...given }));
  const before = sites.changes;
  const memory = { sites, secrets, heard };
  const store = twin({}, memory).sites;
  const world = twin(
    {
      client: async () => ({ id: 'another client', secret: null }),
      sites: async () => ({ ...(await store()), handsOver }),
      ask: person([], heard),
      ...expected,
    },
    memory,
  );
  return { world, sites, secrets, heard, changes: () => sites.changes - before };
}

describe('what WriteUpp could not send with', () => {
  describe.each<[what: string, given: Partial<Site>, words: readonly string[]]>([
    ['a Google client', {}, []],
    ['a Google client, to sign in again', { gmail: GMAIL }, ['--reauthenticate']],
    ['a Google client, for a permission that is not here', { gmail: GMAIL }, []],
    ['a service account', {}, KEYLESS],
    ['a service account, in place of a sign-in', { gmail: GMAIL }, KEYLESS],
  ])('is refused before any question, and nothing is stored: %s', (_what, given, words) => {
    test.each([
      ['one site', ['migrate', '--site', NAME]],
      ['one site, with nobody', ['migrate', '--site', NAME, '--yes', '--json']],
      ['one site, foreseen', ['migrate', '--site', NAME, '--dry-run']],
      ['signing in', ['sign-in', '--site', NAME]],
    ])('%s', async (_road, road) => {
      const here = computer(given);
      expect(await runIn(here.world, ...road, ...words)).toMatchObject({ code: REFUSED.code });
      expect([here.heard.questions, here.changes()]).toEqual([[], 0]);
    });
  });

  test.each<[what: string, words: readonly string[]]>([
    ['a Google client', []],
    ['a service account', KEYLESS],
  ])('is refused for all sites before they are agreed to: %s', async (_what, words) => {
    const here = computer({});
    const error = await runIn(here.world, 'migrate', '--all', ...words);
    expect(error).toMatchObject({ code: REFUSED.code });
    expect([here.heard.questions, here.changes()]).toEqual([[], 0]);
  });

  test('is asked about for no site of many', async () => {
    const here = computer({});
    const error = await runIn(here.world, 'migrate', '--all', '--yes');
    expect(error).toBeInstanceOf(EndedWith);
    expect(here.heard.results.at(-1)).toMatchObject({ total: 2, failed: 2, needsPerson: 0 });
    expect([here.heard.questions, here.changes()]).toEqual([[], 0]);
  });

  test('leaves those to a person who are not asked now', async () => {
    const here = computer({}, { ask: null });
    await runIn(here.world, 'migrate', '--all', '--yes', '--json');
    expect(here.heard.results.at(-1)).toMatchObject({ total: 2, failed: 0, needsPerson: 2 });
  });

  test('is no hindrance where it sends nothing by itself', async () => {
    const here = computer({});
    const { handsOver: _, ...store } = await here.world.sites();
    const world = { ...here.world, sites: async () => store };
    expect(await runIn(world, 'migrate', '--site', NAME, '--dry-run')).toBeNull();
  });
});

describe('a client file that can’t be used is not kept', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'hand-over-'));
  });
  afterEach(() => rm(home, { recursive: true }));

  const installed = (id: string) => ({ installed: { client_id: id, client_secret: 'secret' } });
  const put = async (name: string, content: unknown) => {
    await writeFile(join(home, name), JSON.stringify(content), { mode: 0o600 });
    return join(home, name);
  };
  const environment = (oauthClientPath: string) =>
    Object.assign(Object.create(twin().environment), { home, oauthClientPath });

  test.each([false, true])('by WriteUpp (dry run: %s)', async (dryRun) => {
    const client = await put('downloaded.json', installed('another-client'));
    const world = {
      environment: environment(join(home, 'oauth-client.json')),
      options: { client, dryRun },
      report: twin().report,
      sites: async () => ({ handsOver }),
    };
    await expect(clientOfRun(world)).rejects.toBe(REFUSED);
    expect(await readdir(home)).toEqual(['downloaded.json']);
  });

  test('beside another that is kept, whichever the environment names', async () => {
    const named = await put('named.json', installed('client-a'));
    const kept = await put('oauth-client.json', installed('client-b'));
    const sites = [{ name: NAME, organisation: 'Harbour Physio', login: 'jane@harbour.example' }];
    const from = await put('practice.json', { sites, client: installed('client-a') });
    const refusal = { code: 'usage', message: expect.stringContaining(kept) };

    const world = twin({ environment: environment(named), options: { client: named } });
    await expect(clientOfRun(world)).rejects.toMatchObject(refusal);
    const migrating = twin({ environment: environment(named) });
    expect(await runIn(migrating, 'migrate', '--from', from, '--yes')).toMatchObject(refusal);
    expect(JSON.parse(await readFile(kept, 'utf8'))).toEqual(installed('client-b'));
  });
});

describe('a practice’s file that is refused leaves nothing of it, its client file included', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'refused-'));
  });
  afterEach(() => rm(home, { recursive: true }));
  const SITE = { name: NAME, organisation: 'Harbour Physio', login: 'jane@harbour.example' };
  const CLIENT = { installed: { client_id: 'a-client', client_secret: 'secret' } };

  test.each<[what: string, sites: readonly object[], words: readonly string[], code: string]>([
    ['of another site than the one named', [SITE], ['--site', OTHER], 'usage'],
    ['of two sites', [SITE, { ...SITE, name: OTHER }], [], 'invalid-settings'],
    ['with a login that is no address', [{ ...SITE, login: 'jane' }], [], 'invalid-settings'],
  ])('%s', async (_what, sites, words, code) => {
    const from = join(home, 'practice.json');
    await writeFile(from, JSON.stringify({ sites, client: CLIENT }), { mode: 0o600 });
    const memory = { sites: new MemorySites(), secrets: new MemorySecrets(), heard: new Heard() };
    const oauthClientPath = join(home, 'oauth-client.json');
    const given = Object.assign(Object.create(twin().environment), { home, oauthClientPath });
    const world = twin({ environment: given }, memory);
    const error = await runIn(world, 'migrate', '--from', from, '--yes', ...words);
    expect(error).toMatchObject({ code });
    expect(await readdir(home)).not.toContain('oauth-client.json');
    expect(memory.sites.names()).toEqual([]);
  });
});

describe('a sign-in says who has the permission', () => {
  const google = new SmallGoogle();
  beforeAll(() => google.start());
  afterAll(() => google.stop());

  /** What it says where a connection is there and works. */
  async function said(kind: 'vault' | 'team', store: Partial<SiteStore>): Promise<string> {
    const { email, subject, id } = GMAIL;
    const connected = { gmail: { ...GMAIL, issuer: google.url }, credentials: kind };
    const issuer = {
      ...{ id: google.url, isStandIn: true, gmailRootUrl: `${google.url}/` },
      ...{ discoveryUrl: `${google.url}/.well-known/openid-configuration`, iamRootUrl: '' },
    };
    const client = async () => ({ id: GMAIL.clientId, secret: null });
    const here = computer(connected, { issuer, client });
    const { refreshToken } = google.newGrant(email, { subject });
    here.secrets.of(NAME).set('google-token-a', sealed(id, refreshToken));
    const [found, secrets] = [await here.world.sites(), await here.world.secrets()];
    const { handsOver: _, ...plain } = found;
    const world = {
      ...here.world,
      sites: async () => ({ ...plain, ...store }),
      secrets: async () => ({ ...secrets, kind }),
    };
    expect(await runIn(world, 'sign-in', '--site', NAME)).toBeNull();
    return here.heard.lines.join('\n');
  }

  test('this computer alone', async () => {
    expect(await said('vault', {})).toContain('kept in a vault in memory, on this computer only.');
  });

  test('the team', async () => {
    const words = await said('team', { isShared: true });
    expect(words).toContain('kept in a vault in memory.');
    expect(words).not.toContain('this computer');
  });

  test('WriteUpp too, and how to have no copy here', async () => {
    const words = await said('vault', { handsOver });
    expect(words).toContain('handed over to WriteUpp.');
    expect(words).toContain(`sign-out --site ${NAME} --keep-grant`);
    expect(words).not.toContain('only');
  });
});
