/** `doctor` as a whole, on the twin of a world: what it says where something it builds on can’t be looked at. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import type { World } from '../../src/kit/world.js';
import { aSite, DELEGATED } from '../sites/a-site.js';
import { MemorySecrets, MemorySites, openGate } from '../support/memory-store.js';
import { Heard, runIn, twin } from '../support/twin.js';

const AWAY = new MailError(
  'network',
  'The database at db.harbour.example could not be reached.',
  'Try again later.',
);

let folder: string;
let sites: MemorySites;
let secrets: MemorySecrets;
let heard: Heard;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  [sites, secrets, heard] = [new MemorySites(), new MemorySecrets(), new Heard()];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Nobody answers at the stand-in for Google: of the network, no more than that is told. */
function worldHere(more: Partial<World> = {}, variables: NodeJS.ProcessEnv = {}): World {
  const plain = twin({}, { sites, secrets, heard });
  const environment = Object.assign(Object.create(plain.environment), {
    ...{ home: join(folder, 'rehearsal'), passphrase: 'a passphrase', mailServer: undefined },
    forChildren: { BROWSER: '/nowhere/browser', ...variables },
  });
  const address = 'http://127.0.0.1:1';
  return twin(
    {
      environment,
      issuer: {
        ...{ id: address, isStandIn: true, discoveryUrl: `${address}/` },
        ...{ gmailRootUrl: address, iamRootUrl: address },
      },
      client: () => Promise.reject(new MailError('no-oauth-client', 'There is none.', '')),
      ...more,
    },
    { sites, secrets, heard },
  );
}

/** Runs it; gives its error, and what was found, by the name of its check. */
async function examine(world: World, ...words: string[]) {
  const error = await runIn(world, 'doctor', ...words);
  const found = heard.results.flatMap(({ name, status, message }) =>
    name === undefined ? [] : [[String(name), `${status}: ${message}`] as const],
  );
  return { error, found: Object.fromEntries(found) as Record<string, string | undefined> };
}

describe('of what could not be looked at nothing is called fine', () => {
  const NOT_ALL =
    'pass: No killed run left anything in the settings folder. Not all passwords and permissions could be looked through.';

  test('where the records are away', async () => {
    const { found } = await examine(worldHere({ sites: () => Promise.reject(AWAY) }));
    expect(found.records).toMatch(/^fail: The database/);
    expect(found['nightly-check']).toBeUndefined();
    expect(found.secrets).toBe(
      'warn: Whether the vault holds anything can’t be checked: not every record can be read.',
    );
    expect(found.leftovers).toBe(NOT_ALL);
  });

  test('where one record of several can’t be read', async () => {
    sites.put(aSite({ name: 'a', gmail: { ...DELEGATED, usedAt: '2026-11-20T11:00:00.000Z' } }));
    sites.damage('b');
    const { found } = await examine(worldHere());
    expect(found.records).toMatch(/^fail: 1 of 2 records/);
    // Whether all connections were used lately, and whether somebody has to sign in.
    expect(found['nightly-check']).toBeUndefined();
    expect(found['client-file']).toBeUndefined();
    expect(found.leftovers).toBe(NOT_ALL);
  });

  test.each([
    ['is locked', () => Promise.reject(new MailError('keychain-locked', 'It is locked.', ''))],
    [
      'is another one than the site’s',
      async () => ({ ...secrets.viewOf('run', openGate), kind: 'team' as const }),
    ],
  ])('where the store of secrets %s', async (_how, open) => {
    sites.put(aSite({ credentials: 'vault' }));
    const { found } = await examine(worldHere({ secrets: open }));
    expect(found.leftovers).toBe(NOT_ALL);
  });

  test('and where all could be looked at, it is', async () => {
    sites.put(aSite({ credentials: 'vault' }));
    const { found } = await examine(worldHere());
    expect(found.leftovers).toBe('pass: No killed run left anything.');
    expect(found['nightly-check']).toMatch(/^pass: No site is connected/);
  });

  test('the report says that its list of sites is not whole', async () => {
    const path = join(folder, 'report.txt');
    const world = worldHere({ sites: () => Promise.reject(AWAY) });
    await examine(world, '--report', path, '--yes');
    expect(heard.notes).toContain('Sites: 0 (not every record could be read)');
  });
});

test('the sites are listed, not read one by one: a database has many', async () => {
  for (const name of ['a', 'b', 'c']) sites.put(aSite({ name }));
  const view = await twin({}, { sites }).sites();
  const read = () => Promise.reject(new Error('Unexpected call to read'));
  const { found } = await examine(worldHere({ sites: async () => ({ ...view, read }) }));
  expect(found.records).toBe(
    'pass: 3 sites are on record in memory, and every record can be read.',
  );
});

test('Ctrl-C while it clears what killed runs left ends it as anywhere', async () => {
  sites.put(aSite({ credentials: 'vault' }));
  secrets.of('harbour-physio').set('smtp-password', 'left');
  const stopping = new AbortController();
  const other = sites.viewOf('other', openGate, async () => undefined);
  await other.claim('harbour-physio', {
    ...{ command: 'migrate', signal: stopping.signal, onWait: () => undefined },
  });
  const world = worldHere({
    signal: stopping.signal,
    sites: async () => sites.viewOf('run', openGate, async () => stopping.abort()),
  });
  const { error, found } = await examine(world, '--yes');
  expect(error).toMatchObject({ code: 'interrupted' });
  expect(found.leftovers).toBeUndefined();
});

describe('--report', () => {
  test('is refused beside --dns-note, which would drop it', async () => {
    const path = join(folder, 'report.txt');
    const { error } = await examine(worldHere(), '--dns-note', '--report', path, '--yes');
    expect(error).toMatchObject({
      code: 'usage',
      message: '--dns-note and --report exclude each other.',
    });
    expect(existsSync(path)).toBe(false);
  });

  test('that can’t be written is named in no result', async () => {
    const path = join(folder, 'no', 'folder.txt');
    const { found } = await examine(worldHere(), '--report', path, '--yes');
    expect(found.report).toMatch(/^fail/);
    expect(heard.results.at(-1)).not.toHaveProperty('report');
  });

  test.each([
    ['PGHOST', 'postgres:///sites', { PGHOST: 'db.harbour.example' }],
    ['its own parameter', 'postgres:///sites?host=db.harbour.example', {}],
  ])('leaves out the name of a database’s computer: of %s', async (_what, storeUrl, variables) => {
    const world = worldHere({ sites: () => Promise.reject(AWAY) }, variables);
    Object.assign(world.environment, { storeUrl });
    await examine(world, '--report', join(folder, 'report.txt'), '--yes');
    const text = heard.notes.join('\n');
    expect(text).toMatch(/The database at host-\d could not be reached\./);
    expect(text).not.toContain('harbour.example');
  });

  test('keeps the folder of a socket, which is no computer’s name', async () => {
    const world = worldHere(
      { sites: () => Promise.reject(new MailError('network', 'Nothing at /var/run/pg.', '')) },
      { PGHOST: '/var/run/pg' },
    );
    await examine(world, '--report', join(folder, 'report.txt'), '--yes');
    expect(heard.notes.join('\n')).toContain('Nothing at /var/run/pg.');
  });
});
