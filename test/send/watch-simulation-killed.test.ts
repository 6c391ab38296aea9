/** The watch in histories made from seeds, with kills and power cuts at any call to the disk, and other runs beside it. */

import { testHistories } from './play-histories.js';

testHistories({ isRough: true, runs: process.env.TEST_ALL === '1' ? 50_000 : 400 });
