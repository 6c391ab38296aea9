/**
 * The first code of the single executable (tools/executable.js): unpacks the program that the executable carries,
 * once for each version, into a private folder, and runs it there. The parts in machine code can be loaded from
 * files only.
 */

const { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { homedir, userInfo } = require('node:os');
const { dirname, isAbsolute, join } = require('node:path');
const { getAsset, getAssetKeys } = require('node:sea');

const folder = unpack();
const program = join(folder, 'bin', 'writeupp-mail.js');
// The program starts itself again, and its keychain worker, by the path of a script: here that is an argument.
const [, , first = '', ...rest] = process.argv;
const isScript = first.startsWith(folder) && existsSync(first);
const script = isScript ? first : program;
process.argv = [process.execPath, script, ...(isScript ? rest : process.argv.slice(2))];
createRequire(script)(script);

function unpack() {
  const whole = join(cacheFolder(), getAsset('id', 'utf8'));
  if (existsSync(whole)) return whole;
  // Whole or not at all: another start may be doing the same.
  const partial = `${whole}.${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  for (const key of getAssetKeys()) {
    const path = join(partial, key);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, Buffer.from(getAsset(key)), { mode: 0o600 });
  }
  chmodSync(join(partial, 'dist', 'xdg-open'), 0o700);
  try {
    renameSync(partial, whole);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(whole)) throw error;
  }
  return whole;
}

function cacheFolder() {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  const [named, usual] = {
    win32: [LOCALAPPDATA, ['AppData', 'Local']],
    darwin: [undefined, ['Library', 'Caches']],
  }[process.platform] ?? [XDG_CACHE_HOME, ['.cache']];
  // Never below the folder that it is started in: whoever can write there could put code in its place.
  const home = isAbsolute(homedir()) ? homedir() : userInfo().homedir;
  return join(isAbsolute(named ?? '') ? named : join(home, ...usual), 'writeupp-mail');
}
