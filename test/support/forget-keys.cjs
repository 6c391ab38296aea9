/** Before the first test: vaults of earlier runs are gone, and so are their keys. */

const { rmSync } = require('node:fs');
const { join } = require('node:path');

module.exports = () => {
  rmSync(join(__dirname, '../../build/remembered-keys'), { recursive: true, force: true });
};
