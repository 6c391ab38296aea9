/** What stops a watch before it looks for messages. */

import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { World } from '../../src/kit/world.js';
import { Spool } from '../../src/send/spool.js';
import type { SiteStore } from '../../src/sites/site-store.js';
import { OWN_SETTINGS } from '../../src/stores/own-settings.js';
import { aSite, SMTP } from '../sites/a-site.js';
import { MemorySites, openGate } from '../support/memory-store.js';
import { runIn, twin } from '../support/twin.js';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'watch-')));
  await mkdir(join(folder, 'spool', 'new'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

function computer(can: Partial<SiteStore['can']> = {}): World {
  const sites = new MemorySites();
  sites.put(aSite({ smtp: { ...SMTP, user: 'jane' } }));
  const store = sites.viewOf('run', openGate, () => Promise.reject(new Error('alone')));
  const base = twin({
    sites: async () => ({ ...store, id: 'a-store', can: { ...OWN_SETTINGS.can, ...can } }),
  });
  return { ...base, environment: Object.assign(Object.create(base.environment), { home: folder }) };
}

const watch = (world: World) =>
  runIn(world, 'send', '--site', 'harbour-physio', '--batch', join(folder, 'spool'), '--watch');

test('a site whose email by SMTP is WriteUpp’s to send is refused at the start, and nothing is touched', async () => {
  expect(await watch(computer({ readPassword: false }))).toMatchObject({
    code: 'usage',
    details: { sent: 'no' },
  });
  expect(await readdir(join(folder, 'spool'))).toEqual(['new']);
});

test('a spool that is watched already: it says by which run', async () => {
  const spool = await Spool.open(join(folder, 'spool'), {
    owner: { site: 'harbour-physio', store: 'a-store', description: 'memory', isRehearsal: false },
    settleMs: 0,
    now: () => new Date(),
  });
  const since = new Date().toISOString();
  const holder = { pid: 4711, host: 'reception-pc', command: 'send --batch', since };
  const lock = spool.lockForWatch(`${JSON.stringify(holder)}\n`);
  expect(await watch(computer())).toMatchObject({
    code: 'spool-busy',
    message: expect.stringMatching(
      /is watched already, by "writeupp-mail send --batch" on reception-pc \(process 4711, for \d+ s\)\.$/,
    ),
  });
  await lock?.letGo();
});
