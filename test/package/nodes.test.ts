/** The whole switch on every Node.js that is promised: `npm run test:nodes`. */

import { expect, test } from '@jest/globals';
import { NODE_VERSIONS, nodeOf } from '../support/node-versions.js';
import { useStandIn } from '../support/use-stand-in.js';
import { expectWholeSwitch } from './whole-switch.js';

/** The first time, a hundred megabytes are fetched. */
const LIMIT_MS = 5 * 60_000;

const { google, newComputer } = useStandIn();

test.each(NODE_VERSIONS)(
  'Node.js %s',
  async (version) => {
    const node = await nodeOf(version);
    const workspace = await newComputer({ node });
    await expectWholeSwitch(workspace, google);
    // What loads only on some systems: the locks of the kernel, the vault, and warnings of a newer Node.js.
    const warned = await workspace.run(['status', '--all']);
    expect(warned).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Warning') });
  },
  LIMIT_MS,
);
