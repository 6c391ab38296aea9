/** The same tests with records in files and in a PostgreSQL: what a command says and does must not depend on it. */

import { afterAll, beforeAll, describe } from '@jest/globals';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { describeWith } from '../support/system-part.js';
import type { NewDatabase } from '../support/workspace.js';

/**
 * Without the database in the short `npm test` (TEST_SHORT=1): there test/stores holds both stores to one contract.
 *
 * @param suite gets what a computer's shared store is made by; null: records in files
 */
export function onBothStores(suite: (newDatabase: NewDatabase | null) => void): void {
  describe('records in files:', () => suite(null));
  if (process.env.TEST_SHORT === '1') return;
  describeWith(['postgres'], 'records in PostgreSQL:', () => {
    let server: TestPostgres;
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(() => server?.close());
    suite((template) => server.newDatabase(template));
  });
}
