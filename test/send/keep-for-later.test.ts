/** Under the name sendmail, with a spool: what is put into it, what is not, and what the caller is told. */

import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import type { World } from '../../src/kit/world.js';
import { sendOrKeep } from '../../src/send/keep-for-later.js';
import { sysexitOf } from '../../src/send/sysexits.js';
import { storageError } from '../../src/storage/storage-error.js';
import { OWN_SETTINGS } from '../../src/stores/own-settings.js';
import { aSite, SMTP } from '../sites/a-site.js';
import {
  politely,
  startScriptedServer,
  startSmtpServer,
  type TestMailServer,
} from '../support/mail-server.js';
import { MemorySites, openGate } from '../support/memory-store.js';
import { Heard, runIn, twin } from '../support/twin.js';
import { OWNER } from './use-spool.js';

const MESSAGE = Buffer.from('From: a@clinic.example\r\nTo: pat@patient.example\r\n\r\nText.\r\n');
const SITE = OWNER.site;
const SERVER_DOWN = new MailError('network', 'The database does not answer.', 'Wait.');

let folder: string;
let spool: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keep-'));
  spool = join(folder, 'spool');
  await mkdir(join(spool, 'new'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const servers: TestMailServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const messagesIn = async (place: string) =>
  (await readdir(join(spool, place)).catch(() => [])).filter((name) => name.endsWith('.eml'));
const owned = (owner: Readonly<Record<string, unknown>> = OWNER) =>
  writeFile(join(spool, '.owner'), JSON.stringify(owner));

/** A computer on which `sendmail` is called; of a site by the WriteUpp mail server, where nothing else is said. */
function computer(
  expected: Partial<World> = {},
  { site = aSite(), mailServer = undefined as string | undefined, isNamed = true } = {},
) {
  const [sites, heard] = [new MemorySites(), new Heard()];
  sites.put(site);
  const base = twin({}, { sites, heard });
  const stdin = Object.assign(Readable.from([MESSAGE]), { isTTY: false });
  const environment = Object.assign(Object.create(base.environment), {
    ...{ home: folder, spool, mailServer, site: isNamed ? SITE : undefined },
  });
  const streams = { ...base.streams, stdin: stdin as unknown as NodeJS.ReadStream };
  const world = { ...base, environment, streams, ...expected };
  return { world, sites, heard, call: () => runIn(world, 'send', '--silent', '-t', '-i') };
}

/** A store that leaves email by SMTP to WriteUpp. */
function withoutPasswords(sites: MemorySites): Pick<World, 'sites'> {
  const store = sites.viewOf('run', openGate, () => Promise.reject(new Error('alone')));
  return { sites: async () => ({ ...store, can: { ...OWN_SETTINGS.can, readPassword: false } }) };
}

describe('what a caller is told to try again is kept, and nothing else', () => {
  test.each<[string, () => unknown]>([
    ['a full disk', () => storageError({ code: 'ENOSPC' }, '/home/jane', 'written')],
    ['too many open files', () => Object.assign(new Error('open EMFILE'), { code: 'EMFILE' })],
    ['too little memory', () => new RangeError('Array buffer allocation failed')],
    ['a keychain that is locked', () => new MailError('keychain-locked', 'Locked.', 'Unlock it.')],
    ['what WriteUpp has to do first', () => new MailError('usage', 'No.', 'Wait.', { sent: 'no' })],
    [
      'a reason that Google did not give',
      () => new MailError('internal', 'No.', '', { sent: 'no' }),
    ],
  ])('kept: %s', async (_what, thrown) => {
    const site = aSite({ smtp: { ...SMTP, user: 'jane' } });
    const here = computer({ secrets: () => Promise.reject(thrown()) }, { site });
    expect(await here.call()).toBeNull();
    const [name] = await messagesIn('new');
    expect(await readFile(join(spool, 'new', `${name}`), 'utf8')).toContain('Text.');
    const envelope = await readFile(join(spool, 'new', `${name}.envelope`), 'utf8');
    expect(JSON.parse(envelope)).toMatchObject({ site: SITE, to: ['pat@patient.example'] });
  });

  test.each<[string, () => Error]>([
    ['a fault of this program', () => new TypeError('x is not a function')],
    ['a wrong call', () => new MailError('usage', 'No.', 'Do otherwise.')],
    ['what only a person can answer', () => new MailError('not-interactive', 'No.', 'Ask.')],
    ['Ctrl-C', () => new MailError('interrupted', 'Stopped.', '')],
  ])('not kept: %s', async (_what, thrown) => {
    const error = thrown();
    const site = aSite({ smtp: { ...SMTP, user: 'jane' } });
    const here = computer({ secrets: () => Promise.reject(error) }, { site });
    expect(await here.call()).toMatchObject({ message: error.message });
    expect(await messagesIn('new')).toEqual([]);
  });

  test('kept: a site whose email by SMTP is WriteUpp’s to send', async () => {
    const site = aSite({ smtp: { ...SMTP, user: 'jane' } });
    const here = computer({}, { site });
    Object.assign(here.world, withoutPasswords(here.sites));
    expect(await here.call()).toBeNull();
    expect(await messagesIn('new')).toHaveLength(1);
  });
});

describe('a store that can’t be opened', () => {
  const down = { sites: () => Promise.reject(SERVER_DOWN) };

  test('keeps the message for the site that the spool says it is of', async () => {
    await owned();
    const here = computer(down);
    expect(await here.call()).toBeNull();
    const [name] = await messagesIn('new');
    const envelope = await readFile(join(spool, 'new', `${name}.envelope`), 'utf8');
    expect(JSON.parse(envelope)).toMatchObject({ site: SITE });
    expect(JSON.parse(await readFile(join(spool, '.owner'), 'utf8'))).toEqual(OWNER);
    const command = `writeupp-mail send --site ${SITE} --batch ${spool} --watch`;
    expect(here.heard.notes).toEqual([expect.stringContaining(command)]);
  });

  test.each<[string, () => Promise<unknown>, boolean]>([
    ['that says nothing', async () => undefined, true],
    ['of another site', () => owned({ ...OWNER, site: 'quay-osteopathy' }), true],
    ['of a rehearsal', () => owned({ ...OWNER, isRehearsal: true }), true],
    ['whose owner can’t be read', () => writeFile(join(spool, '.owner'), '{'), true],
    ['where no site is named', () => owned(), false],
  ])('keeps nothing in a spool %s', async (_what, prepare, isNamed) => {
    await prepare();
    const error = await computer(down, { isNamed }).call();
    expect(error).toMatchObject({ code: 'network' });
    expect(sysexitOf(error as MailError, false)).toBe(75);
    expect(await messagesIn('new')).toEqual([]);
  });
});

describe('what may have been sent is never for a later try', () => {
  const outbound = {
    bytes: MESSAGE,
    asked: { fromHeader: true, addresses: [] },
    ...{ envelopeSender: null, senderName: null },
  };

  test.each<[string, () => unknown]>([
    ['the copy is put into the spool', () => undefined],
    ['the spool has become another’s', () => owned({ ...OWNER, site: 'quay-osteopathy' })],
    ['the spool is gone', () => rm(spool, { recursive: true })],
  ])('also where %s', async (_what, meanwhile) => {
    const server = await startScriptedServer(politely, 'cut');
    servers.push(server);
    const { world } = computer({}, { mailServer: `smtp://127.0.0.1:${server.port}` });
    const handOver = async () => {
      await meanwhile();
    };
    const error = await sendOrKeep(world, SITE, { ...outbound, handOver }, {}, spool).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'delivery-unknown' });
    expect(sysexitOf(error as MailError, false)).toBe(74);
  });
});

