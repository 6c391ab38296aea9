/** A spool of each test's own, with nothing in it. */

import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { Spool, type SpoolOptions } from '../../src/send/spool.js';

export const OWNER = {
  site: 'harbour-physio',
  store: 'writeupp-mail (1)',
  description: 'the settings folder /home/jane/.config/writeupp-mail',
  isRehearsal: false,
};

/** To be called where hooks can be. */
export function useSpool() {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spool-'));
    await mkdir(join(folder, 'new'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const path = (...parts: string[]) => join(folder, ...parts);
  return {
    path,
    put: (name: string, place = 'new', content = 'To: a@x.example\n\n') =>
      writeFile(path(place, name), content),
    /** Without the hidden ones. */
    files: async (place: string) =>
      (await readdir(path(place))).filter((name) => !name.startsWith('.')).sort(),
    openSpool: (options: Partial<SpoolOptions> = {}, at = folder) =>
      Spool.open(at, { owner: OWNER, settleMs: 0, now: () => new Date(), ...options }),
  };
}
