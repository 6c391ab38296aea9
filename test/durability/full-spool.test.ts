/** A spool on a disk that is full: no message is lost, none is sent twice. */

import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSmtpServer, type TestMailServer } from '../support/mail-server.js';
import { addSmtpSite } from '../support/mail-site.js';
import { describeWith } from '../support/system-part.js';
import { useComputer } from '../support/use-stand-in.js';

const { workspace } = useComputer({ computerFor: 'file' });
let server: TestMailServer;
let spool: string;

beforeAll(async () => {
  server = await startSmtpServer({ security: 'none' });
  await addSmtpSite(workspace, { port: server.port, security: 'none' });
  spool = await mkdtemp(join(tmpdir(), 'full-spool-'));
});
afterAll(async () => {
  await server.close();
  await rm(spool, { recursive: true });
});

const files = async (place: string) =>
  (await readdir(join(spool, place))).filter((name) => !name.startsWith('.')).sort();

describeWith(['root'], 'a spool', () => {
  // On tmpfs, a full disk still takes empty files and renames; `nr_inodes` takes new files away as well.
  test.each([
    ['is full', 'size=64k', { good: 'sent', bad: 'refused' }],
    ['takes no new file either', 'size=64k,nr_inodes=13', { good: 'new', bad: 'new' }],
  ])('a disk that %s', async (_name, options, places) => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `${options},mode=700`, 'tmpfs', spool]);
    try {
      for (const place of ['new', 'sending', 'sent', 'refused', 'unknown', '.locks']) {
        await mkdir(join(spool, place));
      }
      await writeFile(join(spool, 'new', 'good.eml'), 'To: pat@x.example\n\nBody.\n');
      await writeFile(join(spool, 'new', 'bad.eml'), 'To: root\n\nBody.\n');
      const page = Buffer.alloc(4096);
      const fill = async () => {
        for (let at = 0; ; at += 1) await writeFile(join(spool, `filler-${at}`), page);
      };
      await expect(fill()).rejects.toMatchObject({ code: 'ENOSPC' });
      const before = server.messages.length;
      const run = await workspace.run(['send', '--batch', spool, '--json']);
      expect(run.code).not.toBe(0);
      expect(await files(places.good)).toContain('good.eml');
      expect(await files(places.bad)).toContain('bad.eml');
      expect(server.messages.length - before).toBe(places.good === 'sent' ? 1 : 0);

      execFileSync('sh', ['-c', `rm ${spool}/filler-*`]);
      await workspace.run(['send', '--batch', spool, '--json']);
      expect(await files('sent')).toEqual(['good.eml']);
      expect(await files('refused')).toContain('bad.eml');
      expect([await files('new'), await files('sending')]).toEqual([[], []]);
      expect(server.messages.length - before).toBe(1);
    } finally {
      execFileSync('umount', ['-l', spool]);
    }
  });
});
