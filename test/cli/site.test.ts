/** `site add|list|show|set|remove`, run as a process: what is kept, and what bad input leaves behind. */

import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isOnPostgres, useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE, SMTP_PASSWORD, type Workspace } from '../support/workspace.js';
import { folderPrint } from './folder-print.js';

const { prepared } = useStandIn();

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('site add', () => {
  test('puts a site on record, with its password in the credential store alone', async () => {
    const workspace = await prepared.at('empty');
    const added = await workspace.addSite(SITE, '--smtp-from', 'desk@harbour-physio.example');
    expect(added).toMatchObject({
      code: 0,
      result: {
        ok: true,
        site: SITE,
        organisation: 'Harbour Physio',
        login: LOGIN,
        pathway: 'smtp',
        gmail: null,
        smtp: {
          host: 'smtp.gmail.com',
          port: 587,
          security: 'starttls',
          user: ACCOUNT,
          from: 'desk@harbour-physio.example',
        },
      },
    });
    expect(await workspace.record()).toMatchObject({
      schemaVersion: 3,
      // On a shared store, each computer knows where its own secrets are.
      credentials: isOnPostgres ? null : 'vault',
      smtp: { password: { slot: 'a' } },
    });
    if (!isOnPostgres) {
      const sites = join(workspace.home, 'sites');
      expect(await modeOf(sites)).toBe('700');
      expect(await modeOf(join(sites, `${SITE}.json`))).toBe('600');
    }
    expect(JSON.stringify(await workspace.record())).not.toContain(SMTP_PASSWORD);
  });

  test('needs a login alone; the port decides the protection', async () => {
    const workspace = await prepared.at('empty');
    const plain = await workspace.run(['site', 'add', 'plain', '--login', LOGIN, '--json']);
    expect(plain.result).toMatchObject({
      site: 'plain',
      organisation: 'plain',
      pathway: 'writeupp',
    });
    const tls = ['--login', LOGIN, '--smtp-host', 'mail.example', '--smtp-port', '465'];
    const other = await workspace.run(['site', 'add', 'other', ...tls, '--json']);
    expect(other.result).toMatchObject({ smtp: { port: 465, security: 'tls', user: null } });
  });

  test.each<[what: string, args: string[], named: string[]]>([
    ['a port of 70000', ['new', '--smtp-port', '70000'], ['--smtp-port', '70000']],
    [
      'an address without a domain',
      ['new', '--organisation-email', 'info'],
      ['--organisation-email', 'info'],
    ],
    ['an unknown security word', ['new', '--smtp-security', 'ssl'], ['--smtp-security', 'ssl']],
    ['a name with a slash', ['a/b'], ['site name', 'a/b']],
    ['a name that is on record', [SITE], ['name', SITE]],
    ['the same name in capitals', [SITE.toUpperCase()], ['name', SITE.toUpperCase()]],
    ['a name that leads out of the folder', ['../../x'], ['site name', '../../x']],
    ['a host that is none', ['new', '--smtp-host', 'smtp://x'], ['--smtp-host', 'smtp://x']],
  ])('refuses %s, names it, and writes nothing', async (_what, [name = '', ...more], named) => {
    const workspace = await prepared.at('smtp');
    const before = await workspace.record();
    const secrets = await printOf(workspace);
    const base = ['site', 'add', name, '--login', LOGIN, '--smtp-host', 'mail.example'];
    const args = [...base, '--smtp-user', 'x', '--smtp-password-stdin', ...more];
    const run = await workspace.run([...args, '--json'], { input: 'another password' });
    expect(run.code).toBe(2);
    expect(run.error).toMatchObject({ code: 'invalid-settings', exitCode: 2 });
    for (const part of named) {
      expect(String(run.error?.message).toLowerCase()).toContain(part.toLowerCase());
    }
    expect(await workspace.record()).toEqual(before);
    expect(await printOf(workspace)).toEqual(secrets);
    expect(await namesOf(workspace)).toEqual([SITE]);
  });

  test('refuses what can be no password, and puts no site on record', async () => {
    const workspace = await prepared.at('empty');
    const inputs = ['', 'two\nlines\n', 'x'.repeat(2000)];
    for (const input of inputs) {
      const args = ['--smtp-host', 'mail.example', '--smtp-user', 'x', '--smtp-password-stdin'];
      const all = ['site', 'add', 'new', '--login', LOGIN, ...args, '--json'];
      const run = await workspace.run(all, { input });
      expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
      expect(run.error?.message).toContain('--smtp-password-stdin');
      expect(await workspace.record('new')).toBeNull();
    }
  });

  test('without a name or a login says which is missing', async () => {
    const workspace = await prepared.at('empty');
    const nameless = await workspace.run(['site', 'add', '--json']);
    expect(nameless).toMatchObject({ code: 2, error: { code: 'usage' } });
    const loginless = await workspace.run(['site', 'add', 'new', '--json']);
    expect(loginless).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
    expect(loginless.error?.message).toContain('--login');
  });
});

