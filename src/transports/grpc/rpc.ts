import type { DescMessage, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { Role } from '../../application/caller.ts';
import type { RequestContext } from '../../application/request.ts';
import type { Result } from '../../contract/errors.ts';

/** Which role a service's calls need. `none`: they need no credentials, or bring them in their messages. */
export type RpcAccess = Role | 'none';

/** What a method's handler is given beside its messages. */
export interface RpcCall<A extends RpcAccess = RpcAccess> {
  /** Null where no credentials are needed. */
  readonly context: A extends 'none' ? null : RequestContext;
  readonly correlationId: string;
  /** Of the metadata `idempotency-key`. */
  readonly idempotencyKey: string | undefined;
  /** Until when the client waits, in milliseconds since 1970; null: for ever. */
  readonly deadline: number | null;
  /** The client's address and port, as far as they are known. */
  readonly peer: string;
  /**
   * Aborted when the call is over for whatever reason: canceled, past its deadline, its token ended; and for streams
   * when the server shuts down. The reason is a `CallEnded`. A function, because asking for it costs time.
   */
  readonly signal: () => AbortSignal;
}

interface Outgoing<O extends DescMessage> {
  /**
   * Resolves when there is room for another message: as long as the client does not read, it does not.
   *
   * @throws {CallEnded} once nothing can be sent any more
   */
  send(message: MessageInitShape<O>): Promise<void>;
  /** The same for a message that many are sent, as `encode` makes it. The bytes are the caller's again at once. */
  sendEncoded(bytes: Uint8Array): Promise<void>;
}

interface Incoming<I extends DescMessage> {
  /**
   * In order, each as soon as the one before it was taken; ends when the client has no more. To be gone through once.
   *
   * @throws {CallEnded} once the call is over
   */
  readonly requests: AsyncIterable<MessageShape<I>>;
}

interface Asked<I extends DescMessage> {
  readonly request: MessageShape<I>;
}

type UnaryHandler<A extends RpcAccess, I extends DescMessage, O extends DescMessage> = (
  call: RpcCall<A> & Asked<I>,
) => Promise<Result<MessageInitShape<O>>>;

/** The stream ends when it resolves. */
type StreamHandler<A extends RpcAccess, I extends DescMessage, O extends DescMessage> = (
  call: RpcCall<A> & Asked<I> & Outgoing<O>,
) => Promise<Result<unknown>>;

/** The stream ends when it resolves. */
type DuplexHandler<A extends RpcAccess, I extends DescMessage, O extends DescMessage> = (
  call: RpcCall<A> & Incoming<I> & Outgoing<O>,
) => Promise<Result<unknown>>;

/** By a method's kind; streams from the client alone are not used. */
interface HandlerKinds<A extends RpcAccess, I extends DescMessage, O extends DescMessage> {
  readonly unary: UnaryHandler<A, I, O>;
  readonly server_streaming: StreamHandler<A, I, O>;
  readonly bidi_streaming: DuplexHandler<A, I, O>;
  readonly client_streaming: never;
}

interface AnyMethod {
  readonly methodKind: keyof HandlerKinds<RpcAccess, DescMessage, DescMessage>;
  readonly input: DescMessage;
  readonly output: DescMessage;
}

type HandlerOf<M extends AnyMethod, A extends RpcAccess> = HandlerKinds<A, M['input'], M['output']>[M['methodKind']];

/** A handler for each method of a service, by its name in camelCase. */
export type RpcHandlers<S extends DescService, A extends RpcAccess> = {
  readonly [M in keyof S['method']]: HandlerOf<S['method'][M], A>;
};

export type AnyHandler<K extends AnyMethod['methodKind']> = HandlerKinds<RpcAccess, DescMessage, DescMessage>[K];

/** What the audit is to keep of a call: by the route that does the same, and as that route would be asked. */
export interface AuditedCall {
  /** The route's name. */
  readonly action: string;
  /** Of what is changed; empty: it has none yet. */
  readonly id?: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** By methods: those that the audit says nothing of are left out. */
export type AuditedCalls<S extends DescService> = {
  readonly [M in keyof S['method']]?: (request: MessageShape<S['method'][M]['input']>) => AuditedCall;
};

/** A service with what answers it. */
export interface MountedRpc {
  readonly service: DescService;
  readonly access: RpcAccess;
  readonly handlers: Readonly<Record<string, unknown>>;
  readonly audits: Readonly<Record<string, ((request: never) => AuditedCall) | undefined>>;
}

export function mountedRpc<S extends DescService, const A extends RpcAccess>(
  service: S,
  access: A,
  handlers: RpcHandlers<S, A>,
  audits: AuditedCalls<S> = {},
): MountedRpc {
  return { service, access, handlers, audits: audits as MountedRpc['audits'] };
}
