/** Which sites a command is about: by its arguments and by `--site`. */

import { expect, test } from '@jest/globals';
import { namedSites } from '../../src/kit/choose-site.js';
import { twin } from '../support/twin.js';

test.each<[what: string, args: string[], site: string | undefined, sites: string[]]>([
  ['nothing', [], undefined, []],
  ['an argument', ['a'], undefined, ['a']],
  ['--site', [], 'a', ['a']],
  ['both, and once each', ['a', 'b'], 'c', ['a', 'b', 'c']],
  ['a name given twice', ['a', 'b', 'A'], undefined, ['A', 'b']],
  ['a name given both ways', ['a'], 'a', ['a']],
])('%s', (_what, args, site, sites) => {
  expect(namedSites(twin({ options: site === undefined ? {} : { site } }), args)).toEqual(sites);
});