describe('site set', () => {
  test('changes what is named, and leaves the rest', async () => {
    const workspace = await prepared.at('smtp');
    const before = await workspace.record();
    const run = await workspace.run(['site', 'set', SITE, '--login', 'new@x.example', '--json']);
    expect(run).toMatchObject({ code: 0, result: { login: 'new@x.example' } });
    // The lines of the history that a record carries are those of its last change.
    expect({ ...(await workspace.record()), lines: null }).toEqual({
      ...{ ...before, lines: null },
      login: 'new@x.example',
    });
  });

  test('refuses a bad value, and changes nothing', async () => {
    const workspace = await prepared.at('smtp');
    const before = await workspace.record();
    const run = await workspace.run(['site', 'set', '--smtp-port', '0', '--json']);
    expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
    expect(run.error?.message).toContain('--smtp-port: "0"');
    expect(await workspace.record()).toEqual(before);
  });

  test('with nothing to change is wrong usage', async () => {
    const workspace = await prepared.at('smtp');
    expect(await workspace.run(['site', 'set', '--json'])).toMatchObject({
      code: 2,
      error: { code: 'usage' },
    });
  });

  test('never gives the stored password to another server or user', async () => {
    const workspace = await prepared.at('smtp');
    const before = await workspace.record();
    for (const change of [
      ['--smtp-host', 'mail.example'],
      ['--smtp-user', 'other@x.example'],
    ]) {
      const run = await workspace.run(['site', 'set', ...change, '--json']);
      expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
      expect(run.error?.hint).toContain('--smtp-password-stdin');
    }
    expect(await workspace.record()).toEqual(before);
    const args = ['site', 'set', '--smtp-host', 'mail.example', '--smtp-password-stdin', '--json'];
    const run = await workspace.run(args, { input: 'another secret' });
    expect(run).toMatchObject({ code: 0, result: { smtp: { host: 'mail.example' } } });
    // The old password was whole until the new one was on record, and is gone now.
    expect(await workspace.secretSlots()).toEqual(['smtp-password-b']);
  });

  test.each(['add', 'set'])(
    'site %s takes no password without a server it is for',
    async (verb) => {
      const workspace = await prepared.at('empty');
      const login = ['--login', LOGIN];
      if (verb === 'set') await workspace.run(['site', 'add', SITE, ...login]);
      const more = verb === 'add' ? login : [];
      const all = ['site', verb, SITE, ...more, '--smtp-password-stdin', '--json'];
      const run = await workspace.run(all, { input: 'secret' });
      expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
      expect(await namesOf(workspace)).toEqual(verb === 'add' ? [] : [SITE]);
    },
  );

  test('never brings SMTP back to a site that was reverted', async () => {
    const workspace = await prepared.at('smtp');
    expect((await workspace.run(['revert-smtp', '--yes'])).code).toBe(0);
    const run = await workspace.run(['site', 'set', '--smtp-host', 'mail.example', '--json']);
    expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
    expect(run.error?.message).toContain('SMTP can’t be set again');
    expect(await workspace.record()).toMatchObject({ smtp: null });
  });
});

describe('site list and site show', () => {
  test('list the sites by name, with their pathways', async () => {
    const workspace = await prepared.at('smtp');
    await workspace.run(['site', 'add', 'another', '--login', LOGIN]);
    const list = await workspace.run(['site', 'list', '--json']);
    expect(list.result?.sites).toEqual([
      { name: 'another', organisation: 'another', pathway: 'writeupp' },
      { name: SITE, organisation: 'Harbour Physio', pathway: 'smtp' },
    ]);
    const human = await workspace.run(['site', 'list']);
    expect(human.stdout.split('\n').slice(0, 3)).toEqual([
      expect.stringMatching(/^Site +Email goes by +Practice$/),
      expect.stringMatching(/^another +the WriteUpp mail server {2}another$/),
      expect.stringMatching(/^harbour-physio {2}SMTP settings +Harbour Physio$/),
    ]);
  });

  test('say how to add the first one', async () => {
    const workspace = await prepared.at('empty');
    const human = await workspace.run(['site', 'list']);
    expect(human).toMatchObject({ code: 0, stdout: expect.stringContaining('site add') });
  });

  test('show everything but the password', async () => {
    const workspace = await prepared.at('smtp');
    const shown = await workspace.run(['site', 'show', SITE, '--json']);
    expect(shown.result).toMatchObject({ smtpPasswordStored: true, credentials: 'vault' });
    const human = await workspace.run(['site', 'show']);
    expect(human.stdout).toContain('SMTP password: stored');
    expect(shown.stdout + human.stdout).not.toContain(SMTP_PASSWORD);
  });

  test('say which site was probably meant', async () => {
    const workspace = await prepared.at('smtp');
    const run = await workspace.run(['site', 'show', 'harbor-physio', '--json']);
    expect(run).toMatchObject({ code: 2, error: { code: 'no-such-site', sites: [SITE] } });
    expect(run.error?.hint).toContain(`Did you mean ${SITE}?`);
  });

  test('say which sites there are when another is named', async () => {
    const workspace = await prepared.at('smtp');
    const run = await workspace.run(['site', 'show', 'harbor', '--json']);
    expect(run).toMatchObject({ code: 2, error: { code: 'no-such-site', sites: [SITE] } });
  });
});

describe('site remove', () => {
  test('forgets the site and its secrets, with --yes', async () => {
    const workspace = await prepared.at('connected');
    const run = await workspace.run(['site', 'remove', SITE, '--yes', '--json']);
    expect(run).toMatchObject({ code: 0, result: { site: SITE, removed: true } });
    expect(await workspace.record()).toBeNull();
    expect(await workspace.secretFiles()).toEqual([]);
  });

  test('asks nobody, and removes nothing, where nobody can be asked', async () => {
    const workspace = await prepared.at('smtp');
    const run = await workspace.run(['site', 'remove', SITE, '--json']);
    expect(run).toMatchObject({ code: 2, error: { code: 'not-interactive' } });
    expect(await workspace.record()).not.toBeNull();
    expect(await workspace.secretFiles()).not.toEqual([]);
  });
});

/** The files of the vault. */
async function printOf(workspace: Workspace): Promise<object> {
  const [first = ''] = await workspace.secretFiles();
  return folderPrint(dirname(first));
}

async function namesOf(workspace: Workspace): Promise<unknown[]> {
  const { result } = await workspace.run(['site', 'list', '--json']);
  const sites = (result?.sites ?? []) as readonly { readonly name: string }[];
  return sites.map(({ name }) => name);
}
