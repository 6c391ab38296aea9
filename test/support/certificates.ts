/** A certificate authority for one test, and certificates signed by it, made with openssl. */

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** The path of the authority's own certificate. */
  readonly root: string;
  /** @param names in openssl's notation: `DNS:localhost,IP:127.0.0.1` */
  sign(names: string): Promise<Certificate>;
  remove(): Promise<void>;
}

export async function newAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'authority-'));
  const [root, rootKey] = [join(folder, 'root.crt'), join(folder, 'root.key')];
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Authority of the tests'],
    ...['-keyout', rootKey, '-out', root],
  );
  let count = 0;
  return {
    root,
    async sign(names) {
      count += 1;
      const path = (ending: string) => join(folder, `${count}.${ending}`);
      const [key, request, cert] = [path('key'), path('csr'), path('crt')];
      openssl('req', ...newKey, '-subj', '/CN=server', '-keyout', key, '-out', request);
      await writeFile(path('ext'), `subjectAltName=${names}\n`);
      openssl(
        ...['x509', '-req', '-in', request, '-CA', root, '-CAkey', rootKey, '-CAcreateserial'],
        ...['-days', '2', '-extfile', path('ext'), '-out', cert],
      );
      return { cert, key };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
