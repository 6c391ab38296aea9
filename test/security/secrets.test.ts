/** A search for every secret in everything that a broad series of runs left behind, said or started. */

import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { playPerson } from '../stand-in/person.js';
import { PROGRAM, type RunResult } from '../support/program.js';
import { describeWith } from '../support/system-part.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, SITE, SMTP_PASSWORD } from '../support/workspace.js';
import { processTree, type SeenProcess } from './process-facts.js';

const PASSPHRASE = 'a passphrase of the tests';
const SERVER_PASSWORD = 'Tr0ub4dor-mail-server';
/** What the person's environment gives to the program, and the program to nobody. */
const GIVEN = [PASSPHRASE, SERVER_PASSWORD];

const { google, workspace } = useComputer({ computerFor: 'file' });
let temporary: string;
let spied: string;
const runs: { readonly what: string; readonly run: RunResult }[] = [];
const seen = new Map<string, SeenProcess>();

/** Every form in which a secret could stand in a text or a file. */
function formsOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  return [
    bytes,
    // Base64 depends on where the text begins in the groups of three bytes: the inner part is the same.
    ...[0, 1, 2].flatMap((shift) => {
      const inner = Buffer.concat([Buffer.alloc(shift), bytes])
        .toString('base64')
        .slice(shift === 0 ? 0 : 4, -4);
      return [Buffer.from(inner), Buffer.from(inner.replaceAll('+', '-').replaceAll('/', '_'))];
    }),
    Buffer.from(bytes.toString('hex')),
    Buffer.from(bytes.toString('hex').toUpperCase()),
    Buffer.from(encodeURIComponent(secret)),
    Buffer.from(secret, 'utf16le'),
  ].filter((form) => form.length >= 8);
}

function leaks(where: string, content: Buffer | string, secrets: readonly string[]): string[] {
  const bytes = Buffer.from(content as string);
  return secrets
    .filter((secret) => formsOf(secret).some((form) => bytes.includes(form)))
    .map((secret) => `${where}: ${secret.slice(0, 6)}…`);
}

const secrets = () => [...google.secrets(), SMTP_PASSWORD];

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function note(what: string, run: Promise<RunResult>): Promise<RunResult> {
  const result = await run;
  runs.push({ what, run: result });
  return result;
}

/** Runs with a person while all processes of the run are looked at. */
async function watched(
  args: string[],
  env: Record<string, string> = {},
  decision: 'allow' | 'cancel' = 'allow',
) {
  const sampling = setInterval(() => {
    for (const one of processTree(process.pid))
      if (one.pid !== process.pid) seen.set(`${one.pid} ${one.arguments.join(' ')}`, one);
  }, 15);
  try {
    const running = workspace.start(args, { env });
    // The browser of a person whose program crashed is left without an answer.
    await playPerson(await workspace.nextUrl(), { account: ACCOUNT, decision }).catch(() => null);
    return await note(args.join(' '), running.ended);
  } finally {
    clearInterval(sampling);
  }
}

