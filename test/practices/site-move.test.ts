/** Moving many sites, in memory: what was left behind is never taken for moved. */

import { expect, test } from '@jest/globals';
import type { Place } from '../../src/kit/place.js';
import type { World } from '../../src/kit/world.js';
import { aSite } from '../sites/a-site.js';
import { type Gate, MemorySecrets, MemorySites, openGate } from '../support/memory-store.js';
import { Heard, runIn, twin } from '../support/twin.js';

const NAMES = ['aberdeen', 'brighton', 'cardiff'];

/** Moves all sites, and is stopped right when so many have been removed from the source; null: never. */
async function moved(stopAfter: number | null) {
  const [from, to, secrets, heard] = [
    ...[new MemorySites(), new MemorySites()],
    ...[new MemorySecrets(), new Heard()],
  ] as const;
  for (const name of NAMES) from.put(aSite({ name }));
  const stop = new AbortController();
  const gate: Gate = async (call, work) => {
    const done = await work();
    if (call === 'remove' && from.names().length === NAMES.length - (stopAfter ?? -1)) stop.abort();
    return done;
  };
  const nobodyElse = () => Promise.reject(new Error('nobody else is here'));
  const placeOf = (sites: MemorySites, by: Gate) => ({
    store: sites.viewOf('run', by, nobodyElse),
    credentials: async () => secrets.viewOf('run', openGate),
  });
  const [here, there] = [placeOf(from, gate), placeOf(to, openGate)];
  const world = twin(
    {
      signal: stop.signal,
      place: async ({ home }: Parameters<World['place']>[0]) =>
        (home === '/nowhere' ? here : there) as unknown as Place,
    },
    { sites: from, secrets, heard },
  );
  const error = await runIn(world, 'site', 'move', '--to', '/elsewhere');
  return { error, heard, left: from.names(), there: to.names() };
}

test('all of them are in the other place afterwards, and in no other', async () => {
  const { error, heard, left, there } = await moved(null);
  expect([error, left, there]).toEqual([null, [], NAMES]);
  expect(heard.results.at(-1)).toMatchObject({ moved: NAMES });
});

test('stopped between two sites it is no success, and says how far it came', async () => {
  const { error, heard, left, there } = await moved(1);
  expect([left, there]).toEqual([NAMES.slice(1), NAMES.slice(0, 1)]);
  expect(error).toMatchObject({ code: 'interrupted', exitCode: 130 });
  expect(heard.results).toEqual([]);
  expect(heard.notes.join('\n')).toMatch(/1 of 3 sites/);
});

test('stopped when the last one was moved it is a success: nothing is left', async () => {
  const { error, heard, left } = await moved(NAMES.length);
  expect([error, left]).toEqual([null, []]);
  expect(heard.results.at(-1)).toMatchObject({ moved: NAMES });
});
