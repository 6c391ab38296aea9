/** How a command ends: the exit code of what stopped it; and for `--verbose` the places of a fault, never its words. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { main, placesOf } from '../../src/app/main.js';
import { unexpectedError } from '../../src/errors.js';
import type { Streams } from '../../src/kit/world.js';
import { serialiseSite } from '../../src/sites/record.js';
import { aSite, GMAIL, SMTP } from '../sites/a-site.js';

function faultOfALibrary(): Error {
  return new TypeError('refresh_token=1//secret');
}

test('the places are those of the fault, not of what put it into words', () => {
  const places = placesOf(unexpectedError(faultOfALibrary()).with({ hint: 'changed' }));
  expect(places[0]).toContain('faultOfALibrary');
  expect(places.join('\n')).not.toContain('secret');
});

test('what is no error has no places', () => {
  expect(placesOf('refresh_token=1//secret')).toEqual([]);
});

test.each([
  ['Ctrl-C', 130],
  ['a shell that asks it to end', 143],
])('a run over many sites that %s stopped ends with %i, as for one site', async (_what, code) => {
  const home = await mkdtemp(join(tmpdir(), 'main-'));
  await mkdir(join(home, 'sites'), { mode: 0o700 });
  const record = serialiseSite(aSite({ smtp: SMTP }));
  await writeFile(join(home, 'sites', 'harbour-physio.json'), record, { mode: 0o600 });
  const client = { installed: { client_id: GMAIL.clientId, client_secret: 'secret' } };
  await writeFile(join(home, 'oauth-client.json'), JSON.stringify(client), { mode: 0o600 });
  const stdout = Object.assign(new PassThrough(), { isTTY: false });
  const said: string[] = [];
  stdout.on('data', (chunk) => said.push(String(chunk)));
  const streams = { stdin: new PassThrough(), stdout, stderr: new PassThrough() };
  const never = new Promise<never>(() => undefined);
  const ended = await main(['migrate', '--all', '--yes', '--json'], {
    streams: streams as unknown as Streams,
    variables: { HOME: home, WRITEUPP_MAIL_HOME: home },
    stoppedWith: () => code,
    signal: AbortSignal.abort(),
    ...{ stopped: never, idle: never, crashed: never },
  });
  await rm(home, { recursive: true });
  const [result] = said.join('').trim().split('\n').slice(-1);
  expect(JSON.parse(result ?? '')).toMatchObject({ ok: false, total: 1, interrupted: true });
  expect(ended).toBe(code);
});
