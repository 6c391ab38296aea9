/** `send` in sendmail's place: by its name, with its options, and with the largest of messages. */

import { type ChildProcess, spawn } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type GoogleStandIn, startGoogle } from '../google/stand-in.js';
import { readFixture, takeApart } from '../support/eml.js';
import { connectSite } from '../support/mail-site.js';
import { PROGRAM } from '../support/program.js';
import { newWorkspace, type Workspace } from '../support/workspace.js';

/** Google's limit (Gmail API discovery document). */
const LIMIT = 36_700_160;

/** What the largest message may take, in bytes. */
const MEMORY_MAX = 200_000_000;

let google: GoogleStandIn;
let workspace: Workspace;
let sendmail: string;

beforeAll(async () => {
  google = await startGoogle();
  workspace = await newWorkspace(google);
  await connectSite(workspace);
  sendmail = join(workspace.folder, 'sendmail');
  await symlink(PROGRAM, sendmail);
});
afterAll(async () => {
  await workspace.remove();
  await google.close();
});

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs the link as other programs do: by its path, through its first line. */
async function run(args: readonly string[], input: Buffer): Promise<Ended> {
  // On Debian, Node.js may be missing from the PATH of the tests; the first line needs it there.
  const env = { ...workspace.env, PATH: `${join(process.execPath, '..')}:${process.env.PATH}` };
  const child = spawn(sendmail, args, { env });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return ending(child);
}

function ending(child: ChildProcess): Promise<Ended> {
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout?.resume();
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stderr })));
}

describe('a link named sendmail', () => {
  test.each<[string, readonly string[], string]>([
    ['PHP', ['-t', '-i'], 'bcc'],
    [
      'cron on Debian',
      ['-FCronDaemon', '-i', '-odi', '-oem', '-oi', '-t', '-f', 'root'],
      'no-message-id',
    ],
    [
      'cron on Red Hat',
      ['-FCronDaemon', '-i', '-B8BITMIME', '-oem', 'pat@patient.example'],
      'no-message-id',
    ],
    ['mutt', ['-oem', '-oi', '-f', 'jane@clinic.example', '--', 'pat@patient.example'], 'plain'],
    ['git send-email', ['-i', 'pat@patient.example'], 'plain'],
    ['Nagios', ['-bm', '-r', '<jane@clinic.example>', '-ti'], 'plain'],
    ['nobody in particular', ['-N', 'failure,delay', '-R', 'hdrs', '-v', '-t'], 'plain'],
  ])('takes what %s gives it', async (_name, args, fixture) => {
    const before = google.messages.length;
    expect(await run(args, readFixture(fixture))).toMatchObject({ code: 0 });
    expect(google.messages).toHaveLength(before + 1);
  });

  test.each([['-bs'], ['-bp'], ['-bd'], ['-q'], ['-I']])(
    'refuses %s, which it can’t do',
    async (option) => {
      const before = google.messages.length;
      expect(await run([option], readFixture('plain'))).toMatchObject({ code: 2 });
      expect(google.messages).toHaveLength(before);
    },
  );

  test('without -i, a line with a single dot ends nothing', async () => {
    await run(['-t'], readFixture('dots'));
    const arrived = takeApart(google.messages.at(-1)?.raw ?? Buffer.alloc(0));
    expect(arrived.rest).toBe(takeApart(readFixture('dots')).rest);
  });

  test('-f that is neither an address nor a user: usage', async () => {
    expect(await run(['-t', '-f', 'jane@clinic.example> x'], readFixture('plain'))).toMatchObject({
      code: 2,
    });
  });
});

describe('the largest message', () => {
  const head =
    'From: "Harbour Physio" <info@harbour-physio.example>\r\nTo: pat@patient.example\r\n\r\n';

  function ofSize(bytes: number): Buffer {
    const line = `${'x'.repeat(74)}\r\n`;
    const message = Buffer.alloc(bytes, line);
    message.write(head);
    return message;
  }

  /** Runs `send` and gives its largest resident memory, in bytes, as the system counted it. */
  async function memoryOf(input: Buffer): Promise<Ended & { readonly peak: number }> {
    const probe = join(workspace.folder, 'probe.mjs');
    await writeFile(
      probe,
      `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS));`,
    );
    // A shell between: on Linux a process inherits the peak of the one that started it, and jest's is larger.
    const command = ['"$@"; exit $?', 'sh', process.execPath, '--import', probe, PROGRAM];
    const child = spawn('sh', ['-c', ...command, 'send', '--json'], { env: workspace.env });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const ended = await ending(child);
    return { ...ended, peak: Number(/peak (\d+)/.exec(ended.stderr)?.[1]) * 1024 };
  }

  test('of 35 MiB goes out whole, in less than 200 MB of memory', async () => {
    const message = ofSize(LIMIT);
    const { code, peak } = await memoryOf(message);
    expect(code).toBe(0);
    expect(google.messages.at(-1)?.raw.equals(message)).toBe(true);
    expect(peak).toBeLessThan(MEMORY_MAX);
  });

  test('with LF line ends, which have to be changed, needs less than that too', async () => {
    const lines = ofSize(LIMIT - 600_000)
      .toString('latin1')
      .replaceAll('\r\n', '\n');
    const { code, peak } = await memoryOf(Buffer.from(lines, 'latin1'));
    expect(code).toBe(0);
    expect(peak).toBeLessThan(MEMORY_MAX);
  });

  test('and one byte more is refused while it is read: the rest of an endless one is never taken', async () => {
    const child = spawn(process.execPath, [PROGRAM, 'send', '--json'], { env: workspace.env });
    const before = google.requests.length;
    let given = 0;
    const block = ofSize(1024 * 1024);
    child.stdin.on('error', () => undefined);
    const feed = () => {
      while (child.stdin.writable && !child.stdin.destroyed) {
        given += block.length;
        if (!child.stdin.write(block)) {
          child.stdin.once('drain', feed);
          return;
        }
      }
    };
    feed();
    expect(await ending(child)).toMatchObject({ code: 2 });
    expect(given).toBeGreaterThan(LIMIT - block.length);
    expect(given).toBeLessThan(LIMIT + 4 * block.length);
    expect(google.requests.length).toBe(before);
  });
});
