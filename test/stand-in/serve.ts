/**
 * Runs the stand-in by itself, for rehearsals by hand and for long series:
 * `serve.js [--port N] [--client-file PATH] [--accounts FILE] [--service-account PATH]`. The accounts that Google knows
 * come as a JSON list; the key of a service account that may send in their names is written where it is asked for.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { SentMessage } from './post-office.js';
import { startGoogle } from './stand-in.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    'client-file': { type: 'string' },
    accounts: { type: 'string' },
    'service-account': { type: 'string' },
  },
});
const { accounts, 'client-file': given, 'service-account': keyFile } = values;
const clientFile = given ?? join(await mkdtemp(join(tmpdir(), 'google-stand-in-')), 'client.json');

const google = await startGoogle({
  port: Number(values.port ?? 0),
  onMessage: (message) => printLine(describe(message)),
  remembers: false,
  ...(accounts === undefined ? {} : { accounts: JSON.parse(await readFile(accounts, 'utf8')) }),
});
if (keyFile !== undefined) await writeJson(keyFile, await google.addServiceAccount().newKey());
await writeJson(clientFile, google.clientFile());
printLine({ url: google.url, clientFile });

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, stop);
}

async function stop(): Promise<void> {
  await google.close();
  if (!given) {
    await rm(dirname(clientFile), { recursive: true });
  }
}

function describe({ id, account, deliveredTo, parsed }: SentMessage): object {
  const headers = parsed.headerLines.map(({ line }) => line);
  return { id, account, deliveredTo, headers, text: parsed.text ?? '' };
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeFile(path, JSON.stringify(value, null, 2), { mode: 0o600 });
}

function printLine(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
