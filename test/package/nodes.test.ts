/** The whole switch on every Node.js that is promised: `npm run test:nodes`. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GoogleStandIn, startGoogle } from '../google/stand-in.js';
import { NODE_VERSIONS, nodeOf } from '../support/node-versions.js';
import { newWorkspace } from '../support/workspace.js';
import { expectWholeSwitch } from './whole-switch.js';

/** The first time, a hundred megabytes are fetched. */
const LIMIT_MS = 5 * 60_000;

let google: GoogleStandIn;
beforeAll(async () => {
  google = await startGoogle();
});
afterAll(() => google.close());

test.each(NODE_VERSIONS)(
  'Node.js %s',
  async (version) => {
    const node = await nodeOf(version);
    const workspace = await newWorkspace(google, { node });
    try {
      await expectWholeSwitch(workspace, google);
      // What loads only on some systems: the locks of the kernel, the vault, and warnings of a newer Node.js.
      const warned = await workspace.run(['status', '--all']);
      expect(warned).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Warning') });
    } finally {
      await workspace.remove();
    }
  },
  LIMIT_MS,
);
