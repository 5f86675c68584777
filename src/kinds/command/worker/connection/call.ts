import { X509Certificate } from 'node:crypto';
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2';
import { checkServerIdentity } from 'node:tls';

/*
 * One bidirectional gRPC call over a connection of its own. The usual library takes 45 ms of a core to load, at the
 * start of each job; a call is this much: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */

export interface CallOptions {
  /** `host:port`; an IPv6 address in brackets. */
  readonly address: string;
  /** The server's certificate, or who may sign it (PEM); null: plain HTTP/2. */
  readonly tlsCa: string | null;
  /** `/package.Service/Method` */
  readonly path: string;
  /** Until when the connection has to be there. Milliseconds. */
  readonly connectMs: number;
  readonly maxMessageBytes: number;
  readonly onMessage: (bytes: Uint8Array) => void;
  /** The server is there, whatever it sent. */
  readonly onHeard: () => void;
}

/** How a call ended. */
export interface CallEnd {
  /** A gRPC status; null: the connection broke or was never established. */
  readonly status: number | null;
  /** One of the server's error codes, where it gave one. */
  readonly code: string | null;
  readonly message: string;
}

export interface Call {
  /** False, and nothing is sent, once the call is over. */
  send(bytes: Uint8Array): boolean;
  readonly ended: Promise<CallEnd>;
  /** Asks a server that has been silent for so long for an answer, and gives it so long. Milliseconds. */
  watch(silenceMs: number, answerMs: number): void;
  /** Nothing more is sent; what was is delivered. */
  end(): void;
  /** At once. */
  cancel(): void;
}

export const unauthenticated = 16;

export function openCall(options: CallOptions): Call {
  return new Http2Call(options);
}

class Http2Call implements Call {
  readonly ended: Promise<CallEnd>;
  readonly #options: CallOptions;
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;
  #received: Buffer = Buffer.alloc(0);
  #heardAt = performance.now();
  #asked = false;
  #isOver = false;
  #resolve!: (end: CallEnd) => void;
  /** Until there is a connection, then for looks at it. */
  #timer: NodeJS.Timeout;

  constructor(options: CallOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => void (this.#resolve = resolve));
    const { address, tlsCa, path, connectMs } = options;
    const scheme = tlsCa === null ? 'http' : 'https';
    const session = connect(`${scheme}://${address}`, tlsCa === null ? {} : tlsOptions(tlsCa));
    this.#session = session;
    session.on('error', (error) => this.#over({ status: null, code: null, message: reasonOf(error) }));
    session.on('goaway', () => this.#over({ status: null, code: null, message: 'the server is shutting down' }));
    session.on('close', () => this.#over({ status: null, code: null, message: 'the connection was closed' }));
    session.once('connect', () => {
      clearTimeout(this.#timer);
      this.#heard();
    });
    this.#timer = setTimeout(() => {
      this.#over({ status: null, code: null, message: `there was no connection within ${connectMs / 1_000} s` });
    }, connectMs);
    this.#stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_SCHEME]: scheme,
      [constants.HTTP2_HEADER_PATH]: path,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [constants.HTTP2_HEADER_TE]: 'trailers',
    });
    this.#listen(this.#stream);
  }

  #listen(stream: ClientHttp2Stream): void {
    let told: IncomingHttpHeaders = {};
    stream.on('response', (headers) => {
      this.#heard();
      told = headers;
    });
    stream.on('trailers', (headers) => (told = { ...told, ...headers }));
    stream.on('data', (bytes: Buffer) => this.#data(bytes));
    stream.on('error', (error) => this.#over({ status: null, code: null, message: reasonOf(error) }));
    stream.on('end', () => this.#over(endOf(told)));
    stream.on('close', () => this.#over(endOf(told)));
  }

  send(bytes: Uint8Array): boolean {
    if (this.#isOver || this.#stream.writableEnded) return false;
    // Five bytes: not compressed, and how long it is.
    const frame = Buffer.allocUnsafe(bytes.length + 5);
    frame[0] = 0;
    frame.writeUInt32BE(bytes.length, 1);
    frame.set(bytes, 5);
    this.#stream.write(frame);
    return true;
  }

  watch(silenceMs: number, answerMs: number): void {
    clearInterval(this.#timer);
    if (!this.#isOver) this.#timer = setInterval(() => this.#look(silenceMs, answerMs), Math.max(10, silenceMs / 2));
  }

  end(): void {
    if (!this.#isOver) this.#stream.end();
  }

  cancel(): void {
    this.#over({ status: null, code: null, message: 'the call was canceled' });
  }

  #data(bytes: Buffer): void {
    this.#heard();
    let rest = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    while (rest.length >= 5 && !this.#isOver) {
      const length = rest.readUInt32BE(1);
      if (rest[0] !== 0 || length > this.#options.maxMessageBytes) {
        const message = rest[0] === 0 ? `a message has ${length} bytes` : 'a message is compressed';
        return this.#over({ status: null, code: null, message });
      }
      if (rest.length < length + 5) break;
      const message = rest.subarray(5, length + 5);
      rest = rest.subarray(length + 5);
      try {
        this.#options.onMessage(message);
      } catch (error) {
        return this.#over({
          status: null,
          code: null,
          message: `the server sent a message that cannot be read: ${(error as Error).message}`,
        });
      }
    }
    this.#received = rest;
  }

  #heard(): void {
    this.#heardAt = performance.now();
    this.#options.onHeard();
  }

  #look(silenceMs: number, answerMs: number): void {
    const silence = performance.now() - this.#heardAt;
    if (this.#asked && silence > silenceMs + answerMs) {
      return this.#over({ status: null, code: null, message: `nothing was heard for ${Math.round(silence)} ms` });
    }
    if (this.#asked || silence < silenceMs / 2) return;
    this.#asked = true;
    this.#session.ping((error) => {
      this.#asked = false;
      if (error === null) this.#heard();
    });
  }

  #over(end: CallEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    // Whatever else these say is no news.
    this.#stream.on('error', () => {}).destroy();
    this.#session.on('error', () => {}).destroy();
    this.#resolve(end);
  }
}

/** Whatever is in `ca` is trusted, roots or not. */
function tlsOptions(ca: string): SecureClientSessionOptions {
  const certificates = ca.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  const known = new Set(certificates.map((pem) => new X509Certificate(pem).fingerprint256));
  return {
    ca,
    allowPartialTrustChain: true,
    // The server's own certificate says who it is, whatever its host is called from here.
    checkServerIdentity: (host, peer) => (known.has(peer.fingerprint256) ? undefined : checkServerIdentity(host, peer)),
  };
}

function endOf(headers: IncomingHttpHeaders): CallEnd {
  const text = (name: string): string | null => {
    const value = headers[name];
    return typeof value === 'string' ? value : null;
  };
  const status = text('grpc-status');
  if (status === null) {
    return {
      status: null,
      code: null,
      message: `the call ended without a status (HTTP ${text(':status') ?? 'unknown'})`,
    };
  }
  return { status: Number(status), code: text('waybill-code'), message: decoded(text('grpc-message') ?? '') };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'nothing listens there';
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return 'there is no such host';
  return error.message || String(error.code ?? error.name);
}
