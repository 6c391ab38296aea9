/** The folders of a spool: names that are taken or long, files that are being written, envelopes, the owner. */

import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { systemDisk } from '../../src/send/disk.js';
import type { Outcome } from '../../src/send/outcome.js';
import type { Spool } from '../../src/send/spool.js';
import { OWNER, useSpool } from './use-spool.js';

const { path, put, files, openSpool } = useSpool();

const RANDOM = /\.[\da-f]{12}$/;
const REASON = { code: 'smtp-refused' };

/** Takes a message all the way. */
async function pass(spool: Spool, name: string, outcome: Outcome): Promise<void> {
  const claim = await spool.claim(name);
  if (claim === null) throw new Error(`${name} can’t be claimed`);
  expect(await claim.handOver()).toBe(true);
  await claim.end(outcome, outcome === 'refused' ? REASON : undefined);
}

const read = (...parts: string[]) => readFile(path(...parts), 'utf8');

test('a hidden file is no message, wherever it lies: a program may still be writing it', async () => {
  const spool = await openSpool();
  for (const place of ['new', 'sending', 'refused', 'unknown']) await put('.a.eml', place);
  expect(spool.waiting()).toMatchObject({ ready: [], unsettled: 0, unusable: [] });
  expect(spool.lying()).toEqual({ waiting: 0, inRefused: 0, inUnknown: 0 });
  expect(await spool.recover()).toEqual([]);
  expect(() => spool.putAside('.a.eml')).toThrow('no message of the name');
  for (const place of ['new', 'sending', 'refused', 'unknown']) {
    expect(await read(place, '.a.eml')).toContain('a@x.example');
  }
});

describe('nothing is written over', () => {
  test.each<Outcome>(['sent', 'refused', 'unknown'])('where a name is taken in %s', async (end) => {
    const spool = await openSpool();
    for (const content of ['first', 'second', 'third']) {
      await put('m', 'new', content);
      await pass(spool, 'm', end);
    }
    const names = (await files(end)).filter((name) => !name.endsWith('.json'));
    expect(names).toEqual(['m', expect.stringMatching(RANDOM), expect.stringMatching(RANDOM)]);
    const contents = await Promise.all(names.map((name) => read(end, name)));
    expect(contents.sort()).toEqual(['first', 'second', 'third']);
  });

  /** A reason is named like a message that comes later, or was there before. */
  test.each([[['x', 'x.json']], [['x.json', 'x']], [['x', 'x.json', 'x.json.json']]])(
    'by a reason: %j',
    async (names) => {
      const spool = await openSpool();
      for (const name of names) {
        await put(name, 'new', `message ${name}`);
        await pass(spool, name, 'refused');
      }
      const there = await files('refused');
      const contents = await Promise.all(there.map((name) => read('refused', name)));
      const messages = there.filter((_, at) => contents[at]?.startsWith('message'));
      expect(messages).toHaveLength(names.length);
      expect(there).toHaveLength(2 * names.length);
      for (const stem of messages) {
        expect(JSON.parse(await read('refused', `${stem}.json`))).toEqual(REASON);
      }
      expect(spool.lying().inRefused).toBe(names.length);
    },
  );

  test('where the reason could not be written, and a message is called like it', async () => {
    const spool = await openSpool();
    await put('x', 'refused', 'without a reason');
    await put('x.json', 'new', 'message');
    await pass(spool, 'x.json', 'refused');
    expect(await read('refused', 'x')).toBe('without a reason');
    expect(await files('refused')).not.toContain('x.json');
    expect(spool.lying().inRefused).toBe(2);
  });

  test('when a message comes back, and another has come in its place', async () => {
    const spool = await openSpool();
    await put('m', 'new', 'first');
    const claim = await spool.claim('m');
    await claim?.handOver();
    await put('m', 'new', 'second');
    expect(await claim?.takeBack()).toBe(false);
    await claim?.end('later');
    const names = await files('new');
    expect(names).toEqual(['m', expect.stringMatching(RANDOM)]);
    expect(await Promise.all(names.map((name) => read('new', name)))).toEqual(['second', 'first']);
  });
});

