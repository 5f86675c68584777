import type { DescMethod, MessageInitShape, DescMessage } from '@bufbuild/protobuf';
import type {
  handleBidiStreamingCall, handleServerStreamingCall, handleUnaryCall, ServerDuplexStream, ServerWritableStream,
} from '@grpc/grpc-js';
import { freeBytes } from '../../application/free-bytes.ts';
import { ok, type Result } from '../../contract/errors.ts';
import { auditNoteOf, type AuditOptions } from '../access/audit-rule.ts';
import type { Admission } from './admission.ts';
import { assertSize, decode, encode } from './codec.ts';
import type { RpcExchange } from './exchange.ts';
import type { RpcLog } from './log.ts';
import type { AnyHandler, AuditedCall, RpcCall } from './rpc.ts';
import { statusOf, type RpcStatus } from './status.ts';
import { incoming, Sending } from './streams.ts';

export interface Serving {
  readonly admission: Pick<Admission, 'exchangeOf'>;
  readonly log: RpcLog;
  readonly maxMessageBytes: number;
  /** Absent: nothing is remembered of who changed what. */
  readonly audit?: AuditOptions | undefined;
}

/** Messages are bytes for the library: what is wrong with them is ours to say. */
export function serveUnary(
  { admission, log, maxMessageBytes, audit }: Serving,
  { input, output }: DescMethod,
  handler: AnyHandler<'unary'>,
  auditOf?: (request: never) => AuditedCall,
): handleUnaryCall<Buffer, Buffer> {
  return (call, respond) => {
    const exchange = admission.exchangeOf(call.metadata);
    const work = async (): Promise<Result<Buffer>> => {
      const request = decode(input, call.request);
      if (!request.ok) return request;
      const note = audit && auditOf && noteOf(audit, exchange, auditOf(request.value as never));
      const known = callOf(exchange);
      const context = note && known.context ? { ...known.context, audit: note } : known.context;
      const answered = await handler({ ...known, context, request: request.value });
      if (answered.ok && note) await audit.trail.finish(note);
      return answered.ok ? ok(encode(output, answered.value, maxMessageBytes)) : answered;
    };
    const { span } = exchange;
    const answer = (): Promise<Outcome<Buffer>> => outcome(log, exchange, work);
    void (span === null ? answer() : span.within(answer)).then((done) => {
      if (done.ok) respond(null, done.value);
      else respond(done.status);
    });
  };
}

export function serveStream(
  { admission, log, maxMessageBytes }: Serving,
  { input, output }: DescMethod,
  handler: AnyHandler<'server_streaming'>,
): handleServerStreamingCall<Buffer, Buffer> {
  return (call) => {
    const exchange = admission.exchangeOf(call.metadata);
    const outgoing = outgoingOf(call, output, maxMessageBytes);
    void outcome(log, exchange, async () => {
      const request = decode(input, call.request);
      return request.ok ? handler({ ...callOf(exchange), request: request.value, ...outgoing }) : request;
    }).then((done) => finish(call, done));
  };
}

export function serveDuplex(
  { admission, log, maxMessageBytes }: Serving,
  { input, output }: DescMethod,
  handler: AnyHandler<'bidi_streaming'>,
): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    const exchange = admission.exchangeOf(call.metadata);
    const outgoing = outgoingOf(call, output, maxMessageBytes);
    void outcome(log, exchange, async () => {
      const requests = decoded(input, incoming(call, exchange));
      try {
        return await handler({ ...callOf(exchange), requests, ...outgoing });
      } catch (thrown) {
        if (thrown instanceof Unreadable) return thrown.refused;
        throw thrown;
      }
    }).then((done) => finish(call, done));
  };
}

type Refused = Extract<Result<never>, { ok: false }>;

/** Unwinds a handler that goes through messages one of which is none. */
class Unreadable extends Error {
  readonly refused: Refused;

  constructor(refused: Refused) {
    super(refused.refusal.message);
    this.refused = refused;
  }
}

async function* decoded<I extends DescMessage>(schema: I, messages: AsyncIterable<Buffer>) {
  for await (const bytes of messages) {
    const message = decode(schema, bytes);
    if (!message.ok) throw new Unreadable(message);
    yield message.value;
  }
}

function callOf(exchange: RpcExchange): RpcCall {
  const { context, requestId, idempotencyKey, deadline, peer, signal } = exchange;
  return { context, correlationId: requestId, idempotencyKey, deadline, peer, signal };
}

function noteOf(audit: AuditOptions, exchange: RpcExchange, { action, id, body }: AuditedCall) {
  const { context } = exchange;
  if (context === null) return null;
  const params = id === undefined ? {} : { id };
  return auditNoteOf(audit, { name: action }, context, { params, body }, () => exchange.address);
}

type Call = ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;

function outgoingOf(call: Call, output: DescMessage, mostBytes: number) {
  const sending = new Sending(call);
  return {
    send: async (message: MessageInitShape<DescMessage>): Promise<void> =>
      sending.send(encode(output, message, mostBytes)),
    sendEncoded: async (bytes: Uint8Array): Promise<void> => {
      assertSize(output, bytes, mostBytes);
      // Others may have the same bytes, and free them while these wait.
      const copy = Buffer.from(bytes);
      return sending.send(copy, () => freeBytes(copy));
    },
  };
}

type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly status: RpcStatus };

/** Nothing that a handler throws gets past here. */
async function outcome<T>(log: RpcLog, exchange: RpcExchange, work: () => Promise<Result<T>>): Promise<Outcome<T>> {
  try {
    const result = await work();
    const refusal = exchange.ended?.refusal ?? (result.ok ? null : result.refusal);
    return refusal === null && result.ok ? result : { ok: false, status: statusOf(refusal!) };
  } catch (thrown) {
    return { ok: false, status: statusOf(log.refusalOf(exchange, thrown)) };
  }
}

function finish(call: Call, done: Outcome<unknown>): void {
  if (call.destroyed) return;
  if (done.ok) call.end();
  // So the library takes the status of a stream: https://grpc.io/docs/languages/node/basics/
  else call.emit('error', done.status);
}
