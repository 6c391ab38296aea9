/** Runs before the first test: the vaults of earlier runs are gone, so their keys are removed. */

const { rmSync } = require('node:fs');
const { join } = require('node:path');

module.exports = () => {
  // A test run within another shares its keys.
  if (process.env.JEST_WORKER_ID !== undefined) return;
  rmSync(join(__dirname, '../../build/remembered-keys'), { recursive: true, force: true });
};