describe('a long name', () => {
  const longest = (letter: string) => letter.repeat(Math.floor(255 / Buffer.byteLength(letter)));

  test.each(['a', 'é', '€', '😀'])('of %s', async (letter) => {
    const spool = await openSpool();
    for (const end of ['sent', 'sent', 'refused', 'refused', 'unknown', 'unknown'] as const) {
      await put(longest(letter), 'new', end);
      await pass(spool, longest(letter), end);
      expect(await files('new')).toEqual([]);
    }
    expect(await files('sent')).toHaveLength(2);
    expect(await files('unknown')).toHaveLength(2);
    const refused = await files('refused');
    const reasons = refused.filter((name) => name.endsWith('.json'));
    expect(reasons).toHaveLength(2);
    for (const name of reasons) expect(refused).toContain(name.slice(0, -'.json'.length));
    for (const name of refused) expect(name).not.toContain('\ufffd');
  });

  test.each([250, 251, 254, 255])('of %d bytes goes everywhere', async (length) => {
    const spool = await openSpool();
    for (const end of ['sent', 'refused', 'unknown'] as const) {
      await put('x'.repeat(length));
      await pass(spool, 'x'.repeat(length), end);
    }
    expect(spool.lying()).toEqual({ waiting: 0, inRefused: 1, inUnknown: 1 });
  });
});

describe('what can’t be handled is told', () => {
  test('a folder, a link, and a name that is not UTF-8', async () => {
    const spool = await openSpool();
    mkdirSync(path('new', 'folder'));
    await put('outside', 'sent');
    symlinkSync(path('sent', 'outside'), path('new', 'link'));
    writeFileSync(Buffer.concat([Buffer.from(path('new', 'caf')), Buffer.from([0xe9])]), 'x');
    const { ready, unusable } = spool.waiting();
    expect(ready).toEqual([]);
    expect(unusable.map(({ name, error }) => [name, error.code]).sort()).toEqual([
      ['caf\ufffd', 'storage'],
      ['folder', 'storage'],
      ['link', 'storage'],
    ]);
    expect(spool.lying().waiting).toBe(3);
  });

  test('a line feed in a name makes no second line of a message', async () => {
    const spool = await openSpool();
    mkdirSync(path('new', 'a\nb'));
    expect(spool.waiting().unusable[0]?.error.message).not.toContain('\n');
  });
});

describe('a file that is being written', () => {
  const SECOND = 1_000;
  const age = (name: string, seconds: number) => {
    const time = Date.now() / SECOND - seconds;
    utimesSync(path('new', name), time, time);
  };

  test.each([
    ['has just been written', 0, 2, 0],
    ['has been left alone for a second', 1, 2, 0],
    ['has been left alone for long', 3, 2, 1],
    ['has been left alone for less than was asked for', 3, 5, 0],
    ['has just been written, where producers rename', 0, 0, 1],
  ])('one that %s', async (_name, seconds, settle, ready) => {
    const spool = await openSpool({ settleMs: settle * SECOND });
    await put('m');
    age('m', seconds);
    const waiting = spool.waiting();
    expect([waiting.ready.length, waiting.unsettled]).toEqual([ready, 1 - ready]);
    expect(spool.lying().waiting).toBe(1);
  });

  test('two looks tell as well, where the time is of another clock', async () => {
    // All times are in the future, also the system's.
    const spool = await openSpool({ settleMs: 50, now: () => new Date(0) });
    await put('m');
    expect(spool.waiting().ready).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(spool.waiting().ready).toEqual(['m']);
    await put('m', 'new', 'something longer');
    expect(spool.waiting().ready).toEqual([]);
  });

  test('a time in the future does not keep a message for ever', async () => {
    const spool = await openSpool({ settleMs: 2_000, now: () => new Date(Date.now() + 3_000) });
    await put('m');
    age('m', -3_600);
    expect(spool.waiting().ready).toEqual(['m']);
  });

  test.each([
    ['written to', () => put('m', 'new', 'more than before')],
    [
      'replaced',
      async () => {
        await put('.other', 'new', 'To: b@x.example\n\n');
        await rename(path('new', '.other'), path('new', 'm'));
      },
    ],
  ])('one that was %s since it was read is not handed over', async (_name, change) => {
    const spool = await openSpool();
    await put('m');
    const claim = await spool.claim('m');
    await change();
    expect(await claim?.handOver()).toBe(false);
    await claim?.end('later');
    expect(await files('new')).toEqual(['m']);
    expect(await files('sending')).toEqual([]);
  });

  test('an envelope beside it says that it is whole', async () => {
    const spool = await openSpool({ settleMs: 60_000 });
    await put('m.envelope', 'new', '{}');
    await put('m');
    expect(spool.waiting()).toMatchObject({ ready: ['m'], unsettled: 0, unusable: [] });
  });
});

