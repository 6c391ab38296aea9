/** What each computer alone knows of the sites of a store that several share. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { CredentialStoreKind } from '../../src/credentials/credential-reader.js';
import type { Change } from '../../src/sites/change.js';
import type { Site } from '../../src/sites/site.js';
import type { SiteStore } from '../../src/sites/site-store.js';
import { aSite, GMAIL, SMTP } from '../sites/a-site.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { describeWith } from '../support/system-part.js';
import { type OpenedStore, openForTest } from './open-for-test.js';

const NAME = 'harbour-physio';
const OPTIONS = {
  command: 'migrate',
  signal: new AbortController().signal,
  onWait: () => undefined,
};

describeWith(['postgres'], 'two computers on one store', () => {
  let server: TestPostgres;
  let folder: string;
  let opened: OpenedStore[];
  let url: string;
  let desk: SiteStore;
  let laptop: SiteStore;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'computers-'));
    url = await server.newDatabase();
    opened = [await openForTest(url, join(folder, 'desk'))];
    opened.push(await openForTest(url, join(folder, 'laptop')));
    [desk, laptop] = opened.map(({ store }) => store) as [SiteStore, SiteStore];
  });
  afterEach(async () => {
    for (const each of opened) await each.close();
    await rm(folder, { recursive: true });
  });

  async function change(store: SiteStore, ...changes: readonly Change[]): Promise<void> {
    const claim = await store.claim(NAME, OPTIONS);
    try {
      for (const one of changes) await claim.apply(one);
    } finally {
      await claim.release();
    }
  }
  const keep = (credentials: CredentialStoreKind | null): Change => ({
    kind: 'keep-secrets-in',
    credentials,
  });
  const site = (credentials: Site['credentials']) =>
    aSite({ smtp: SMTP, gmail: GMAIL, credentials });
  const known = async () =>
    [await desk.read(NAME), await laptop.read(NAME)].map((one) => one?.credentials);
  const fileOf = async (computer: string) => {
    const local = join(folder, computer, 'local');
    return join(local, (await readdir(local))[0] ?? '', `${NAME}.json`);
  };

  test('each knows which store of its own holds secrets, and neither clears what the other knows', async () => {
    await change(desk, { kind: 'add', site: site('keychain') });
    expect(await known()).toEqual(['keychain', null]);
    expect(await laptop.read(NAME)).toEqual(site(null));
    await change(laptop, keep('vault'), { kind: 'disconnect', connection: GMAIL.id }, keep(null));
    expect(await known()).toEqual(['keychain', null]);
    expect((await desk.read(NAME))?.gmail).toBeNull();
    for await (const one of desk.list()) expect(one).toMatchObject({ credentials: 'keychain' });
    await change(desk, { kind: 'remove' });
    expect(await readdir(join(await fileOf('desk'), '..'))).toEqual([]);
  });

  test('the secrets of a team are every computer’s', async () => {
    await change(desk, { kind: 'add', site: site('team') });
    expect(await known()).toEqual(['team', 'team']);
    await change(laptop, keep(null));
    expect(await known()).toEqual([null, null]);
    expect(await readdir(folder)).toEqual([]);
  });

  test('it is kept before the record changes, and cleared after: no secret is stored without it', async () => {
    await change(desk, { kind: 'add', site: aSite() });
    const connecting: Change = { kind: 'connect', connection: GMAIL, credentials: 'keychain' };
    const table = 'alter table writeupp_mail.site';
    await server.query(url, `${table} add constraint full_up check (false) not valid`);
    await expect(change(desk, connecting)).rejects.toMatchObject({ code: expect.any(String) });
    expect(await desk.read(NAME)).toEqual(aSite({ credentials: 'keychain' }));
    await expect(change(desk, keep(null))).rejects.toMatchObject({ code: expect.any(String) });
    expect(await known()).toEqual(['keychain', null]);
    await server.query(url, `${table} drop constraint full_up`);
    await change(desk, keep(null));
    expect(await known()).toEqual([null, null]);
    await change(desk, connecting);
    expect(await desk.read(NAME)).toEqual(aSite({ gmail: GMAIL, credentials: 'keychain' }));
  });

  test('a run that lost its claim keeps nothing', async () => {
    await change(desk, { kind: 'add', site: aSite() });
    const claim = await desk.claim(NAME, OPTIONS);
    await claim.release();
    await expect(claim.apply(keep('keychain'))).rejects.toMatchObject({ code: 'site-busy' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('a damaged file is reported with its path, and left alone', async () => {
    await change(desk, { kind: 'add', site: site('keychain') });
    const path = await fileOf('desk');
    await writeFile(path, '{"schemaVersion":2}');
    const refused = { code: 'storage', message: expect.stringContaining(path) };
    await expect(desk.read(NAME)).rejects.toMatchObject(refused);
    await expect(change(desk, keep('vault'))).rejects.toMatchObject(refused);
    for await (const one of desk.list()) expect(one).toMatchObject(refused);
    expect(await readFile(path, 'utf8')).toBe('{"schemaVersion":2}');
    expect(await laptop.read(NAME)).toEqual(site(null));
  });
});
