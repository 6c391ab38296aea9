/** The spools of this computer: how they are remembered and seen, in status, doctor and the program called alone. */

import {
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spoolsCheck } from '../../src/doctor/spools-check.js';
import { rememberSpool, spoolAttention, spoolsHere } from '../../src/kit/spools.js';
import type { World } from '../../src/kit/world.js';
import { aSite, GMAIL } from '../sites/a-site.js';
import { MemorySites } from '../support/memory-store.js';
import { Heard, runIn, twin } from '../support/twin.js';

const SITE = 'harbour-physio';
const NOW = new Date('2026-11-20T12:00:00.000Z');

let home: string;
let spool: string;
beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'spools-')));
  spool = join(home, 'spool');
  await mkdir(join(spool, 'new'), { recursive: true });
});
afterEach(() => rm(home, { recursive: true }));

const seen = async () =>
  (await spoolsHere({ environment: { home } as World['environment'], now: () => NOW }))(null);
const waits = async (name = 'm') => {
  await writeFile(join(spool, 'new', name), 'To: a@x.example\n\n');
  const time = new Date('2026-11-20T11:00:00.000Z');
  await utimes(join(spool, 'new', name), time, time);
};
const refused = async () => {
  await mkdir(join(spool, 'refused'));
  await writeFile(join(spool, 'refused', 'm'), '');
};
const START = `writeupp-mail send --site ${SITE} --batch`;

describe('a spool is remembered', () => {
  test('once, by whatever way it is named', async () => {
    await symlink(spool, join(home, 'link'));
    for (const named of ['link', 'spool', 'spool/../spool/']) {
      await rememberSpool(home, SITE, join(home, named));
    }
    const { spools } = JSON.parse(await readFile(join(home, 'spools.json'), 'utf8'));
    expect(spools).toEqual([{ folder: spool, site: SITE }]);
  });

  test.each([
    ['no settings folder', (at: string) => rememberSpool(join(at, 'nowhere', 'x'), SITE, at)],
    ['no spool', (at: string) => rememberSpool(at, SITE, join(at, 'nowhere'))],
  ])('or not, which stops no mail: there is %s', async (_what, remember) => {
    await writeFile(join(home, 'nowhere'), '');
    await expect(remember(home)).resolves.toBeUndefined();
  });
});

test('since when the oldest waits is what a watch knows, else the time of its file, by the run’s clock', async () => {
  await rememberSpool(home, SITE, spool);
  await waits();
  const told = { version: 1, lookedAt: NOW.toISOString(), oldest: '2026-11-19T12:00:00.000Z' };
  await writeFile(join(spool, '.watch.json'), JSON.stringify(told));
  expect(await seen()).toMatchObject([{ site: SITE, waiting: 1, oldest: told.oldest }]);
  await rm(join(spool, '.watch.json'));
  // The computer’s own clock is another than the run’s.
  expect(await seen()).toMatchObject([{ oldest: '2026-11-20T11:00:00.000Z' }]);
});

test.each<[string, minutes: number, isNotEmptied: boolean]>([
  ['a quarter of an hour ago', -15, false],
  ['longer ago', -16, true],
  ['at a time that is just to come', 15, false],
  ['before the clock was set back, since when none has looked', 24 * 60, true],
])('a watch that last looked %s', async (_when, minutes, isNotEmptied) => {
  await rememberSpool(home, SITE, spool);
  await waits();
  const lookedAt = new Date(NOW.getTime() + minutes * 60_000).toISOString();
  await writeFile(join(spool, '.watch.json'), JSON.stringify({ version: 1, lookedAt }));
  expect(await seen()).toMatchObject([{ isNotEmptied }]);
});

test('one that nothing empties is said with the commands that do, for its site and folder', async () => {
  await rememberSpool(home, SITE, spool);
  await waits();
  expect(spoolAttention(await seen())).toEqual([
    {
      code: 'spool-not-emptied',
      message: `1 message waits in the spool ${spool}, and no watch has ever looked there.`,
      hint: [
        `Start what sends it, and keep it running: ${START} ${spool} --watch`,
        `To send what waits now: ${START} ${spool}`,
      ].join('\n'),
    },
  ]);
});

describe('doctor', () => {
  const check = () => spoolsCheck(seen).run(new AbortController().signal);

  test('gives its code, what is so, and what to do', async () => {
    await rememberSpool(home, SITE, spool);
    await waits();
    await waits('n');
    expect(await check()).toMatchObject({
      status: 'warn',
      code: 'spool-not-emptied',
      message: expect.stringMatching(/^2 messages wait in the spool .*\nSpool /),
      hint: expect.stringContaining(`${START} ${spool} --watch`),
    });
  });

  test('says how to put back what lies aside', async () => {
    await rememberSpool(home, SITE, spool);
    await refused();
    const found = await check();
    expect(found?.hint).toContain(`${START} ${spool} --again NAME`);
    expect(found?.code).toBeUndefined();
  });

  test('says nothing where there is no spool', async () => {
    expect(await check()).toBeNull();
  });
});

describe('the program called alone', () => {
  const alone = async (...names: readonly string[]) => {
    const [sites, heard] = [new MemorySites(), new Heard()];
    for (const name of names) sites.put(aSite({ name, gmail: GMAIL }));
    const base = twin({}, { sites, heard });
    const environment = Object.assign(Object.create(base.environment), { home });
    expect(await runIn({ ...base, environment }, '--json')).toBeNull();
    return heard;
  };

  test.each([[[]], [[SITE]], [[SITE, 'quay-osteopathy']]])(
    'gives its code in JSON, with the sites %j',
    async (names) => {
      await rememberSpool(home, SITE, spool);
      await waits();
      const { results, lines } = await alone(...names);
      expect(results).toMatchObject([
        { attention: [{ code: 'spool-not-emptied' }], spools: [{ folder: spool, site: SITE }] },
      ]);
      expect(lines.join('\n')).toMatch(/waits in the spool|whose messages nothing sends: 1/);
    },
  );

  test('says nothing of spools where there are none', async () => {
    const { results } = await alone(SITE);
    expect(Object.keys(results[0] ?? {})).not.toContain('attention');
  });
});
