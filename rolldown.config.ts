/**
 * The build: one CommonJS bundle in dist/, split so that each command loads what it needs and no more.
 *
 * CommonJS because Node.js starts it faster than ES modules; split because one file for all commands costs
 * each of them the time to read the whole.
 */

import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';
import { packagesOf } from './tools/bundled-packages.js';
import { noticesOf } from './tools/notices.js';
import { FIRST, ON_A_SITE, RECORDS } from './tools/start-up-groups.js';

const { version, dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
};

/** `open` looks for it beside the code that is running: with it, a browser opens without xdg-utils too. */
const BROWSER_OPENER = 'node_modules/open/xdg-open';

/** Whether a module is among these of this folder, whatever the packages call theirs. */
function below(paths: readonly string[]): (id: string) => boolean {
  const pattern = new RegExp(`^(?:${paths.join('|')})`);
  return (id) => pattern.test(relative('.', id).replaceAll(sep, '/'));
}

export default defineConfig({
  input: {
    'writeupp-mail': 'src/app/entry.ts',
    // A program of its own, started by the other; it must lie beside it.
    'keychain-worker': 'src/credentials/keychain-worker.ts',
    // What a double-click in a kit starts.
    'kit-window': 'src/kit-window/kit-window.ts',
  },
  platform: 'node',
  // keytar has its machine code for many more systems, and finds it by itself: it is installed.
  external: [...Object.keys(dependencies), /\.node$/],
  transform: {
    target: 'node20.17',
    define: { PROGRAM_VERSION: JSON.stringify(version) },
  },
  onLog(level, log, handler) {
    // It would be missed only where the program runs.
    if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
    handler(level, log);
  },
  plugins: [unused(), fileLocks(), companions()],
  output: {
    format: 'cjs',
    dir: 'dist',
    cleanDir: true,
    minify: true,
    codeSplitting: {
      // A file more costs a start about as much as 10 kB of code.
      groups: [
        { name: 'first', test: below(FIRST), priority: 3 },
        { name: 'records', test: below(RECORDS), priority: 2 },
        { name: 'on-a-site', test: below(ON_A_SITE), priority: 1 },
      ],
    },
    // Not shipped; tools/read-stack.ts reads a stack with them.
    sourcemap: 'hidden',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  },
});

/**
 * What a package would load and is not used here: commander's way to commands that are programs of their own, and the
 * `fetch` of gaxios (src/google/exchange.ts is in its place).
 */
const UNUSED: readonly (readonly [id: string, by: RegExp])[] = [
  ['node:child_process', /[\\/]commander[\\/]/],
  ['node-fetch', /[\\/]gaxios[\\/]/],
];

/** Leaves out what is not used: it takes time to load, and room. */
function unused(): Plugin {
  const empty = '\0unused';
  return {
    name: 'unused',
    resolveId: (id, importer = '') =>
      UNUSED.some(([name, by]) => name === id && by.test(importer)) ? empty : null,
    load: (id) => (id === empty ? 'module.exports = {};' : null),
  };
}

/** The package that locks files, whose machine code lies beside the bundle. */
const LOCKS = 'node_modules/fs-native-extensions';

/** The systems that this program is for, as Node.js names them. */
const LOCKS_FOR = ['linux', 'darwin', 'win32'].flatMap((name) => [`${name}-x64`, `${name}-arm64`]);

const locksFile = (system: string) => `fs-native-extensions-${system}.node`;

/**
 * The part of fs-native-extensions that is used, as its index.js has it, by the file for this system. The package
 * brings those for phones as well, and six packages that look for the right one.
 */
function fileLocks(): Plugin {
  const beside = '\0fs-native-extensions';
  return {
    name: 'file-locks',
    resolveId: (id) => (id === 'fs-native-extensions' ? beside : null),
    load: (id) =>
      id === beside
        ? `const system = process.platform + '-' + process.arch;
const binding = require('./${locksFile("' + system + '")}');
exports.tryLock = (fd, offset, length) => {
  try {
    binding.tryLock(fd, offset, length, true);
    return true;
  } catch (error) {
    if (error.code === 'EAGAIN') return false;
    throw error;
  }
};`
        : null,
  };
}

/** Writes what goes with the code; and, into build/, the list of bundled packages for the SBOM and the tests. */
function companions(): Plugin {
  return {
    name: 'companions',
    writeBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const packages = packagesOf([...chunks.flatMap(({ moduleIds }) => moduleIds), `${LOCKS}/`]);
      const notices = noticesOf(packages, readFileSync(BROWSER_OPENER, 'utf8'));
      writeFileSync('dist/THIRD-PARTY-NOTICES.txt', notices);
      // The package as a whole is of ES modules.
      writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');
      copyFileSync(BROWSER_OPENER, 'dist/xdg-open');
      chmodSync('dist/xdg-open', 0o755);
      for (const system of LOCKS_FOR)
        copyFileSync(
          `${LOCKS}/prebuilds/${system}/fs-native-extensions.node`,
          `dist/${locksFile(system)}`,
        );
      mkdirSync('build', { recursive: true });
      const list = packages.map(({ licenseText: _, ...rest }) => rest);
      writeFileSync('build/bundled-packages.json', `${JSON.stringify(list, null, 2)}\n`);
    },
  };
}
