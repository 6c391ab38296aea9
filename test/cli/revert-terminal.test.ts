/** `revert-smtp` at a terminal: the risky cases are said before, and ask for more than a Yes. */

import { expect, test } from '@jest/globals';
import type { Stage } from '../support/prepared.js';
import { describeWith } from '../support/system-part.js';
import { KEY, startInTerminal } from '../support/terminal.js';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, SITE } from '../support/workspace.js';

const UNTOUCHED = 'Your SMTP settings are untouched.';

const { prepared } = useStandIn();

describeWith(['script'], 'revert-smtp', () => {
  const RISKY = `To remove them all the same, type the name of the site (${SITE}):`;

  test.each<[Stage, told: string, after: string]>([
    ['smtp', 'No Google account is connected', 'WriteUpp’s own address as the sender'],
    ['connected', 'No test message has been sent', `patients will see ${ACCOUNT} as the sender`],
  ])('a site that is %s: said before, and its name has to be typed', async (stage, told, after) => {
    const workspace = await prepared.at(stage);
    const no = startInTerminal(['revert-smtp'], { env: workspace.env, columns: 80 });
    for (const words of [told, after, 'writeupp-mail migrate', 'It is permanent', RISKY]) {
      await no.see(words);
    }
    no.type(`y${KEY.enter}`);
    await no.see(`That is not ${SITE}.`);
    no.type(`\x15${KEY.enter}`);
    const said = await no.ended;
    expect(said.code).toBe(3);
    expect(said.screen).toContain(UNTOUCHED);
    expect(await workspace.record()).toMatchObject({ smtp: { password: { slot: 'a' } } });

    const yes = startInTerminal(['revert-smtp'], { env: workspace.env, columns: 80 });
    await yes.answer(RISKY, SITE.toUpperCase());
    expect((await yes.ended).code).toBe(0);
    expect(await workspace.record()).toMatchObject({ smtp: null });
  });

  test('a site whose test message was accepted: Yes or No; Enter alone is No', async () => {
    const workspace = await prepared.at('tested');
    const no = startInTerminal(['revert-smtp'], { env: workspace.env });
    await no.answer('Revert to WriteUpp Mail Server? (y/N)', '');
    expect((await no.ended).code).toBe(3);
    expect(await workspace.record()).toMatchObject({ smtp: { password: { slot: 'a' } } });

    const yes = startInTerminal(['revert-smtp'], { env: workspace.env });
    await yes.answer('Revert to WriteUpp Mail Server? (y/N)', 'y');
    await yes.see('Left to do in WriteUpp');
    expect((await yes.ended).code).toBe(0);
    expect(await workspace.record()).toMatchObject({ smtp: null });
  });
});
