/** A real SMTP server on loopback that asks for a login, and the question whether it accepts one. */

import type { AddressInfo } from 'node:net';
import { createTransport } from 'nodemailer';
import { SMTPServer } from 'smtp-server';

export interface SmtpStandIn {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts one that accepts one user with any of the passwords. */
export async function startSmtp(user: string, passwords: readonly string[]): Promise<SmtpStandIn> {
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, answer) {
      const isRight = username === user && passwords.includes(password ?? '');
      if (isRight) answer(null, { user });
      else answer(new Error('5.7.8 Username and Password not accepted'));
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Logs in as a mail program does. */
export async function acceptsLogin(
  { host, port }: { readonly host: string; readonly port: number },
  user: string,
  password: string,
): Promise<boolean> {
  const transport = createTransport({
    host,
    port,
    secure: false,
    ignoreTLS: true,
    auth: { user, pass: password },
  });
  try {
    return await transport.verify();
  } catch {
    return false;
  } finally {
    transport.close();
  }
}
