/** Takes messages in and puts them into mailboxes in memory, which tests read: the last ones whole, of others the facts. */
import { randomBytes } from 'node:crypto';
import type { ParsedMail } from 'mailparser';
import type { Account } from './accounts.js';
import { asDelivered, parseMail } from './message.js';

/** A message that Gmail accepted. */
export interface SentMessage {
  /** 16 hexadecimal digits, as Gmail's. */
  readonly id: string;
  readonly threadId: string;
  /** The address of the Google account that sent it. */
  readonly account: string;
  /** Byte for byte what the program handed over. */
  readonly raw: Buffer;
  readonly parsed: ParsedMail;
  readonly acceptedAt: Date;
  /** Lower case. */
  readonly deliveredTo: readonly string[];
}

/** A message in a recipient's mailbox: without Bcc, with Gmail's Message-ID, and From as Gmail lets it through. */
export interface DeliveredMessage {
  readonly id: string;
  readonly raw: Buffer;
  readonly parsed: ParsedMail;
}

/** How many of the last messages, and how many bytes of them, are kept whole: tests look at the last few. */
const WHOLE = { messages: 500, bytes: 64 * 1024 * 1024 };

interface Content {
  readonly raw: Buffer;
  readonly parsed: ParsedMail;
}

/** Of an old message the content is gone: whoever asks for it is told so. */
class Kept implements DeliveredMessage {
  #content: Content | undefined;

  constructor(
    readonly id: string,
    content: Content,
  ) {
    this.#content = content;
  }

  get raw(): Buffer {
    return this.#whole().raw;
  }

  get parsed(): ParsedMail {
    return this.#whole().parsed;
  }

  letGo(): void {
    this.#content = undefined;
  }

  #whole(): Content {
    if (this.#content === undefined) throw new Error('of a message so old only the facts are kept');
    return this.#content;
  }
}

class Sent extends Kept implements SentMessage {
  readonly acceptedAt = new Date();

  constructor(
    id: string,
    readonly threadId: string,
    readonly account: string,
    content: Content,
    readonly deliveredTo: readonly string[],
  ) {
    super(id, content);
  }
}

export interface PostOfficeOptions {
  readonly onMessage?: ((message: SentMessage) => void) | undefined;
  /** False: no message is kept at all once `onMessage` has been told of it. Default: true. */
  readonly remembers?: boolean | undefined;
  readonly whole?: typeof WHOLE;
}

export class PostOffice {
  readonly #messages: SentMessage[] = [];
  readonly #mailboxes = new Map<string, DeliveredMessage[]>();
  /** As they came: the sent one and the delivered one of each. */
  readonly #whole: { readonly bytes: number; readonly both: readonly Kept[] }[] = [];
  #bytes = 0;

  constructor(private readonly options: PostOfficeOptions = {}) {}

  get messages(): readonly SentMessage[] {
    return this.#messages;
  }

  mailbox(address: string): readonly DeliveredMessage[] {
    return this.#mailboxes.get(address.toLowerCase()) ?? [];
  }

  hasThread(threadId: string, account: Account): boolean {
    return this.#messages.some(
      (message) => message.threadId === threadId && message.account === account.email,
    );
  }

  /** Accepts a message and delivers it at once. */
  async accept(account: Account, { raw, parsed, to, threadId }: Letter): Promise<SentMessage> {
    const id = randomBytes(8).toString('hex');
    const message = new Sent(id, threadId ?? id, account.email, { raw, parsed }, to);
    if (this.options.remembers !== false) {
      const delivered = asDelivered(raw, parsed, account);
      const letter = new Kept(id, { raw: delivered, parsed: await parseMail(delivered) });
      this.#keep(message, letter);
    }
    this.options.onMessage?.(message);
    return message;
  }

  #keep(message: Sent, letter: Kept): void {
    for (const address of message.deliveredTo) {
      const mailbox = this.#mailboxes.get(address);
      if (mailbox === undefined) this.#mailboxes.set(address, [letter]);
      else mailbox.push(letter);
    }
    this.#messages.push(message);
    const bytes = message.raw.length + letter.raw.length;
    this.#whole.push({ bytes, both: [message, letter] });
    this.#bytes += bytes;
    const { whole = WHOLE } = this.options;
    while (
      this.#whole.length > 1 &&
      (this.#whole.length > whole.messages || this.#bytes > whole.bytes)
    ) {
      const oldest = this.#whole.shift();
      this.#bytes -= oldest?.bytes ?? 0;
      for (const one of oldest?.both ?? []) one.letGo();
    }
  }
}

export interface Letter {
  readonly raw: Buffer;
  readonly parsed: ParsedMail;
  /** Recipients' addresses in lower case. */
  readonly to: readonly string[];
  readonly threadId: string | undefined;
}
