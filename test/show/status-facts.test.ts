/** A site as it is shown: what is left to do in WriteUpp itself, whether it was tested, and what needs attention. */

import { describe, expect, test } from '@jest/globals';
import { siteView } from '../../src/show/status-facts.js';
import { statusLines } from '../../src/show/status-lines.js';
import type { SiteStore } from '../../src/sites/site-store.js';
import { aSite, GMAIL, TEST_MESSAGE } from '../sites/a-site.js';
import { twin } from '../support/twin.js';

/** The hint where a store says that one step is left. */
async function hint(markDone: boolean): Promise<string | undefined> {
  const world = twin();
  const store = await world.sites();
  const sites = async (): Promise<SiteStore> => ({
    ...store,
    can: { ...store.can, markDone },
    leftToDo: () => ['revert-smtp'],
  });
  const { attention } = await siteView({ ...world, sites }, aSite(), true);
  return attention.find(({ code }) => code === 'left-to-do-in-writeupp')?.hint;
}

test('a person is asked to say that it was done only where that can be said', async () => {
  expect(await hint(true)).toContain('--done-in-writeupp');
  expect(await hint(false)).toMatch(/^1\. /);
  expect(await hint(false)).not.toContain('--done-in-writeupp');
});

const DONE = { doneInWriteUpp: '2026-11-20T11:00:00.000Z' };

describe('the test of a connection', () => {
  const shown = async (test: typeof TEST_MESSAGE | null) => {
    const world = twin();
    const view = await siteView(world, aSite({ ...DONE, gmail: { ...GMAIL, test } }), true);
    return { testedAt: view.gmail?.testedAt, lines: statusLines(view, world.style).join('\n') };
  };

  test.each(['unanswered', 'confirmed'] as const)(
    'counts where its message is %s',
    async (arrival) => {
      const { testedAt, lines } = await shown({ ...TEST_MESSAGE, arrival });
      expect(testedAt).toBe(TEST_MESSAGE.acceptedAt);
      expect(lines).toContain('tested 20 November 2026');
      expect(lines).toContain('Nothing needs attention.');
    },
  );

  test.each([
    ['there was none', null],
    [
      'a person said that its message did not come',
      { ...TEST_MESSAGE, arrival: 'denied' as const },
    ],
  ])('does not count where %s', async (_why, test) => {
    const { testedAt, lines } = await shown(test);
    expect(testedAt).toBeNull();
    expect(lines).toContain('not tested');
  });
});

test('nothing is said to be fine beside what a live check found', async () => {
  const world = twin();
  const view = await siteView(world, aSite({ ...DONE, gmail: GMAIL }), true);
  expect(view.attention).toEqual([]);
  const lines = statusLines(view, world.style, ['The Gmail connection does not work']).join('\n');
  expect(lines).toContain('The Gmail connection does not work');
  expect(lines).not.toContain('Nothing needs attention');
});
