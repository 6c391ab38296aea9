/** A plain run over a spool: what of its files can't be read, and which failure decides the exit code. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { failureOf } from '../../src/send/outcome.js';
import { readFileOf } from '../../src/send/send-batch.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batch-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the file of a message', () => {
  const never = new AbortController().signal;

  test('that can’t be read says nothing of the message: it waits for a later try', async () => {
    // A folder can be opened, and the first read fails, as on a disk with a bad sector.
    const error = await readFileOf(folder, never).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'storage',
      message: expect.stringContaining(`${folder} could not be read`),
    });
    expect(failureOf(error, false).outcome).toBe('later');
  });

  test('that is empty is refused, with words that fit a file', async () => {
    const path = join(folder, 'a.eml');
    await writeFile(path, '');
    const error = await readFileOf(path, never).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'invalid-message',
      message: 'The message is empty.',
      hint: expect.not.stringContaining('standard input'),
    });
  });

  test('is not waited for after Ctrl-C', async () => {
    const reading = readFileOf(folder, AbortSignal.abort());
    await expect(reading).rejects.toMatchObject({ code: 'interrupted' });
  });
});
