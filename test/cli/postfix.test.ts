/** Postfix, which hands every message to this program: as docs/scripting.md has it, and as most examples do. */

import { mkdir, readFile, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { takeApart, valuesOf } from '../support/eml.js';
import { giveTo } from '../support/give-to.js';
import { connectSite } from '../support/mail-site.js';
import { type Postfix, startPostfix } from '../support/postfix.js';
import { PROGRAM } from '../support/program.js';
import { describeWith } from '../support/system-part.js';
import { useComputer } from '../support/use-stand-in.js';

const MESSAGE =
  'From: jo@practice.example\nTo: a@one.example, b@two.example\nBcc: c@one.example\nSubject: x\n\nBody.\n';

const MAIN = 'default_transport = writeupp:gmail\nwriteupp_destination_recipient_limit = 100\n';
const TRANSPORT = `writeupp unix - n n - 2 pipe
  user=mailer argv=/usr/local/lib/writeupp-mail/relay.sh -i -f \${sender} -- \${recipient}`;

describeWith(
  ['postfix', 'root'],
  'a message for two people of two domains, and a hidden one',
  () => {
    const { google, workspace } = useComputer();
    const running: Postfix[] = [];
    afterEach(async () => {
      for (const one of running.splice(0)) await one.close();
    });

    async function start(main: string): Promise<Postfix> {
      await connectSite(workspace);
      const folder = join(workspace.folder, 'bin');
      await mkdir(folder);
      const sendmail = join(folder, 'sendmail');
      await symlink(PROGRAM, sendmail);
      const given = Object.entries(workspace.env).filter(([name]) =>
        /^(?:WRITEUPP_|HOME$)/.test(name),
      );
      const path = [join(process.execPath, '..'), process.env.PATH].join(delimiter);
      const postfix = await startPostfix({
        main,
        transport: TRANSPORT.replace('mailer', 'nobody').replace(
          '/usr/local/lib/writeupp-mail/relay.sh',
          sendmail,
        ),
        env: { PATH: path, ...(Object.fromEntries(given) as Record<string, string>) },
      });
      running.push(postfix);
      await giveTo(postfix.caller, workspace.folder);
      return postfix;
    }

    test('goes once, to each, as docs/scripting.md has it', async () => {
      const paper = await readFile('docs/scripting.md', 'utf8');
      expect(paper).toContain(TRANSPORT);
      expect(paper).toContain(MAIN);
      const postfix = await start(MAIN);
      await postfix.submit(MESSAGE);
      expect(await postfix.log()).toMatch(/(?:status=sent.*){3}removed/s);
      expect(google.messages).toHaveLength(1);
      const arrived = takeApart(google.messages[0]?.raw ?? Buffer.alloc(0));
      expect(valuesOf(arrived, 'to')).toEqual([' a@one.example, b@two.example\r\n']);
      expect(valuesOf(arrived, 'bcc')).toEqual([' c@one.example\r\n']);
    });

    test.each([
      ['for each domain', 'default_transport = writeupp'],
      [
        'for each recipient',
        'default_transport = writeupp\nwriteupp_destination_recipient_limit = 1',
      ],
    ])('is sent back where it calls %s, with what to set, in ASCII', async (_what, main) => {
      const before = google.messages.length;
      const postfix = await start(main);
      await postfix.submit(MESSAGE);
      const log = await postfix.log();
      expect(log).toMatch(/status=bounced \(data format error/);
      expect(log).toContain('_recipient_limit = 100');
      expect(log).toMatch(/^[\n\x20-\x7e]*$/);
      expect(google.messages).toHaveLength(before);
    });
  },
);
