/**
 * The bill of materials of what is published, in CycloneDX: what the bundle contains, and what is installed with it.
 */

import { readFileSync } from 'node:fs';

interface Locked {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
}

type Named = Readonly<Record<'name' | 'version' | 'license', string>> & {
  /** Of the archive from the registry; looked up in the lock file if absent. */
  readonly integrity?: string;
};

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const lock = read('package-lock.json') as { readonly packages: Readonly<Record<string, Locked>> };

/** @param more what else is shipped */
export function billOfMaterials(more: readonly Named[] = []): string {
  const bundled = read('build/bundled-packages.json') as readonly Named[];
  const installed = Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, locked]) => ({
      name: path.replace(/^.*node_modules\//, ''),
      version: '',
      license: '',
      ...locked,
    }));
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      component: { type: 'application', ...component(read('package.json') as Named) },
    },
    components: [
      ...[...bundled, ...installed, ...more].map((item) => ({
        type: 'library',
        ...component(item),
      })),
    ],
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}

function component(item: Named): object {
  // url-template says BSD, which is not an SPDX identifier; its text is the three-clause licence.
  const id = item.license === 'BSD' ? 'BSD-3-Clause' : item.license;
  const purl = `pkg:npm/${item.name.replace('@', '%40')}@${item.version}`;
  return {
    name: item.name,
    version: item.version,
    'bom-ref': purl,
    purl,
    licenses: [{ license: { id } }],
    ...hashes(item),
  };
}

/** From the lock file: of the archive from the registry. */
function hashes({ name, version, integrity }: Named): object {
  const found = Object.entries(lock.packages).find(
    ([path, locked]) =>
      locked.version === version && (locked.name === name || path.endsWith(`node_modules/${name}`)),
  );
  const [, base64] = /^sha512-(.+)/.exec(integrity ?? found?.[1].integrity ?? '') ?? [];
  if (base64 === undefined) return {};
  return { hashes: [{ alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') }] };
}
