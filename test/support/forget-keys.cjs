/** Before the first test: vaults of earlier runs are gone, and so are their keys. */

const { rmSync } = require('node:fs');
const { join } = require('node:path');

module.exports = () => {
  // A run of tests within a run shares its keys.
  if (process.env.JEST_WORKER_ID !== undefined) return;
  rmSync(join(__dirname, '../../build/remembered-keys'), { recursive: true, force: true });
};
