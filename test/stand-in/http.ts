/** Requests read whole before they are answered, so that a misbehaviour can look at their form. */
import { IncomingMessage } from 'node:http';
import type { Provider } from 'oidc-provider';

/** `oidc-provider` is a Koa application; the stand-in's own endpoints are middleware before it. */
export type Middleware = Parameters<Provider['use']>[0];
export type Context = Parameters<Middleware>[0];

/** A request that hands its body out again, which is also at hand as `body`. */
export class BufferedRequest extends IncomingMessage {
  constructor(
    original: IncomingMessage,
    readonly body: Buffer,
    /** The body was longer than the limit and has been thrown away. */
    readonly tooLarge: boolean,
  ) {
    super(original.socket);
    this.method = original.method;
    this.url = original.url;
    this.headers = original.headers;
    this.httpVersion = original.httpVersion;
    this.httpVersionMajor = original.httpVersionMajor;
    this.httpVersionMinor = original.httpVersionMinor;
    this.push(body);
    this.push(null);
    this.complete = true;
  }

  /** The fields of the form (POST) or of the query: names and values. */
  fields(): URLSearchParams {
    const isForm = this.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    const query = new URL(this.url ?? '/', 'http://stand-in').searchParams;
    return isForm ? new URLSearchParams([...query, ...this.#form()]) : query;
  }

  #form(): URLSearchParams {
    return new URLSearchParams(this.body.toString());
  }
}

/**
 * Reads a request to its end. A body over `limit` bytes is read and thrown away, so that the
 * sender is there to hear the answer instead of meeting a reset connection.
 */
export async function bufferRequest(
  request: IncomingMessage,
  limit: number,
): Promise<BufferedRequest> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= limit) {
      chunks.push(chunk);
    } else {
      chunks.length = 0;
    }
  }
  return new BufferedRequest(request, Buffer.concat(chunks), length > limit);
}