beforeAll(async () => {
  temporary = join(workspace.folder, 'tmp');
  spied = join(workspace.folder, 'spied');
  await mkdir(temporary);
  await mkdir(spied);
  const browser = join(workspace.folder, 'spying-browser');
  await writeFile(
    browser,
    `#!/bin/sh\ncat /proc/$$/environ /proc/$$/cmdline > '${spied}'/$$\nprintf '%s\\n' "$1" >> '${join(workspace.folder, 'urls')}'\n`,
  );
  await chmod(browser, 0o755);
  Object.assign(workspace.env, {
    TMPDIR: temporary,
    BROWSER: browser,
    WRITEUPP_MAIL_SERVER: `smtps://writeupp:${SERVER_PASSWORD}@mail.example:465`,
    // Asks the libraries for Google to print what they send and get.
    GOOGLE_SDK_NODE_LOGGING: '*',
  });
  // A library that fails in ways nobody foresaw, with all it knows in the error: Google's answer is a trap to it.
  const fault = join(workspace.folder, 'fault.mjs');
  await writeFile(
    fault,
    `let options = '';
const { toString } = URLSearchParams.prototype;
URLSearchParams.prototype.toString = function () {
  const text = toString.call(this);
  if (this.has('code_verifier')) options = text;
  return text;
};
const { parse } = JSON;
JSON.parse = (...args) => {
  const answer = parse(...args);
  if (options === '' || answer?.access_token === undefined) return answer;
  const { expires_in, ...tokens } = answer;
  return Object.defineProperty(tokens, 'expires_in', { get() {
    const error = Object.assign(new Error('crash ' + JSON.stringify([options, tokens])), { options, tokens });
    if (process.env.FAULT === 'async') setTimeout(() => { throw error; }, 0);
    else throw error;
    return expires_in;
  } });
};\n`,
  );

  await note('site add', workspace.addSite(SITE, '--verbose'));
  await watched(['migrate', '--yes', '--json', '--verbose'], {}, 'cancel');
  await watched(['sign-in', '--yes', '--verbose'], { NODE_DEBUG: '*' });
  google.misbehave('token:refresh', {
    kind: 'answer',
    status: 400,
    body: { error: 'invalid_grant' },
  });
  await note('test-connection refused', workspace.run(['test-connection', '--verbose']));
  google.behave();
  for (const kind of ['thrown', 'async']) {
    const env = { NODE_OPTIONS: `--import=${fault}`, FAULT: kind };
    const run = await watched(['sign-in', '--reauthenticate', '--yes', '--json', '--verbose'], env);
    expect([kind, run.code, run.error?.event]).toEqual([kind, 1, 'error']);
  }
  await note(
    'wrong passphrase',
    workspace.run(['test-connection', '--json', '--verbose'], {
      env: { WRITEUPP_MAIL_PASSPHRASE: 'another passphrase' },
    }),
  );
  await note(
    'test-connection',
    workspace.run(['test-connection', '--verbose'], {
      env: { NODE_DEBUG: 'http,https,net,fetch,child_process' },
    }),
  );
  await note('status', workspace.run(['status', '--json', '--verbose']));
  await note('migrate', workspace.run(['migrate', '--yes', '--verbose']));
  await note('revert-smtp', workspace.run(['revert-smtp', '--yes', '--verbose']));
  await note(
    'sign-out',
    workspace.run(['sign-out', '--yes', '--verbose'], { env: { NODE_DEBUG: '*' } }),
  );
}, 90_000);

describeWith(['linux'], 'no secret is found', () => {
  test('at all, unless the search finds one that is there', () => {
    expect(google.secrets().length).toBeGreaterThan(8);
    for (const secret of secrets()) {
      for (const form of formsOf(secret))
        expect(leaks('here', Buffer.concat([Buffer.from('x'), form]), [secret])).toHaveLength(1);
    }
  });

  test('in what the program says, --verbose, NODE_DEBUG and crashes included', () => {
    const found = runs.flatMap(({ what, run }) =>
      leaks(what, run.stdout + run.stderr, [...secrets(), ...GIVEN]),
    );
    expect(found).toEqual([]);
    expect(runs.find(({ what }) => what === 'wrong passphrase')?.run).toMatchObject({
      code: 6,
      error: { code: 'vault-passphrase' },
    });
  });

  test('in any file: settings, temporary files, logs, cores', async () => {
    const client = join(workspace.folder, 'client.json');
    const files = (await filesUnder(workspace.folder)).filter((file) => file !== client);
    const found = await Promise.all(
      files.map(async (file) => leaks(file, await readFile(file), [...secrets(), ...GIVEN])),
    );
    expect(found.flat()).toEqual([]);
    expect(files.filter((file) => /(?:^|\/)core(?:\.\d+)?$/.test(file))).toEqual([]);
    expect(await filesUnder(temporary)).toEqual([]);
  });

  test('in the arguments and the environment of anything that was started', async () => {
    const browsers = await filesUnder(spied);
    expect(browsers.length).toBeGreaterThanOrEqual(4);
    const found = await Promise.all(
      browsers.map(async (file) =>
        leaks('browser', await readFile(file), [...secrets(), ...GIVEN]),
      ),
    );
    expect(seen.size).toBeGreaterThan(3);
    const all = [...seen.values()].flatMap(({ arguments: words }) => words);
    // The browser's own is the address that works once: whoever reads Google's could answer in the person's place.
    expect(all.some((word) => /^http:\/\/127\.0\.0\.1:\d+\/start\/[\w-]+$/.test(word))).toBe(true);
    expect(all.filter((word) => /state=|code_challenge|oauth2callback/.test(word))).toEqual([]);
    for (const { arguments: words, environment } of seen.values()) {
      // The program itself is given the passphrase by the person's choice; its children are not.
      const isProgram = words.includes(PROGRAM);
      found.push(leaks(`arguments of ${words[0]}`, words.join('\n'), [...secrets(), ...GIVEN]));
      found.push(
        leaks(
          `environment of ${words[0]}`,
          environment.join('\n'),
          isProgram ? secrets() : [...secrets(), ...GIVEN],
        ),
      );
    }
    expect(found.flat()).toEqual([]);
  });
});
