/** Sending one message through the Gmail API, once. */

import { OAuth2Client } from 'google-auth-library';
import { interrupted, MailError } from '../errors.js';
import { explainGoogleError } from './explain.js';
import type { Issuer } from './issuer.js';

/** The only permission asked for beside the person's identity; it can send, and read nothing. */
export const SEND_SCOPE = 'https://www.googleapis.com/auth/gmail.send';

/** Google's limit of a message, in bytes: 35 MiB (Gmail API discovery document). */
export const MESSAGE_MAX_BYTES = 36_700_160;

/** Above this many bytes a message goes by the upload endpoint (developers.google.com/gmail/api/guides/uploads). */
const JSON_MAX_BYTES = 5_000_000;

/** How long Gmail's answer is waited for, in milliseconds; a large message needs its time on a slow line. */
const SEND_TIMEOUT_MS = 180_000;

/**
 * Hands one RFC 5322 message to Gmail. It is sent once: whatever the answer, it is never repeated here.
 *
 * @param accessToken one that is not about to end
 * @returns the id that Gmail gave the message
 * @throws MailError `delivery-unknown` where the answer was lost, else as the catalogue explains the refusal
 */
export async function sendMessage(
  issuer: Issuer,
  accessToken: string,
  message: Buffer,
  signal: AbortSignal,
): Promise<string> {
  const { gmail } = await import('googleapis/build/src/apis/gmail/index.js');
  const auth = new OAuth2Client();
  // Without an end the library sends a message again after a 403 (google-auth-library, requestAsync).
  auth.setCredentials({ access_token: accessToken, expiry_date: Number.MAX_SAFE_INTEGER });
  const api = gmail({ version: 'v1', auth: auth as never });
  const options = {
    // Uploads follow the root address only when it is given for each call.
    rootUrl: issuer.gmailRootUrl,
    universeDomain: 'googleapis.com',
    timeout: SEND_TIMEOUT_MS,
    retry: false,
    signal,
    noProxy: ['127.0.0.1', 'localhost', '[::1]'],
  };
  try {
    const { data } =
      message.length > JSON_MAX_BYTES
        ? await api.users.messages.send(
            { userId: 'me', media: { mimeType: 'message/rfc822', body: message } },
            options,
          )
        : await api.users.messages.send(
            { userId: 'me', requestBody: { raw: message.toString('base64url') } },
            options,
          );
    if (typeof data.id === 'string' && data.id !== '') return data.id;
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw explainGoogleError(error, 'send');
  }
  throw new MailError(
    'delivery-unknown',
    'Gmail answered without an id, so it is not known whether the message was sent.',
    'Look in the Sent folder of the Google account before you send it again.',
    { sent: 'unknown' },
  );
}