test('where the message can’t be put there, it says where and why, and the caller tries again', async () => {
  await rm(spool, { recursive: true });
  const here = computer({}, { mailServer: 'smtp://127.0.0.1:1' });
  expect(await here.call()).toMatchObject({ code: 'network' });
  expect(here.heard.notes).toEqual([
    `The message was not put into the spool (WRITEUPP_MAIL_SPOOL): ${spool} could not be written: there is no such file or folder.`,
  ]);
});

test('where it names a file, no option is named that nobody typed', async () => {
  await rm(spool, { recursive: true });
  await writeFile(spool, '');
  const here = computer({}, { mailServer: 'smtp://127.0.0.1:1' });
  expect(await here.call()).toMatchObject({ code: 'network' });
  expect(here.heard.notes).toEqual([
    `The message was not put into the spool (WRITEUPP_MAIL_SPOOL): There is no folder ${spool}.`,
  ]);
});

test('a message of a site that is not there is the caller’s to try again, and it says so', async () => {
  const here = computer({}, { site: aSite({ name: 'quay' }) });
  await owned();
  expect(await here.call()).toMatchObject({ code: 'no-such-site' });
  expect(here.heard.notes).toEqual([
    expect.stringMatching(/^The message was not put into the spool \(WRITEUPP_MAIL_SPOOL\): \S/),
  ]);
  expect(await messagesIn('new')).toEqual([]);
});

describe('what is sent at once', () => {
  test('takes no lock and makes no folder', async () => {
    const server = await startSmtpServer({ security: 'none' });
    servers.push(server);
    const here = computer({}, { mailServer: `smtp://127.0.0.1:${server.port}` });
    expect(await here.call()).toBeNull();
    expect(server.messages).toHaveLength(1);
    expect(await readdir(spool)).toEqual(['new']);
  });

  test('loads nothing that locks files', () => {
    const root = fileURLToPath(new URL('../../src/', import.meta.url));
    const loaded = new Set<string>();
    const load = (path: string) => {
      if (loaded.has(path)) return;
      loaded.add(path);
      const text = readFileSync(path, 'utf8');
      for (const [, target] of text.matchAll(
        /^(?:import|export) (?!type )[^;]*?from '(\.[^']+)'/gm,
      )) {
        load(join(dirname(path), `${target}`).replace(/\.js$/, '.ts'));
      }
    };
    load(join(root, 'send/keep-for-later.ts'));
    const files = [...loaded].map((path) => relative(root, path));
    expect(files).toContain('send/send-mail.ts');
    expect(files.filter((file) => /kernel-lock|send\/(?:disk|spool|folders)\./.test(file))).toEqual(
      [],
    );
  });
});
