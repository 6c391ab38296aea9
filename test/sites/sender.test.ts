/** Who patients see as the sender. */

import { describe, expect, test } from '@jest/globals';
import { senderLines } from '../../src/sites/sender.js';

const INFO = 'info@harbour-physio.example';
const JANE = 'jane@harbour-physio.example';

describe('the sender', () => {
  test('that changes is named before and after, with what keeps it', () => {
    const text = senderLines({ today: INFO, after: JANE }).join('\n');
    expect(text).toContain(`Patients see ${INFO} as the sender today. Google will send as ${JANE}`);
    expect(text).toContain(`To keep ${INFO}`);
    expect(text).toContain('Send mail as');
  });

  test('that stays is said to stay', () => {
    expect(senderLines({ today: INFO, after: INFO.toUpperCase() })).toEqual([
      `Patients see ${INFO} as the sender, before and after.`,
    ]);
  });
});
