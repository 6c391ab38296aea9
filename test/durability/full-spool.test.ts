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
  let batch: string[];
  beforeAll(() => {
    batch = ['send', '--batch', spool, '--settle', '0', '--json'];
  });

  test.each([
    ['on another file system', ['-t', 'tmpfs', 'tmpfs']],
    ['on a disk that is read-only', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs']],
  ])('a folder of it that is %s: nothing is handed over', async (_name, mount) => {
    for (const place of ['sent', 'unknown', 'refused', 'sending']) {
      const here = await mkdtemp(join(tmpdir(), 'spool-'));
      for (const name of ['new', place]) await mkdir(join(here, name));
      await writeFile(join(here, 'new', 'good.eml'), 'To: pat@x.example\n\nBody.\n');
      const before = server.messages.length;
      execFileSync('mount', [...mount, join(here, place)]);
      try {
        const run = await workspace.run(['send', '--batch', here, '--settle', '0', '--json']);
        expect(run).toMatchObject({ code: 1, error: { code: 'storage' } });
        expect(run.error?.message).toContain(join(here, place));
        expect(server.messages).toHaveLength(before);
        expect(await readdir(join(here, 'new'))).toEqual(['good.eml']);
      } finally {
        execFileSync('umount', ['-l', join(here, place)]);
        await rm(here, { recursive: true });
      }
    }
  });

  // On tmpfs, a full disk still takes empty files and renames; `nr_inodes` takes new files away as well.
  test.each([
    ['is full', 'size=64k', { good: 'sent', bad: 'refused' }],
    ['takes no new file either', 'size=64k,nr_inodes=13', { good: 'new', bad: 'new' }],
  ])('a disk that %s', async (_name, options, places) => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `${options},mode=700`, 'tmpfs', spool]);
    try {
      // The spool is one that was emptied before.
      expect((await workspace.run(batch)).code).toBe(0);
      await writeFile(join(spool, 'new', 'good.eml'), 'To: pat@x.example\n\nBody.\n');
      await writeFile(join(spool, 'new', 'bad.eml'), 'To: root\n\nBody.\n');
      const page = Buffer.alloc(4096);
      const fill = async () => {
        for (let at = 0; ; at += 1) await writeFile(join(spool, `filler-${at}`), page);
      };
      await expect(fill()).rejects.toMatchObject({ code: 'ENOSPC' });
      const before = server.messages.length;
      const run = await workspace.run(batch);
      expect(run.code).not.toBe(0);
      expect(await files(places.good)).toContain('good.eml');
      expect(await files(places.bad)).toContain('bad.eml');
      expect(server.messages.length - before).toBe(places.good === 'sent' ? 1 : 0);

      execFileSync('sh', ['-c', `rm ${spool}/filler-*`]);
      await workspace.run(batch);
      expect(await files('sent')).toEqual(['good.eml']);
      expect(await files('refused')).toContain('bad.eml');
      expect([await files('new'), await files('sending')]).toEqual([[], []]);
      expect(server.messages.length - before).toBe(1);
    } finally {
      execFileSync('umount', ['-l', spool]);
    }
  });
});
