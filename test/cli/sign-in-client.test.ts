/** `--client FILE`: the Google client file from wherever it was saved, checked first and kept. */

import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { describeWith } from '../support/system-part.js';
import { startInTerminal } from '../support/terminal.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT } from '../support/workspace.js';

const { google, newComputer, workspace } = useComputer({
  env: { WRITEUPP_MAIL_OAUTH_CLIENT: undefined },
});
let file: string;
let kept: string;

beforeEach(async () => {
  await mkdir(join(workspace.folder, 'Downloads'));
  file = join(workspace.folder, 'Downloads', 'client_secret_123.json');
  kept = join(workspace.home, 'oauth-client.json');
  await save(google.clientFile());
  expect((await workspace.addSite()).code).toBe(0);
});

const save = (content: object | Buffer, path = file) =>
  writeFile(path, Buffer.isBuffer(content) ? content : JSON.stringify(content));
const missing = () =>
  stat(kept).then(
    () => false,
    () => true,
  );
const signIn = (...more: string[]) => workspace.run(['sign-in', '--json', ...more]);

describe('--client', () => {
  test('is used, and kept for this user alone; the file may go then', async () => {
    const args = ['sign-in', '--client', file, '--json'];
    const { run } = await workspace.runWithPerson(args, { account: ACCOUNT });
    expect(run.result).toMatchObject({ ok: true, gmail: { email: ACCOUNT } });
    expect(JSON.parse(await readFile(kept, 'utf8'))).toEqual(google.clientFile());
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
    expect((await workspace.run(['test-connection', '--json'])).code).toBe(0);
    expect((await signIn('--client', file)).code).toBe(0);
  });

  test('with a byte order mark is read', async () => {
    await save(Buffer.from(`\uFEFF${JSON.stringify(google.clientFile())}`));
    const args = ['migrate', '--client', file, '--yes', '--json'];
    expect((await workspace.runWithPerson(args, { account: ACCOUNT })).run.code).toBe(0);
    expect((await workspace.run(['test-connection', '--json'])).code).toBe(0);
  });

  test('is not kept by a dry run', async () => {
    expect((await workspace.run(['migrate', '--dry-run', '--yes', '--client', file])).code).toBe(0);
    expect(await missing()).toBe(true);
  });

  test('of another app than the one in use is refused, and nothing is changed', async () => {
    const { installed } = google.clientFile();
    await save({ installed: { ...installed, client_id: 'another' } }, kept);
    const before = await readFile(kept, 'utf8');
    const run = await signIn('--client', file);
    expect(run).toMatchObject({ code: 2, error: { code: 'usage' } });
    expect(run.error?.message).toContain(kept);
    expect(await readFile(kept, 'utf8')).toBe(before);
  });

  test.each([
    ['UTF-16 with a mark', Buffer.from('\uFEFF{"installed":{}}', 'utf16le'), 'UTF-16'],
    ['UTF-16 without one', Buffer.from('{"installed":{}}', 'utf16le'), 'UTF-16'],
    ['UTF-16, the other way round', Buffer.from('\uFEFF{}', 'utf16le').swap16(), 'UTF-16'],
    ['a web client', { web: { client_id: 'x' } }, 'Web application'],
    ['no JSON', Buffer.from('<html>'), 'not JSON'],
    ['an empty file', Buffer.from(''), 'not JSON'],
  ])('that can’t be used is told, and not kept: %s', async (_what, content, why) => {
    await save(content);
    const run = await signIn('--client', file);
    expect(run).toMatchObject({ code: 2, error: { code: 'invalid-oauth-client' } });
    expect(run.error?.message).toContain(why);
    expect(run.error?.hint).toContain('ask them for it');
    expect(await missing()).toBe(true);
  });

  test('that is not there is told by its path', async () => {
    const run = await signIn('--client', `${file}.x`);
    expect(run).toMatchObject({ code: 2, error: { code: 'no-oauth-client' } });
    expect(run.error?.message).toContain(`${file}.x`);
  });
});

describeWith(['script'], 'without a client file', () => {
  test.each([['migrate'], ['sign-in']])('%s says so before it asks anything', async (command) => {
    const empty = await newComputer({ env: { WRITEUPP_MAIL_OAUTH_CLIENT: undefined } });
    const { code, screen } = await startInTerminal([command], { env: empty.env }).ended;
    expect(code).toBe(2);
    expect(screen).toContain('There is no Google client file');
    expect(screen.replace(/\s+/g, ' ')).toContain('has this file: ask them for it.');
    expect(screen).toContain('--client FILE');
    expect(screen).not.toContain('Add one now?');
  });
});
