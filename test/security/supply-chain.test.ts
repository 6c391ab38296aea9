/** What gets installed: exact versions, proven contents, no script of a package but the one that was reviewed. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';

interface Package {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly name?: string;
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Where a package comes from that names no other place. */
const REGISTRY = 'https://registry.npmjs.org/';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const manifest = JSON.parse(read('package.json')) as Package & {
  readonly allowScripts: Readonly<Record<string, boolean>>;
};
const lock = JSON.parse(read('package-lock.json')) as {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, Package>>;
};
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
/** As the build found them in the bundle. */
const bundled = JSON.parse(read('build/bundled-packages.json')) as readonly Required<
  Pick<Package, 'name' | 'version'>
>[];
const nameOf = ([path, { name }]: readonly [string, Package]) =>
  name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

const isBundled = (item: readonly [string, Package]) =>
  bundled.some(({ name, version }) => name === nameOf(item) && version === item[1].version);

describe('package.json', () => {
  test('names exact versions only', () => {
    const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
    const loose = Object.entries(wanted).filter(
      ([, version]) => !/^(?:npm:@[\w/-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  test('is in step with the lock file', () => {
    const { dependencies, devDependencies } = lock.packages[''] ?? {};
    expect({ dependencies, devDependencies }).toEqual({
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies,
    });
  });

  test('lets only the keychain library run an install script, and decides on every other', () => {
    const allowed = Object.entries(manifest.allowScripts).filter(([, isAllowed]) => isAllowed);
    expect(allowed).toEqual([['@github/keytar', true]]);
    const scripted = packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(nameOf);
    expect(scripted.filter((name) => !(name in manifest.allowScripts))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  test('proves the contents of every package, from the registry over TLS', () => {
    expect(lock.lockfileVersion).toBe(3);
    const unproven = packages.filter(
      ([, { integrity, resolved }]) =>
        !/^sha512-/.test(integrity ?? '') || !(resolved ?? REGISTRY).startsWith(REGISTRY),
    );
    // A package inside another's archive is proven by that archive.
    expect(unproven.filter(([, item]) => !('inBundle' in item)).map(nameOf)).toEqual([]);
  });

  test('has no package to run, installed or bundled, that asks for more than Node.js 20.17', () => {
    const running = packages.filter((item) => item[1].dev !== true || isBundled(item));
    expect(running.length).toBeGreaterThan(bundled.length);
    const newer = running.filter(([, { engines }]) => excludesNode20(engines?.node ?? '*'));
    expect(newer.map(nameOf)).toEqual([]);
  });
});

describe('the bundle', () => {
  test('holds only packages that the lock file proves', () => {
    const proven = packages.filter(isBundled).map((item) => `${nameOf(item)} ${item[1].version}`);
    const wanted = bundled.map(({ name, version }) => `${name} ${version}`);
    expect(wanted.filter((item) => !proven.includes(item))).toEqual([]);
    expect(wanted.length).toBeGreaterThan(50);
  });

  test('goes with the notice of each, licence and all', () => {
    const notices = read('dist/THIRD-PARTY-NOTICES.txt').split(/^={80}$/m);
    for (const { name, version } of bundled) {
      const notice = notices.find((text) => text.trim().startsWith(`${name} ${version} (`)) ?? '';
      expect([name, /permi|licen[cs]e/i.test(notice.replace(/^.*$/m, ''))]).toEqual([name, true]);
    }
    expect(notices.at(-1)).toContain('xdg-open');
  });

  test('and what is installed beside it are in the bill of materials, each with its hash', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['build/tools/write-sbom.js'], {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
    });
    const { components } = JSON.parse(stdout) as {
      components: readonly { name: string; version: string; hashes?: readonly object[] }[];
    };
    const listed = components.map(({ name, version }) => `${name} ${version}`);
    const running = packages.filter((item) => item[1].dev !== true || isBundled(item));
    const wanted = running.map((item) => `${nameOf(item)} ${item[1].version}`);
    expect([...listed].sort()).toEqual([...new Set(wanted)].sort());
    expect(components.filter(({ hashes }) => hashes === undefined)).toEqual([]);
  });
});

/**
 * The bundler runs on 20.17, but its parts in machine code say 20.19, and npm leaves out an optional package that
 * asks for more than there is: without this, `npm ci` on 20.17 ends in a build that can't start. After an update of
 * rolldown, take `engines` out of their entries in package-lock.json again.
 */
test('the bundler is installed on Node.js 20.17 as well', () => {
  const parts = packages.filter(([path]) => path.includes('@rolldown/binding-'));
  expect(parts.length).toBeGreaterThan(5);
  expect(parts.filter(([, { engines }]) => engines !== undefined).map(nameOf)).toEqual([]);
});

test('.npmrc holds the policy', () => {
  const lines = read('.npmrc').split('\n');
  for (const line of ['save-exact=true', 'strict-allow-scripts=true'])
    expect(lines).toContain(line);
});

/** Whether none of the alternatives of a range takes 20.17.0. Knows the forms that packages use. */
function excludesNode20(range: string): boolean {
  return !range.split('||').some((alternative) =>
    alternative
      .trim()
      .replace(/([<>=^~]) +/g, '$1')
      .split(/\s+/)
      .every(takes),
  );
}

function takes(comparator: string): boolean {
  const [, sign = '', major = '*', minor = '0'] =
    /^([<>=^~]*)v?(\d+|\*|x)?(?:\.(\d+|x|\*))?/.exec(comparator) ?? [];
  if (!/\d/.test(major)) return true;
  const difference = Number(major) * 1000 + (Number(minor) || 0) - 20_017;
  if (sign.startsWith('>')) return difference <= 0;
  if (sign.startsWith('<')) return difference > 0;
  return Number(major) === 20 && difference <= 0;
}

test.each(['check', 'release'])('%s.yml names every action by its commit', (workflow) => {
  const uses = [...read(`.github/workflows/${workflow}.yml`).matchAll(/uses: (\S+)/g)];
  expect(uses.length).toBeGreaterThan(1);
  const loose = uses.map(([, action = '']) => action).filter((one) => !/@[\da-f]{40}$/.test(one));
  expect(loose).toEqual([]);
});

test('a kit’s Node.js is of one version, and known by its hash for each system', () => {
  const { version, packages: kits } = JSON.parse(read('tools/kit-node.json'));
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  const hashes = Object.values(kits as Record<string, Package>).map(({ integrity }) => integrity);
  expect(hashes).toHaveLength(5);
  for (const hash of hashes) expect(hash).toMatch(/^sha512-[\w+/]{86}==$/);
});
