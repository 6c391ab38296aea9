/** Hints in a kit: what can be double-clicked there, never a command that its reader can't type. */

import { expect, test } from '@jest/globals';
import { inKit } from '../../src/terminal/human-reporter.js';

test.each([
  ['Next: writeupp-mail migrate', 'Next: double-click "Switch to Gmail"'],
  [
    'Finish the switch: writeupp-mail migrate --site "Harbour Physio"',
    'Finish the switch: double-click "Switch to Gmail"',
  ],
  ['      writeupp-mail status --done-in-writeupp', '      double-click "Done in WriteUpp"'],
  ['See writeupp-mail status --site x', 'See double-click "How email goes out now"'],
  [
    'Try: writeupp-mail migrate --reauthenticate',
    'Try: double-click "Type a command", and type there: writeupp-mail migrate --reauthenticate',
  ],
  [
    'Run: writeupp-mail doctor',
    'Run: double-click "Type a command", and type there: writeupp-mail doctor',
  ],
  [
    'Update writeupp-mail on this computer. The record was left as it is.',
    'Get the newest kit: this one is older than what is on this computer. The record was left as it is.',
  ],
  ['Install writeupp-mail again with npm.', 'Install writeupp-mail again with npm.'],
  ['writeupp-mail 0.1.0', 'writeupp-mail 0.1.0'],
  ['Nothing is left to do.', 'Nothing is left to do.'],
])('%s', (line, shown) => {
  expect(inKit(line)).toBe(shown);
});