describe('an envelope', () => {
  const ENVELOPE = { site: OWNER.site, from: 'bounces@x.example', to: ['a@x.example'] };
  const putWithEnvelope = async (name: string, content: unknown = ENVELOPE) => {
    await put(`${name}.envelope`, 'new', JSON.stringify(content));
    await put(name);
  };
  const envelopeOf = async (name: string) => (await (await openSpool()).claim(name))?.envelope();

  test.each([
    [ENVELOPE, ENVELOPE],
    [
      { ...ENVELOPE, from: '' },
      { ...ENVELOPE, from: '' },
    ],
    [
      { ...ENVELOPE, from: undefined, site: 'Harbour-Physio' },
      { ...ENVELOPE, from: null, site: 'Harbour-Physio' },
    ],
  ])('%j is read', async (content, expected) => {
    await putWithEnvelope('m', content);
    expect(await envelopeOf('m')).toEqual(expected);
  });

  test.each([
    ['invalid-message', null],
    ['invalid-message', []],
    ['invalid-message', 'x'],
    ['invalid-message', { site: OWNER.site, to: [] }],
    ['invalid-message', { site: OWNER.site, to: 'a@x.example' }],
    ['invalid-message', { site: OWNER.site, to: [1] }],
    ['invalid-message', { ...ENVELOPE, from: 'a\r\nb@x.example' }],
    ['invalid-message', { ...ENVELOPE, from: 5 }],
    ['invalid-settings', { ...ENVELOPE, site: 'another' }],
  ])('%s: %j', async (code, content) => {
    await putWithEnvelope('m', content);
    await expect(envelopeOf('m')).rejects.toMatchObject({ code });
  });

  test('is beside its message wherever that goes', async () => {
    const spool = await openSpool();
    for (const end of ['sent', 'refused', 'unknown', 'sent', 'refused', 'unknown'] as const) {
      await putWithEnvelope('m');
      const claim = await spool.claim('m');
      await claim?.handOver();
      expect(await files('sending')).toEqual(['m', 'm.envelope']);
      expect(await files('new')).toEqual([]);
      await claim?.takeBack();
      expect(await files('new')).toEqual(['m', 'm.envelope']);
      await claim?.handOver();
      await claim?.end(end, REASON);
      expect(await files('sending')).toEqual([]);
    }
    for (const place of ['sent', 'refused', 'unknown']) {
      const names = (await files(place)).filter((name) => !/\.(?:json|envelope)$/.test(name));
      expect(names).toHaveLength(2);
      for (const name of names) {
        expect(JSON.parse(await read(place, `${name}.envelope`))).toEqual(ENVELOPE);
      }
    }
  });

  test('that a killed run left at both places is forgotten at one', async () => {
    const spool = await openSpool();
    await putWithEnvelope('m');
    await writeFile(path('sending', 'm.envelope'), JSON.stringify(ENVELOPE));
    await rename(path('new', 'm'), path('sending', 'm'));
    await put('gone.envelope', 'sending', '{}');
    expect(await spool.recover()).toEqual(['m']);
    expect(await files('unknown')).toEqual(['m', 'm.envelope']);
    expect([await files('new'), await files('sending')]).toEqual([[], []]);
  });

  test('of an earlier message is not taken for that of another', async () => {
    const spool = await openSpool();
    await put('m.envelope', 'sending', JSON.stringify(ENVELOPE));
    await put('m.envelope', 'unknown', JSON.stringify(ENVELOPE));
    await put('m');
    await pass(spool, 'm', 'unknown');
    // Its random ending comes before the other's, or after.
    const names = await files('unknown');
    expect(names).toHaveLength(2);
    const others = names.filter((name) => name !== 'm.envelope');
    expect(others).toEqual([expect.stringMatching(RANDOM)]);
    expect(await files('sending')).toEqual([]);
  });
});

