/**
 * The first code of the single executable (tools/executable.js): unpacks the program that the executable carries,
 * once for each version, into a private folder, and runs it there. The parts in machine code can be loaded from
 * files only.
 */

const { createHash } = require('node:crypto');
const { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { homedir } = require('node:os');
const { dirname, join } = require('node:path');
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
  const keys = getAssetKeys().sort();
  const contents = keys.map((key) => Buffer.from(getAsset(key)));
  const hash = createHash('sha256');
  for (const [index, key] of keys.entries()) hash.update(`${key}\0`).update(contents[index]);
  const whole = join(cacheFolder(), hash.digest('hex').slice(0, 32));
  if (existsSync(whole)) return whole;
  // Whole or not at all: another start may be doing the same.
  const partial = `${whole}.${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  for (const [index, key] of keys.entries()) {
    const path = join(partial, key);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, contents[index], { mode: 0o600 });
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
  const base = {
    win32: LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'),
    darwin: join(homedir(), 'Library', 'Caches'),
  };
  return join(
    base[process.platform] ?? XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'writeupp-mail',
  );
}
