/**
 * Loaded into the program by `--require`: what a passphrase gives is computed once for each vault and then
 * remembered in build/, because it takes a quarter of a second at each start and few tests are about it.
 *
 * The program is as it is published, and its vaults are as strong: only Node.js computes scrypt once instead of
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

/** Whole or not at all: many processes look for it. Another user, as whom a mail server runs it, may only read. */
function write(path, key) {
  try {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(`${path}.${process.pid}`, key);
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // It is computed again next time.
  }
}
