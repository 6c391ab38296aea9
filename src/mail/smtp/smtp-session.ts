/** A connection to a mail server, logged in, that carries one message after another. */

import type { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { interrupted } from '../../errors.js';
import type { Envelope } from './mail-server.js';
import { type SmtpServer, smtpOptions } from './smtp-options.js';

/** How long a server may take to close after QUIT, in milliseconds: the outcome is known by then. */
const PARTING_MS = 250;

/** The supported login methods for an unencrypted connection: the one that reveals least comes first. */
const METHODS_IN_THE_CLEAR = ['CRAM-MD5', 'PLAIN', 'LOGIN'];
const METHODS = ['PLAIN', 'LOGIN', 'CRAM-MD5'];

/** The error code for a server that offers no supported login method. */
export const NO_LOGIN_METHOD = 'ENOLOGIN';

/** What a server announces (EHLO, RFC 5321 4.1.1.1). */
export interface ServerOffers {
  /** 8BITMIME, RFC 6152. */
  readonly eightBit: boolean;
  /** SMTPUTF8, RFC 6531: addresses beyond ASCII. */
  readonly internationalAddresses: boolean;
  /** The methods of AUTH, RFC 4954, in capitals. */
  readonly loginMethods: readonly string[];
}

/** How far a session is: connected and encrypted, then logged in. */
export type SessionStage = 'connect' | 'login' | 'ready';

/** What the server made of a message. */
export interface HandedOver {
  readonly rejected: readonly unknown[];
  readonly rejectedErrors?: readonly unknown[] | undefined;
}

/** Every step throws nodemailer's own errors, or `interrupted`; callers explain them. */
export class SmtpSession {
  stage: SessionStage = 'connect';
  /** The number of messages accepted over this connection. */
  taken = 0;
  readonly #connection: SMTPConnection;
  readonly #broken: Promise<never>;
  #isOpen = true;
  #offers: ServerOffers = { eightBit: false, internationalAddresses: false, loginMethods: [] };

  /** @param idleMs how long the server may be silent, in milliseconds */
  constructor(
    private readonly server: SmtpServer,
    idleMs?: number,
  ) {
    this.#connection = new SMTPConnection({
      ...smtpOptions(server),
      ...(idleMs === undefined ? {} : { socketTimeout: idleMs }),
      socketCloseTimeout: PARTING_MS,
      logger: false,
    });
    // Socket errors are events; without this, the steps below would wait for ever.
    this.#broken = new Promise<never>((_resolve, reject) => {
      this.#connection.on('error', reject);
      this.#connection.once('end', () => {
        this.#isOpen = false;
        reject(Object.assign(new Error('Connection closed'), { code: 'ECONNECTION' }));
      });
    });
    // An error after the outcome is known changes nothing.
    this.#broken.catch(() => undefined);
  }

  /** Whether another message can be tried. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get offers(): ServerOffers {
    return this.#offers;
  }

  /**
   * Connects, encrypts the connection as the settings say, and logs in with a method that the server offers: a
   * server that does not ask for a password must not get one.
   *
   * @param password null for a server that needs none
   */
  async open(password: string | null, signal: AbortSignal): Promise<void> {
    await this.#step(signal, (done) => this.#connection.connect(done));
    this.#offers = readOffers(this.#connection.lastServerResponse || '');
    const { user } = this.server;
    if (user !== null && password !== null) {
      this.stage = 'login';
      const method = this.#logInMethod();
      const credentials = { user, pass: password };
      await this.#step(signal, (done) => this.#connection.login({ credentials, method }, done));
    }
    this.stage = 'ready';
  }

  async send(
    envelope: Envelope & { readonly size: number; readonly use8BitMime: boolean },
    message: Readable,
    signal: AbortSignal,
  ): Promise<HandedOver> {
    const { to, ...rest } = envelope;
    const taken = await this.#step<HandedOver>(signal, (done) =>
      this.#connection.send({ ...rest, to: [...to] }, message, done),
    );
    this.taken += 1;
    return taken;
  }

  /** Sends QUIT, and closes. */
  quit(): void {
    if (this.#isOpen) this.#connection.quit();
    this.close();
  }

  close(): void {
    this.#isOpen = false;
    this.#connection.close();
  }

  #logInMethod(): string {
    const methods = this.#connection.secure ? METHODS : METHODS_IN_THE_CLEAR;
    const method = methods.find((one) => this.#offers.loginMethods.includes(one));
    if (method === undefined) throw Object.assign(new Error(''), { code: NO_LOGIN_METHOD });
    return method;
  }

  async #step<T>(signal: AbortSignal, start: (done: Done<T>) => void): Promise<T> {
    if (signal.aborted) throw interrupted();
    const over = new AbortController();
    const stopped = new Promise<never>((_resolve, reject) => {
      const stop = () => reject(interrupted());
      signal.addEventListener('abort', stop, { once: true, signal: over.signal });
    });
    const step = new Promise<T>((resolve, reject) => {
      start((error, value) => (error ? reject(error) : resolve(value as T)));
    });
    for (const promise of [stopped, step]) promise.catch(() => undefined);
    try {
      return await Promise.race([step, this.#broken, stopped]);
    } finally {
      over.abort();
    }
  }
}

type Done<T> = (error?: Error | null, value?: T) => void;

function readOffers(reply: string): ServerOffers {
  const lines = reply.split(/\r?\n/).map((line) =>
    line
      .replace(/^\d{3}[ -]/, '')
      .trim()
      .toUpperCase(),
  );
  const loginMethods = lines.flatMap((line) =>
    /^AUTH[ =]/.test(line) ? line.split(/[ =]+/).slice(1) : [],
  );
  return {
    eightBit: lines.includes('8BITMIME'),
    internationalAddresses: lines.includes('SMTPUTF8'),
    loginMethods,
  };
}
