/**
 * A process that holds a site of a store, for the tests of claims: `store-user.js PLACE NAME HOME`, where PLACE is
 * a settings folder, or the address of a database or a backend. It says "held", and holds it until it is ended.
 */

import { openForTest } from './open-for-test.js';

const [place = '', name = '', home = ''] = process.argv.slice(2);
const { store } = await openForTest(place, home);
await store.claim(name, {
  command: 'migrate',
  signal: new AbortController().signal,
  onWait: () => undefined,
});
process.stdout.write('held\n');
setInterval(() => undefined, 1_000);
