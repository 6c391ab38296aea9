import type { GmailConnection } from '../sites/site.js';
import { DELEGATION } from './delegation-kind.js';
import type { LiveKind } from './live-kind.js';
import { SIGN_IN } from './sign-in-kind.js';

export function liveKindOf(connection: GmailConnection): LiveKind {
  const kind = connection.method === 'oauth' ? SIGN_IN : DELEGATION;
  return kind as LiveKind;
}
