/**
 * The build: one CommonJS bundle in dist/, split so that each command loads what it needs and no more.
 *
 * CommonJS because Node.js starts it faster than ES modules; split because one file for all commands costs
 * each of them the time to read the whole.
 */

import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'rolldown';
import { packagesOf } from './tools/bundled-packages.js';
import { noticesOf } from './tools/notices.js';

const { version, dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
};

/** `open` looks for it beside the code that is running: with it, a browser opens without xdg-utils too. */
const BROWSER_OPENER = 'node_modules/open/xdg-open';

/**
 * What every start loads; and what those commands load that look into a record. Not env-paths: it reads the
 * environment as it loads, which must be put right before.
 */
const FIRST =
  /\/src\/(?:errors|words\/|terminal\/(?:look|prepare|style)|message\/test-subject|context\/variables)/;
const RECORDS =
  /\/src\/(?:context\/(?!variables)|storage|stores\/files|sites\/(?:address|record|site|site-name|site-schema|site-view))|\/node_modules\/valibot\//;

export default defineConfig({
  input: {
    'writeupp-mail': 'src/app/entry.ts',
    // A program of its own, started by the other; it must lie beside it.
    'keychain-worker': 'src/credentials/keychain-worker.ts',
  },
  platform: 'node',
  // Parts in machine code can't be bundled: they are installed.
  external: Object.keys(dependencies),
  transform: {
    target: 'node20.17',
    define: { PROGRAM_VERSION: JSON.stringify(version) },
  },
  onLog(level, log, handler) {
    // It would be missed only where the program runs.
    if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
    handler(level, log);
  },
  plugins: [unusedChildProcess(), companions()],
  output: {
    format: 'cjs',
    dir: 'dist',
    cleanDir: true,
    minify: true,
    codeSplitting: {
      // A file more costs a start about as much as 10 kB of code.
      groups: [
        { name: 'first', test: FIRST, priority: 2 },
        { name: 'records', test: RECORDS, priority: 1 },
      ],
    },
    // Not shipped; tools/read-stack.ts reads a stack with them.
    sourcemap: 'hidden',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  },
});

/** commander loads what it would need for commands that are programs of their own; there are none, and it takes time. */
function unusedChildProcess(): Plugin {
  const empty = '\0no-child-process';
  return {
    name: 'unused-child-process',
    resolveId: (id, importer = '') =>
      id === 'node:child_process' && /[\\/]commander[\\/]/.test(importer) ? empty : null,
    load: (id) => (id === empty ? 'module.exports = {};' : null),
  };
}

/** Writes what goes with the code; and, into build/, the list of bundled packages for the SBOM and the tests. */
function companions(): Plugin {
  return {
    name: 'companions',
    writeBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const packages = packagesOf(chunks.flatMap(({ moduleIds }) => moduleIds));
      const notices = noticesOf(packages, readFileSync(BROWSER_OPENER, 'utf8'));
      writeFileSync('dist/THIRD-PARTY-NOTICES.txt', notices);
      // The package as a whole is of ES modules.
      writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');
      copyFileSync(BROWSER_OPENER, 'dist/xdg-open');
      chmodSync('dist/xdg-open', 0o755);
      mkdirSync('build', { recursive: true });
      const list = packages.map(({ licenseText: _, ...rest }) => rest);
      writeFileSync('build/bundled-packages.json', `${JSON.stringify(list, null, 2)}\n`);
    },
  };
}
