/** Why each end comes, in a few words. The end itself has the full explanation. */

import type { EndCode } from '../sites/ends.js';

export const END_WORDS: Readonly<Record<EndCode, string>> = {
  'google-ended-smtp': 'Google ends SMTP passwords',
  'microsoft-ends-smtp': 'Microsoft ends SMTP passwords',
  unused: 'not used for six months',
  'testing-mode': 'the app is in "Testing"',
  'permission-ends': 'given for a limited time',
  'key-ends': 'the service account’s key ends',
  'spf-without-google': 'SPF stopped naming Google',
  'dkim-without-google': 'Google’s DKIM key is gone',
};
