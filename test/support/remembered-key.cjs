/**
 * Loaded into the program by `--require`: the key derived from a passphrase is computed once per vault and then
 * remembered in build/, because that takes a quarter of a second at each start and few tests are about it.
 *
 * The program is the published one, and its vaults are as strong: Node.js only computes scrypt once instead of
 * each time.
 */

const crypto = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const FOLDER = join(__dirname, '../../build/remembered-keys');
const { scrypt } = crypto;

crypto.scrypt = (passphrase, salt, length, options, callback) => {
  const asked = JSON.stringify([String(passphrase), salt.toString('hex'), length, options]);
  const path = join(FOLDER, crypto.createHash('sha256').update(asked).digest('hex'));
  const known = read(path);
  if (known !== null) {
    setImmediate(callback, null, known);
    return;
  }
  scrypt(passphrase, salt, length, options, (error, key) => {
    if (error === null) write(path, key);
    callback(error, key);
  });
};

function read(path) {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

/** Written atomically: many processes read it. Another user, as which a mail server runs the program, may only read. */
function write(path, key) {
  try {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(`${path}.${process.pid}`, key);
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // Then it is computed again next time.
  }
}