/** As on Windows, where a scanner or a backup has a file open: it can't be deleted, for a while or for good. */
describe('an envelope that another program has open', () => {
  const ENVELOPE = JSON.stringify({ site: OWNER.site, to: ['a@x.example'] });
  const spoolWhere = async (isOpen: (path: string) => boolean) => {
    const disk = await systemDisk();
    const remove = (path: string) => {
      if (isOpen(path)) throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
      disk.remove(path);
    };
    await put('m.envelope', 'new', ENVELOPE);
    await put('m');
    return openSpool({ disk: { ...disk, remove } });
  };
  const handedOver = async () => {
    let isOpen = true;
    const spool = await spoolWhere((one) => isOpen && one === path('new', 'm.envelope'));
    const claim = await spool.claim('m');
    expect(await claim?.handOver()).toBe(true);
    isOpen = false;
    return { spool, claim };
  };

  test.each<Outcome>(['sent', 'refused', 'unknown'])(
    'keeps no message from being handed over, and goes with it into %s',
    async (end) => {
      const { claim } = await handedOver();
      await claim?.end(end, REASON);
      expect([await files('new'), await files('sending')]).toEqual([[], []]);
      expect(await read(end, 'm.envelope')).toBe(ENVELOPE);
    },
  );

  test('is not that of a later message of that name', async () => {
    const { spool, claim } = await handedOver();
    await claim?.end('sent');
    await put('m');
    expect(await (await spool.claim('m'))?.envelope()).toBeNull();
  });

  test('of a message that was put back stays with it alone', async () => {
    const { claim } = await handedOver();
    expect(await claim?.takeBack()).toBe(true);
    expect(await files('new')).toEqual(['m', 'm.envelope']);
    expect(await files('sending')).toEqual([]);
  });

  test('leaves a message where it lay that was changed meanwhile', async () => {
    // For the first try alone.
    let isOpen = true;
    const spool = await spoolWhere((one) => {
      const wasOpen = isOpen && one === path('new', 'm.envelope');
      isOpen &&= !wasOpen;
      return wasOpen;
    });
    const claim = await spool.claim('m');
    await put('m', 'new', 'something else that is longer');
    expect(await claim?.handOver()).toBe(false);
    expect(await files('new')).toEqual(['m', 'm.envelope']);
    expect(await files('sending')).toEqual([]);
  });
});

describe('the owner', () => {
  test.each([
    ['another site', { site: 'south' }],
    ['a site of that name in another store', { store: 'writeupp-mail (2)' }],
    ['a rehearsal', { isRehearsal: true }],
  ])('%s touches nothing', async (_name, other) => {
    await (await openSpool()).recover();
    for (const place of ['sent', '.locks']) await rm(path(place), { recursive: true });
    const before = await readdir(path());
    const times = async () =>
      Promise.all(before.map(async (name) => (await stat(path(name))).ctimeMs));
    const unchanged = await times();
    await expect(openSpool({ owner: { ...OWNER, ...other } })).rejects.toMatchObject({
      code: 'invalid-settings',
    });
    expect(await readdir(path())).toEqual(before);
    expect(await times()).toEqual(unchanged);
  });

  test('may be spelled otherwise, and opens it again', async () => {
    await openSpool();
    await openSpool({ owner: { ...OWNER, site: 'Harbour-Physio', description: 'moved' } });
    expect(JSON.parse(await read('.owner'))).toEqual(OWNER);
  });

  test('of a damaged file is nobody', async () => {
    await put('.owner', '.', '{');
    await expect(openSpool()).rejects.toMatchObject({ code: 'storage' });
    expect(await readdir(path())).toEqual(['.owner', 'new']);
  });
});

