/**
 * The watch in histories made from seeds: no message is lost or sent twice by itself, none is tried for longer than it
 * should be, and each piece of news is told once.
 */

import { testHistories } from './play-histories.js';

testHistories({ isRough: false, runs: process.env.TEST_ALL === '1' ? 50_000 : 400 });
