/** Files, and a backend over HTTP, keep what every store of sites promises. */

import { copyFile, mkdir, mkdtemp, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe } from '@jest/globals';
import { serialiseSite } from '../../src/sites/record.js';
import { openLocalSites } from '../../src/stores/http/local.js';
import { SettingsApi } from '../settings-api/settings-api.js';
import { MemorySecrets, openGate } from '../support/memory-store.js';
import { holdsTheContract, type Kind, NAME } from './contract.js';
import { clock, HOME, openForTest } from './open-for-test.js';

const MANY = process.env.TEST_ALL === '1' ? 10_000 : 1_001;

describe('files', () => {
  const pathIn = (place: string, name = NAME) => join(place, 'sites', `${name}.json`);
  const kind: Kind = {
    newPlace: () => mkdtemp(join(tmpdir(), 'store-')),
    removePlace: (place) => rm(place, { recursive: true, force: true }),
    async edit(place, change) {
      const record = JSON.parse(await readFile(pathIn(place), 'utf8'));
      change(record);
      await writeFile(pathIn(place), JSON.stringify(record));
    },
    copyRecord: (place, to) => copyFile(pathIn(place), pathIn(place, to)),
    removeRecord: (place) => rm(pathIn(place)),
    async fill(place, sites) {
      await mkdir(join(place, 'sites'), { mode: 0o700 });
      for (const site of sites) {
        await writeFile(pathIn(place, site.name), serialiseSite(site), { mode: 0o600 });
      }
    },
    async withoutLine(place, work) {
      const path = join(place, 'history.jsonl');
      const aside = `${path}-aside`;
      const isThere = await rename(path, aside).then(
        () => true,
        () => false,
      );
      // What is no file can't be written.
      await mkdir(path);
      await work();
      await rmdir(path);
      if (isThere) await rename(aside, path);
    },
    secretsOf: () => new MemorySecrets().viewOf('run', openGate),
    async overtake(place, claiming) {
      await rm(join(place, 'locks'), { recursive: true });
      return claiming((await openForTest(place)).store);
    },
  };
  holdsTheContract(() => kind, { linesApart: true, isOwn: true, many: MANY });
});

describe('a backend over HTTP', () => {
  let api: SettingsApi;
  let homes: string[];
  afterEach(async () => {
    for (const home of homes) await rm(home, { recursive: true, force: true });
    await rm(HOME, { recursive: true, force: true });
  });

  const kind: Kind = {
    async newPlace() {
      homes = [];
      api = await new SettingsApi().listen();
      return api.url.replace('//', `//${api.token}@`);
    },
    removePlace: () => api.close(),
    edit: async (_place, change) => api.edit(NAME, change),
    copyRecord: async (_place, to) => void api.sites.set(to, { ...api.sites.get(NAME) }),
    removeRecord: async () => void api.sites.delete(NAME),
    fill: async (_place, sites) => {
      for (const site of sites) await kind.put?.('', site);
    },
    withoutLine: async (_place, work) => void (await work()),
    secretsOf: () => new MemorySecrets().viewOf('run', openGate),
    async put(_place, site) {
      const { credentials, doneInWriteUpp: _, smtp, gmail, ...shared } = site;
      const { password: __, ...settings } = smtp ?? { password: null };
      api.put({ ...shared, smtp: smtp && settings, gmail });
      if (credentials === null) return;
      const folder = join(HOME, 'local', api.facts.id);
      await openLocalSites(folder).write(site.name, { credentials, connections: {} });
    },
    async overtake(place, claiming) {
      const home = await mkdtemp(join(tmpdir(), 'other-computer-'));
      homes.push(home);
      // The run stands still, for as long as a claim lasts.
      clock.ahead += 61_000;
      api.clock.ahead += 61_000;
      return claiming((await openForTest(place, home)).store);
    },
    async overtakeAccount(place, claiming) {
      await rm(join(HOME, 'locks'), { recursive: true });
      return claiming((await openForTest(place)).store);
    },
  };
  holdsTheContract(() => kind, { linesApart: false, isOwn: false, many: MANY });
});