describe('folders that can’t take messages are met before the first is handed over', () => {
  test.each(['sending', 'sent', 'refused', 'unknown'])('%s is a file', async (place) => {
    await put('m');
    await writeFile(path(place), '');
    await expect(openSpool()).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining(join('', place)),
    });
    expect(await files('new')).toEqual(['m']);
  });

  test('nothing stays of the try', async () => {
    await openSpool();
    for (const place of ['new', 'sending', 'sent', 'refused', 'unknown']) {
      expect(await readdir(path(place))).toEqual([]);
    }
  });
});

describe('a message is put back', () => {
  test.each(['unknown', 'refused'] as const)('from %s, with its envelope', async (place) => {
    const spool = await openSpool();
    await put('m.envelope', 'new', JSON.stringify({ site: OWNER.site, to: ['a@x.example'] }));
    await put('m');
    await pass(spool, 'm', place);
    await put('m');
    const name = await spool.putBack(spool.putAside('m'));
    expect(name).toMatch(RANDOM);
    expect(await files('new')).toEqual(['m', name, `${name}.envelope`]);
    expect(await files(place)).toEqual([]);
  });

  test('its time starts again, and a watch that runs keeps its own notes', async () => {
    const spool = await openSpool();
    const notes = JSON.stringify({ version: 1, seen: { m: [1, 2], n: [3, 4] } });
    await put('.watch.json', '.', notes);
    const lock = spool.lockForWatch('{}');
    expect(lock).not.toBeNull();
    const other = await openSpool();
    for (const [isWatched, seen] of [
      [true, { m: [1, 2], n: [3, 4] }],
      [false, { n: [3, 4] }],
    ] as const) {
      if (!isWatched) await lock?.letGo();
      await put('m', 'refused');
      await other.putBack(other.putAside('m'));
      await rm(path('new', 'm'));
      expect(JSON.parse(await read('.watch.json')).seen).toEqual(seen);
    }
    // Nothing of it keeps a watch from starting.
    const next = spool.lockForWatch('{}');
    expect(next).not.toBeNull();
    await next?.letGo();
  });

  test('and has another name there where its own is taken: that one’s time goes on', async () => {
    const spool = await openSpool();
    await put('.watch.json', '.', JSON.stringify({ version: 1, seen: { m: [1, 2] } }));
    await put('m', 'refused');
    await put('m');
    expect(await spool.putBack(spool.putAside('m'))).toMatch(RANDOM);
    expect(JSON.parse(await read('.watch.json')).seen).toEqual({ m: [1, 2] });
  });

  test('by its folder, where two have its name', async () => {
    const spool = await openSpool();
    for (const place of ['unknown', 'refused'] as const) {
      await put('m');
      await pass(spool, 'm', place);
    }
    expect(() => spool.putAside('m')).toThrow('both folders');
    expect(spool.putAside('refused/m').place).toBe('refused');
    expect(spool.putAside('unknown/m').place).toBe('unknown');
  });

  test('knows whether some have got it', async () => {
    const spool = await openSpool();
    await put('m');
    const claim = await spool.claim('m');
    await claim?.end('refused', { sent: 'partly' });
    expect(spool.putAside('m').wasSentToSome).toBe(true);
  });

  test.each([
    '',
    '.',
    '..',
    'nobody',
    '../new/m',
    'unknown/../new/m',
    'sent/m',
    'm.envelope',
    'm.json',
    'folder',
    'a\0b',
  ])('not %j', async (wanted) => {
    const spool = await openSpool();
    await put('m', 'sent');
    await put('m.json', 'refused');
    await put('m', 'refused');
    await put('m.envelope', 'refused');
    await mkdir(path('unknown', 'folder'));
    expect(() => spool.putAside(wanted)).toThrow('no message of the name');
  });
});

test('a lock for moves that another run removed is made again', async () => {
  const spool = await openSpool();
  await put('m');
  await rm(path('.locks', 'moves'));
  await pass(spool, 'm', 'sent');
  expect(await files('sent')).toEqual(['m']);
});
