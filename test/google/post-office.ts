/** Takes messages in and puts them into mailboxes in memory, which tests read. */
import { randomBytes } from 'node:crypto';
import { type ParsedMail, simpleParser } from 'mailparser';
import type { Account } from './accounts.js';
import { asDelivered } from './message.js';

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

export class PostOffice {
  readonly #messages: SentMessage[] = [];
  readonly #mailboxes = new Map<string, DeliveredMessage[]>();

  constructor(private readonly onMessage: (message: SentMessage) => void = () => {}) {}

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
    const delivered = asDelivered(raw, parsed, account);
    const letter = { id, raw: delivered, parsed: await simpleParser(delivered) };
    for (const address of to) {
      this.#mailboxes.set(address, [...this.mailbox(address), letter]);
    }
    const message = {
      id,
      threadId: threadId ?? id,
      account: account.email,
      raw,
      parsed,
      acceptedAt: new Date(),
      deliveredTo: to,
    };
    this.#messages.push(message);
    this.onMessage(message);
    return message;
  }
}

export interface Letter {
  readonly raw: Buffer;
  readonly parsed: ParsedMail;
  /** Recipients' addresses in lower case. */
  readonly to: readonly string[];
  readonly threadId: string | undefined;
}
