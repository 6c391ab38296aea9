import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { leftoversCheck } from '../../src/doctor/leftovers.js';
import { aSite, ISSUER } from '../sites/a-site.js';

test('half-written files are found in every folder that the program writes, and cleared', async () => {
  const home = await mkdtemp(join(tmpdir(), 'leftovers-'));
  const folders = ['.', 'sites', 'team', 'backends', 'vault', 'vault-1', 'local/1'];
  for (const folder of folders) {
    await mkdir(join(home, folder), { recursive: true });
    await writeFile(join(home, folder, '.harbour.json.4194305.0123456789ab.tmp'), '');
  }
  const ports = {
    home,
    found: () => ({ sites: [], isWhole: true }),
    credentials: async () => null,
    tidy: async () => undefined,
  };
  const found = await leftoversCheck(ports).run(new AbortController().signal);
  expect(found?.message).toContain(`${folders.length} half-written files`);
  await found?.fix?.();
  const files = await readdir(home, { recursive: true });
  expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  await rm(home, { recursive: true });
});

test('the sites are listed as often for many as for one', async () => {
  const keysToForget = [{ issuer: ISSUER, email: 'mail@practice.iam.gserviceaccount.com' }];
  const listings = async (count: number) => {
    const all = Array.from({ length: count }, (_, at) =>
      aSite({ name: `site-${at}`, credentials: 'vault', keysToForget }),
    );
    let times = 0;
    const ports = {
      home: '/nowhere',
      found() {
        times += 1;
        return { sites: all, isWhole: true };
      },
      credentials: async () => ({ kind: 'vault' as const, get: async () => null }),
      tidy: async () => undefined,
    };
    await leftoversCheck(ports).run(new AbortController().signal);
    return times;
  };
  expect(await listings(50)).toBe(await listings(1));
});

test.each([
  [true, /^Runs that were killed left passwords or permissions .* \(harbour-physio\)/],
  [false, /^No killed run left anything in the settings folder\./],
])(
  'a key to forget is left over only where every record could be read: %s',
  async (isWhole, words) => {
    const keysToForget = [{ issuer: ISSUER, email: 'mail@practice.iam.gserviceaccount.com' }];
    const found = await leftoversCheck({
      home: '/nowhere',
      found: () => ({ sites: [aSite({ credentials: 'vault', keysToForget })], isWhole }),
      credentials: async () => ({
        kind: 'vault' as const,
        get: async (_key, slot) => (slot === 'service-account-key' ? 'key' : null),
      }),
      tidy: async () => undefined,
    }).run(new AbortController().signal);
    expect(found?.message).toMatch(words);
  },
);
