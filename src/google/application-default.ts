/**
 * Who runs this program, by Google's Application Default Credentials: for the keyless way, where Google signs in the
 * name of a service account for whoever may create tokens of it (docs.cloud.google.com/docs/authentication/application-default-credentials).
 */

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { interrupted, MailError } from '../errors.js';
import { isObject, parseJson } from '../words/json.js';
import { noToken, signerWithKey, tokenByAssertion } from './assertion.js';
import { explainGoogleError, type FailureFacts } from './explain.js';
import { textIn } from './fields.js';
import { type Issuer, isLoopbackUrl } from './issuer.js';
import { oauthEndpoints } from './metadata.js';
import { parseKeyFile } from './service-account.js';
import { postForm } from './transport.js';

/** What calling the IAM Credentials API takes. */
const CLOUD_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * An access token of the caller. A person's file (`gcloud auth application-default login`) and a key are used here,
 * so that the token comes from the issuer of this run, whatever the file says; all other kinds (a server of Google
 * Cloud, a federated identity) are left to Google's library, which a rehearsal may use only for a metadata server on
 * this computer.
 *
 * @throws MailError `invalid-settings` where there are none; as the catalogue explains a refusal
 */
export async function applicationDefaultToken(
  issuer: Issuer,
  environment: NodeJS.ProcessEnv,
  facts: FailureFacts,
  signal: AbortSignal,
): Promise<string> {
  try {
    const file = await readCredentials(environment);
    if (file?.type === 'authorized_user') return await personsToken(file, issuer, signal);
    if (file?.type === 'service_account') return await keysToken(file, issuer, facts.now, signal);
    return await librarysToken(issuer, environment, file !== null);
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw explainGoogleError(error, 'application-default', facts);
  }
}

async function readCredentials(
  environment: NodeJS.ProcessEnv,
): Promise<Record<string, unknown> | null> {
  const named = environment.GOOGLE_APPLICATION_CREDENTIALS ?? '';
  const path = named === '' ? wellKnownPath(environment) : named;
  try {
    const file = parseJson(await readFile(path, 'utf8'));
    if (isObject(file)) return file;
  } catch (error) {
    if (named === '' && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  }
  throw noCredentials();
}

async function personsToken(
  file: Record<string, unknown>,
  issuer: Issuer,
  signal: AbortSignal,
): Promise<string> {
  const [id, secret, refresh] = ['client_id', 'client_secret', 'refresh_token'].map((field) =>
    textIn(file, field),
  );
  if (id === undefined || secret === undefined || refresh === undefined) throw noCredentials();
  const { tokenEndpoint } = await oauthEndpoints(issuer, signal);
  const client = { client_id: id, client_secret: secret };
  const fields = { grant_type: 'refresh_token', refresh_token: refresh, ...client };
  const answer = await postForm(tokenEndpoint, fields, signal);
  const token = isObject(answer) ? textIn(answer, 'access_token') : undefined;
  if (token === undefined) throw noToken();
  return token;
}

async function keysToken(
  file: Record<string, unknown>,
  issuer: Issuer,
  now: Date,
  signal: AbortSignal,
): Promise<string> {
  const { email, key } = parseKeyFile(
    JSON.stringify(file),
    'of the Application Default Credentials',
  );
  const signClaims = key === null ? null : signerWithKey(key);
  if (signClaims === null) throw noCredentials();
  const request = { iss: email, scope: CLOUD_SCOPE };
  return (await tokenByAssertion(request, signClaims, issuer, now, signal)).token;
}

async function librarysToken(
  issuer: Issuer,
  { GCE_METADATA_HOST: server = '' }: NodeJS.ProcessEnv,
  hasFile: boolean,
): Promise<string> {
  const isHere = URL.canParse(`http://${server}`) && isLoopbackUrl(new URL(`http://${server}`));
  if (issuer.isStandIn && (hasFile || !isHere)) throw noCredentials();
  const { GoogleAuth } = await import('google-auth-library');
  const token = await new GoogleAuth({ scopes: CLOUD_SCOPE })
    .getAccessToken()
    .catch((error: unknown) => {
      const words = error instanceof Error ? error.message : '';
      throw /could not load the default credentials/i.test(words) ? noCredentials() : error;
    });
  if (token == null) throw noCredentials();
  return token;
}

/** Where gcloud puts them, as Google's libraries look for them. */
function wellKnownPath({ CLOUDSDK_CONFIG, APPDATA }: NodeJS.ProcessEnv): string {
  const folder =
    CLOUDSDK_CONFIG ??
    (process.platform === 'win32'
      ? join(APPDATA ?? homedir(), 'gcloud')
      : join(homedir(), '.config', 'gcloud'));
  return join(folder, 'application_default_credentials.json');
}

function noCredentials(): MailError {
  return new MailError(
    'invalid-settings',
    'No Application Default Credentials were found on this computer that Google takes, so Google can’t be asked to sign for the service account.',
    'Sign in to Google Cloud on this computer: gcloud auth application-default login\n' +
      'Or name a file of such credentials: GOOGLE_APPLICATION_CREDENTIALS=/path/to/file',
  );
}
