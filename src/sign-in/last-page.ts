/** The words of the browser's last page, once the permission was stored or could not be. */

import { MailError } from '../errors.js';
import type { Site } from '../sites/site.js';
import type { PageText } from './page.js';

type Words = Omit<PageText, 'isRehearsal'>;

/** Served after the tokens were stored and read back: only then is it true. */
export function signedInPage(site: Pick<Site, 'organisation' | 'smtp'>, email: string): Words {
  const sending = `All email that ${site.organisation} sends from WriteUpp`;
  return {
    tone: 'done',
    heading: `You are signed in as ${email}`,
    lines: [
      'WriteUpp may now send email on your behalf. The permission is stored safely on this computer.',
      site.smtp === null
        ? `${sending} goes out through this Google account.`
        : `${sending} will go out through this Google account once the switch is finished. Until then it goes by the SMTP settings.`,
    ],
  };
}

/** Google said yes, and then the permission could not be kept. */
export function storingFailedPage(error: unknown, reassurance: string | null): Words {
  const known = error instanceof MailError ? error : null;
  return {
    tone: 'failed',
    heading: 'You signed in, but the permission could not be kept',
    lines: [
      ...(reassurance === null ? [] : [reassurance]),
      known?.message ?? 'Something went wrong on this computer.',
      'The window where you started says what to do next.',
    ],
  };
}
