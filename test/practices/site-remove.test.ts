/** `site remove` says from where a site goes: of records that are shared, from everywhere; its secrets, from where they are. */

import { describe, expect, test } from '@jest/globals';
import { aSite, SMTP } from '../sites/a-site.js';
import { MemorySecrets, MemorySites } from '../support/memory-store.js';
import { Heard, person, runIn, twin } from '../support/twin.js';

test.each([
  [false, 'from this computer'],
  [true, 'from memory, for every computer'],
])('of shared records (%s): %s', async (isShared, words) => {
  const [sites, heard] = [new MemorySites(), new Heard()];
  sites.isShared = isShared;
  sites.put(aSite());
  const ask = person([[/^Remove the site/, true]], heard);
  const world = twin({ ask }, { sites, heard });
  expect(await runIn(world, 'site', 'remove', 'harbour-physio')).toBeNull();
  expect(heard.questions).toEqual([expect.stringContaining(words)]);
  expect(heard.lines.join('\n')).toContain(words);
  expect(sites.names()).toEqual([]);
});

describe('of a site with secrets, in shared records', () => {
  async function removal(credentials: 'vault' | 'team') {
    const [sites, secrets, heard] = [new MemorySites(), new MemorySecrets(), new Heard()];
    sites.isShared = true;
    sites.put(aSite({ smtp: SMTP, credentials }));
    const ask = person([[/^Remove the site/, true]], heard);
    const own = await twin({}, { secrets }).secrets();
    const kept = async () => ({ ...own, kind: credentials });
    const world = twin({ ask, secrets: kept }, { sites, heard });
    expect(await runIn(world, 'site', 'remove', 'harbour-physio')).toBeNull();
    return { question: heard.questions.join('\n'), said: heard.lines.join('\n') };
  }

  test('those of the team go for every computer', async () => {
    const { question, said } = await removal('team');
    expect(question).toMatch(
      /SMTP password and its Gmail connection from memory, for every computer\?$/,
    );
    expect(said).toContain('and its secrets were removed from memory, for every computer.');
    expect(said).not.toContain('another computer');
  });

  test('those of a computer’s own go from this one, and from no other', async () => {
    const { question, said } = await removal('vault');
    expect(question).toMatch(
      /from memory, for every computer, and its secrets from this computer\?$/,
    );
    expect(said).toContain(
      'removed from memory, for every computer, and its secrets from this computer.',
    );
    expect(said).toContain('Secrets of this site on other computers stay there.');
  });
});
