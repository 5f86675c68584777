import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { ClientDuplexStream, ClientReadableStream, StatusObject } from '@grpc/grpc-js';
import { RpcError } from './rpc-error.ts';

/** What a server sends. To be gone through once; whoever stops before its end cancels the call. */
export interface RpcSource<O extends DescMessage> extends AsyncIterable<MessageShape<O>> {
  /** Resolves with the call's end, however it came; the error that it ended with, or null. */
  readonly ended: Promise<RpcError | null>;
  cancel(): void;
}

interface Sink<I extends DescMessage> {
  readonly call: ClientDuplexStream<Buffer, Buffer>;
  readonly encode: (message: MessageInitShape<I>) => Buffer;
}

/** A call on which both sides send. */
export class RpcStream<I extends DescMessage, O extends DescMessage> implements RpcSource<O> {
  readonly ended: Promise<RpcError | null>;
  readonly #call: ClientReadableStream<Buffer>;
  readonly #sink: Sink<I> | null;
  readonly #decode: (bytes: Buffer) => MessageShape<O>;
  #error: RpcError | null = null;
  #over = false;
  #wake = (): void => {};

  constructor(call: ClientReadableStream<Buffer>, sink: Sink<I> | null, decode: (bytes: Buffer) => MessageShape<O>) {
    this.#call = call;
    this.#sink = sink;
    this.#decode = decode;
    const wake = (): void => this.#wake();
    for (const name of ['readable', 'end', 'close', 'drain']) call.on(name, wake);
    // Said by the status as well; unheard it would end the process.
    call.on('error', wake);
    this.ended = new Promise((resolve) => {
      call.on('status', (status: StatusObject) => {
        this.#over = true;
        this.#error = status.code === 0 ? null : new RpcError(status);
        resolve(this.#error);
        this.#wake();
      });
    });
  }

  /**
   * Resolves when there is room for another message. One at a time.
   *
   * @throws {RpcError} once the call is over
   */
  async send(message: MessageInitShape<I>): Promise<void> {
    if (this.#sink === null) throw new TypeError('the client has nothing more to send on this call');
    const { call, encode } = this.#sink;
    if (this.#over) throw this.#error ?? new TypeError('the call is over');
    if (call.write(encode(message))) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        for (const name of settled) call.off(name, settle);
        resolve();
      };
      for (const name of settled) call.on(name, settle);
    });
    if (this.#error !== null) throw this.#error;
  }

  /** Nothing more will be sent. */
  end(): void {
    this.#sink?.call.end();
  }

  cancel(): void {
    this.#call.cancel();
  }

  /** @throws {RpcError} when the call does not end well */
  async *[Symbol.asyncIterator](): AsyncGenerator<MessageShape<O>, void, undefined> {
    const call = this.#call;
    try {
      for (;;) {
        const bytes = call.read() as Buffer | null;
        if (bytes !== null) yield this.#decode(bytes);
        else if (this.#over && (call.readableEnded || call.destroyed || call.readableLength === 0)) break;
        else await new Promise<void>((resolve) => void (this.#wake = resolve));
      }
      if (this.#error !== null) throw this.#error;
    } finally {
      if (!this.#over) call.cancel();
    }
  }
}

const settled = ['drain', 'close', 'status', 'finish'] as const;
