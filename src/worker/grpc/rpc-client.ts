import {
  create, fromBinary, toBinary, type DescMessage, type DescMethodBiDiStreaming, type DescMethodServerStreaming,
  type DescMethodUnary, type MessageInitShape, type MessageShape,
} from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import { RpcError } from './rpc-error.ts';
import { RpcStream, type RpcSource } from './rpc-stream.ts';

export interface RpcClientOptions {
  /** `host:port`; an IPv6 address in brackets. */
  readonly address: string;
  /** Null: plain HTTP/2. */
  readonly tls: RpcClientTls | null;
  /** Sent with each call; left out: none is. */
  readonly token?: string;
  /** Milliseconds of silence after which the server is asked whether it is there, and for its answer. */
  readonly keepalive?: { readonly afterMs: number; readonly answerMs: number };
  /** Of one message, either way; 1 MiB unless given. */
  readonly maxMessageBytes?: number;
}

/** PEM. */
export interface RpcClientTls {
  /** Who may sign the server's certificate; null: who the system trusts. */
  readonly ca: Buffer | null;
  /** The client's own certificate, where the server asks for one. */
  readonly own?: { readonly cert: Buffer; readonly key: Buffer };
}

export interface RpcCallOptions {
  /** Cancels the call. */
  readonly signal?: AbortSignal;
  /** For the whole of it, in milliseconds; no limit unless given. */
  readonly timeoutMs?: number;
}

/** Calls to one server, over one connection that is made when it is needed. */
export class RpcClient {
  readonly #client: Client;
  readonly #token: string | undefined;

  constructor({ address, tls, token, keepalive, maxMessageBytes = 1_048_576 }: RpcClientOptions) {
    const { afterMs, answerMs } = keepalive ?? { afterMs: 10_000, answerMs: 20_000 };
    this.#token = token;
    this.#client = new Client(address, credentialsOf(tls), {
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': maxMessageBytes,
      'grpc.keepalive_time_ms': afterMs,
      'grpc.keepalive_timeout_ms': answerMs,
      'grpc.keepalive_permit_without_calls': 1,
      // A connection of its own: another client's failures are not to be waited out.
      'grpc.use_local_subchannel_pool': 1,
      // Whoever calls knows what may be said twice.
      'grpc.enable_retries': 0,
      'grpc.service_config_disable_resolution': 1,
    });
  }

  /**
   * Waits for the connection.
   *
   * @throws {Error} when there is none within the time
   */
  connected(withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.waitForReady(Date.now() + withinMs, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** @throws {RpcError} */
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    { signal, timeoutMs }: RpcCallOptions = {},
  ): Promise<MessageShape<O>> {
    return new Promise((resolve, reject) => {
      const answered = (error: ServiceError | null, bytes?: Buffer): void => {
        signal?.removeEventListener('abort', cancel);
        if (error !== null) return reject(new RpcError(error));
        resolve(fromBinary(method.output, bytes!));
      };
      const body = bytesOf(method.input, request);
      const call = this.#client.makeUnaryRequest(
        pathOf(method), plain, plain, body, this.#metadata(), deadlineIn(timeoutMs), answered,
      );
      const cancel = (): void => call.cancel();
      cancelBy(signal, cancel);
    });
  }

  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    { signal, timeoutMs }: RpcCallOptions = {},
  ): RpcSource<O> {
    const body = bytesOf(method.input, request);
    const call = this.#client.makeServerStreamRequest(
      pathOf(method), plain, plain, body, this.#metadata(), deadlineIn(timeoutMs),
    );
    cancelBy(signal, () => call.cancel());
    return new RpcStream(call, null, (bytes) => fromBinary(method.output, bytes));
  }

  duplex<I extends DescMessage, O extends DescMessage>(
    method: DescMethodBiDiStreaming<I, O>,
    { signal, timeoutMs }: RpcCallOptions = {},
  ): RpcStream<I, O> {
    const call = this.#client.makeBidiStreamRequest<Buffer, Buffer>(
      pathOf(method), plain, plain, this.#metadata(), deadlineIn(timeoutMs),
    );
    cancelBy(signal, () => call.cancel());
    const encode = (message: MessageInitShape<I>): Buffer => bytesOf(method.input, message);
    return new RpcStream(call, { call, encode }, (bytes) => fromBinary(method.output, bytes));
  }

  /** Calls that are under way go on to their end. */
  close(): void {
    this.#client.close();
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    if (this.#token !== undefined) metadata.set('authorization', `Bearer ${this.#token}`);
    return metadata;
  }
}

function credentialsOf(tls: RpcClientTls | null): ChannelCredentials {
  if (tls === null) return credentials.createInsecure();
  return credentials.createSsl(tls.ca, tls.own?.key ?? null, tls.own?.cert ?? null);
}

function pathOf({ parent, name }: { readonly parent: { readonly typeName: string }; readonly name: string }): string {
  return `/${parent.typeName}/${name}`;
}

function bytesOf<D extends DescMessage>(schema: D, message: MessageInitShape<D>): Buffer {
  const bytes = toBinary(schema, create(schema, message));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function deadlineIn(timeoutMs: number | undefined): { readonly deadline?: number } {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

function cancelBy(signal: AbortSignal | undefined, cancel: () => void): void {
  if (signal?.aborted) cancel();
  else signal?.addEventListener('abort', cancel, { once: true });
}

function plain(bytes: Buffer): Buffer {
  return bytes;
}
