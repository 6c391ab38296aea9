/** A plain run over a spool: what of its files can't be read, and which failure decides the exit code. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { failureOf } from '../../src/send/outcome.js';
import { putBack } from '../../src/send/put-back.js';
import { readFileOf } from '../../src/send/send-batch.js';
import type { PutAside, Spool } from '../../src/send/spool.js';
import { aSite } from '../sites/a-site.js';
import { politely, startScriptedServer, startSmtpServer } from '../support/mail-server.js';
import { MemorySites, openGate } from '../support/memory-store.js';
import { Heard, person, runIn, twin } from '../support/twin.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batch-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the file of a message', () => {
  const never = new AbortController().signal;

  test('that can’t be read says nothing of the message: it waits for a later try', async () => {
    // A folder can be opened, and the first read fails, as on a disk with a bad sector.
    const error = await readFileOf(folder, never).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'storage',
      message: expect.stringContaining(`${folder} could not be read`),
    });
    expect(failureOf(error, false).outcome).toBe('later');
  });

  test('that is empty is refused, with words that fit a file', async () => {
    const path = join(folder, 'a.eml');
    await writeFile(path, '');
    const error = await readFileOf(path, never).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'invalid-message',
      message: 'The message is empty.',
      hint: expect.not.stringContaining('standard input'),
    });
  });

  test('is not waited for after Ctrl-C', async () => {
    const reading = readFileOf(folder, AbortSignal.abort());
    await expect(reading).rejects.toMatchObject({ code: 'interrupted' });
  });
});

/** What becomes of a message, by its recipient. */
const KINDS = {
  refused: 'From: a@clinic.example\nTo: refused@patient.example\n\nText.\n',
  lost: 'From: a@clinic.example\nTo: lost@patient.example\n\nText.\n',
  unusable: '',
};

test.each<[order: readonly (keyof typeof KINDS)[], exitCode: number]>([
  [['refused', 'unusable'], 2],
  [['unusable', 'refused'], 2],
  [['lost', 'unusable'], 5],
  [['refused', 'lost'], 5],
])('%j: the exit code, whichever fails first, is %d', async (order, exitCode) => {
  const server = await startScriptedServer(
    (line) => (line.includes('<refused@') ? '550 5.1.1 no such user' : politely(line)),
    'cut',
  );
  const smtp = { host: '127.0.0.1', port: server.port, security: 'none' as const };
  const sites = new MemorySites();
  sites.put(aSite({ smtp: { ...smtp, user: null, from: null, password: null } }));
  const nobodyElse = () => Promise.reject(new Error('alone'));
  const store = { ...sites.viewOf('run', openGate, nobodyElse), id: 'a-store' };
  await mkdir(join(folder, 'new'));
  for (const [at, kind] of order.entries()) {
    await writeFile(join(folder, 'new', `${at}.eml`), KINDS[kind]);
  }
  const words = ['send', '--site', 'harbour-physio', '--batch', folder, '--settle', '0'];
  const end = await runIn(twin({ sites: async () => store }), ...words);
  await server.close();
  expect(end).toMatchObject({ exitCode });
});

test('bounces of a message whose envelope names no sender go to the site’s own, not to that of -f', async () => {
  const server = await startSmtpServer({ security: 'none' });
  const smtp = { host: '127.0.0.1', port: server.port, security: 'none' as const };
  const sites = new MemorySites();
  const from = 'desk@clinic.example';
  sites.put(aSite({ smtp: { ...smtp, user: null, from, password: null } }));
  const nobodyElse = () => Promise.reject(new Error('alone'));
  const store = { ...sites.viewOf('run', openGate, nobodyElse), id: 'a-store' };
  await mkdir(join(folder, 'new'));
  const message = 'From: a@clinic.example\nTo: pat@patient.example\n\nText.\n';
  const envelope = { site: 'harbour-physio', from: null, to: ['pat@patient.example'] };
  await writeFile(join(folder, 'new', 'kept.eml.envelope'), JSON.stringify(envelope));
  for (const name of ['kept.eml', 'plain.eml']) {
    await writeFile(join(folder, 'new', name), message);
  }
  const words = [
    '--batch',
    folder,
    '--settle',
    '0',
    '--parallel',
    '1',
    '-f',
    'batch@clinic.example',
  ];
  const end = await runIn(
    twin({ sites: async () => store }),
    ...['send', '--site', 'harbour-physio', ...words],
  );
  await server.close();
  expect(end).toBeNull();
  expect(server.messages.map((taken) => taken.from).sort()).toEqual(['batch@clinic.example', from]);
});

describe('before a message is put back', () => {
  const aside = (place: PutAside['place'], wasSentToSome: boolean): PutAside => ({
    ...{ place, wasSentToSome, name: 'a.eml' },
  });
  const again = async (found: PutAside, ask: Parameters<typeof person>[0] | null) => {
    const heard = new Heard();
    const moved: string[] = [];
    const spool = {
      putAside: () => found,
      putBack: async ({ name }: PutAside) => {
        moved.push(name);
        return name;
      },
      lying: () => ({ waiting: 1, inRefused: 0, inUnknown: 0 }),
    } as unknown as Spool;
    const world = twin({ ask: ask === null ? null : person(ask, heard) }, { heard });
    const error = await putBack(world, 'harbour-physio', spool, 'a.eml').catch((thrown) => thrown);
    return { error, moved, said: [...heard.notes, error?.hint ?? ''].join('\n') };
  };
  const TWICE = /may get it twice|will get it twice/;

  test.each<[what: string, found: PutAside, words: RegExp | null]>([
    ['that may have been sent', aside('unknown', false), /may get it twice/],
    ['that some got', aside('refused', true), /Some of the recipients .* will get it twice/],
    ['that nobody got', aside('refused', false), null],
  ])(
    '%s, a person is told who gets it twice, and a No leaves it there',
    async (_what, found, words) => {
      for (const ask of [[[/^Send a\.eml again/, false]] as const, null]) {
        const { error, moved, said } = await again(found, ask);
        expect(error).toMatchObject({ code: ask === null ? 'not-interactive' : 'cancelled' });
        expect(moved).toEqual([]);
        if (words === null) expect(said).not.toMatch(TWICE);
        else expect(said).toMatch(words);
      }
    },
  );

  test('a Yes moves it', async () => {
    const { error, moved } = await again(aside('unknown', false), [[/again/, true]]);
    expect([error, moved]).toEqual([undefined, ['a.eml']]);
  });
});
