/** The OAuth client of type "Desktop app" that the stand-in knows, and its downloadable file. */
import { randomBytes } from 'node:crypto';

export const PROJECT_NUMBER = '123456789012';

export interface OAuthClient {
  readonly id: string;
  readonly secret: string;
}

/** A client file as the Google Cloud console downloads it for a Desktop app. */
export interface ClientFile {
  readonly installed: {
    readonly client_id: string;
    readonly project_id: string;
    readonly auth_uri: string;
    readonly token_uri: string;
    readonly auth_provider_x509_cert_url: string;
    readonly client_secret: string;
    readonly redirect_uris: readonly string[];
  };
}

/** A new client with a secret of its own, so that a scan for secrets finds only this one's. */
export function newClient(): OAuthClient {
  return {
    id: `${PROJECT_NUMBER}-${randomBytes(16).toString('hex')}.apps.googleusercontent.com`,
    secret: `GOCSPX-${randomBytes(21).toString('base64url')}`,
  };
}

/** The file holds the real Google's addresses: a program must not read endpoints from it here. */
export function clientFileOf(client: OAuthClient): ClientFile {
  return {
    installed: {
      client_id: client.id,
      project_id: 'harbour-physio-mail',
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
      token_uri: 'https://oauth2.googleapis.com/token',
      auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
      client_secret: client.secret,
      redirect_uris: ['http://localhost'],
    },
  };
}
