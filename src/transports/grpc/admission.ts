import {
  Metadata, ServerInterceptingCall, ServerListenerBuilder, type ServerInterceptor,
} from '@grpc/grpc-js';
import { requireRole } from '../../application/caller.ts';
import { badFields, grpcStatuses, type Result } from '../../contract/errors.ts';
import { noCredentials, notAuthenticated, tokenEnded, type Authenticate } from '../access/authenticator.ts';
import { clientAddress } from '../access/forwarded.ts';
import { OpenRequests } from '../access/open-requests.ts';
import type { Permits } from '../access/permits.ts';
import { idempotencyKeyProblem, usableTraceparent, usableRequestId } from '../access/request-headers.ts';
import { CallEnded, clientGone, RpcExchange, shuttingDown, type CallSpan } from './exchange.ts';
import { isQuiet, type RpcLog } from './log.ts';
import type { RpcAccess } from './rpc.ts';
import { statusOf } from './status.ts';

export interface AdmissionOptions {
  readonly authenticate: Authenticate;
  /** Whether to say in UNAUTHENTICATED that any user id is a token. */
  readonly devMode: boolean;
  readonly newRequestId: () => string;
  /** Whether the last address in x-forwarded-for is the client's. */
  readonly trustProxy: boolean;
  /** What a user may have under way at once; of calls without credentials, an address. */
  readonly permits: { readonly calls: Permits; readonly streams: Permits };
  /** How long a request may take to come, and the first one of a stream. Milliseconds. */
  readonly requestMs: number;
  readonly log: RpcLog;
  /** Begins to trace a call; absent: nothing is traced. */
  readonly trace?: ((path: string, traceparent: string | null) => CallSpan) | undefined;
}

/** By path. */
export type AccessOf = (path: string) => RpcAccess;

/**
 * Looks at a call when nothing but its metadata has come: whoever may not call cannot make the server take anything
 * more. Keeps the calls that were let in.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #accessOf: AccessOf;
  readonly #open: OpenRequests;
  readonly #byMetadata = new WeakMap<Metadata, RpcExchange>();
  readonly #streams = new Set<RpcExchange>();
  #isDraining = false;

  constructor(options: AdmissionOptions, accessOf: AccessOf) {
    this.#options = options;
    this.#accessOf = accessOf;
    this.#open = new OpenRequests(options.authenticate);
  }

  /** Of a call that was let in. */
  exchangeOf(metadata: Metadata): RpcExchange {
    const exchange = this.#byMetadata.get(metadata);
    if (exchange === undefined) throw new TypeError('a call has bypassed admission');
    return exchange;
  }

  /** Ends the streams that there are, and those that still come. */
  drain(): void {
    this.#isDraining = true;
    const ended = new CallEnded(shuttingDown.refusal);
    for (const stream of this.#streams) stream.end(ended);
  }

  readonly interceptor: ServerInterceptor = ({ path, requestStream, responseStream }, call) => {
    const given = call.getDeadline();
    const deadline = given === Infinity ? null : Number(given);
    let exchange: RpcExchange | null = null;
    let status: number | null = null;
    let timer: NodeJS.Timeout | null = null;
    let release = (): void => {};
    const over = (): void => {
      if (timer !== null) clearTimeout(timer);
      if (exchange === null) return;
      const isLate = deadline !== null && deadline <= Date.now();
      exchange.end(clientGone);
      this.#forget(exchange);
      release();
      this.#options.log.ended(exchange, status ?? grpcStatuses[isLate ? 'DEADLINE_EXCEEDED' : 'CANCELLED']);
      exchange = null;
    };
    const fail = (refused: Parameters<typeof statusOf>[0], requestId: string): void => {
      const told = statusOf(refused);
      told.metadata.set('x-request-id', requestId);
      status = told.code;
      call.sendStatus(told);
    };
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        const isStream = requestStream || responseStream;
        const requestId = usableRequestId(textOf(metadata, 'x-request-id')) ?? this.#options.newRequestId();
        const peer = call.getPeer();
        const address = this.#addressOf(peer, metadata);
        const begun = (exchange = new RpcExchange({ path, requestId, peer, address, deadline, isStream }));
        void this.#admit(begun, metadata).then(
          (admitted) => {
            if (!admitted.ok) return fail(admitted.refusal, requestId);
            release = admitted.value;
            // It was canceled while its caller was looked up.
            if (exchange === null) {
              this.#forget(begun);
              return release();
            }
            timer = setTimeout(() => fail(late, requestId), this.#options.requestMs);
            next(metadata);
          },
          (thrown: unknown) => fail(this.#options.log.refusalOf(begun, thrown), requestId),
        );
      })
      .withOnReceiveMessage((message, next) => {
        if (timer !== null && requestStream) clearTimeout(timer);
        next(message);
      })
      .withOnReceiveHalfClose((next) => {
        if (timer !== null) clearTimeout(timer);
        next();
      })
      .withOnCancel(over)
      .build();
    return new ServerInterceptingCall(call, {
      start: (next) => next(listener),
      sendStatus: (sent, next) => {
        const metadata = sent.metadata ?? new Metadata();
        if (exchange !== null) metadata.set('x-request-id', exchange.requestId);
        status = sent.code ?? null;
        next({ ...sent, metadata });
      },
    });
  };

  /** The value is to be called when the call is over. */
  async #admit(exchange: RpcExchange, metadata: Metadata): Promise<Result<() => void>> {
    const { authenticate, devMode, permits, trace } = this.#options;
    const given = usableTraceparent(textOf(metadata, 'traceparent'));
    // A stream lasts for hours, and probes come all the time.
    if (!exchange.isStream && !isQuiet(exchange.path)) exchange.span = trace?.(exchange.path, given) ?? null;
    const access = this.#accessOf(exchange.path);
    const key = textOf(metadata, 'idempotency-key');
    const keyProblem = key === undefined ? null : idempotencyKeyProblem(key);
    if (keyProblem !== null) return { ok: false, refusal: badFields({ 'idempotency-key': keyProblem }) };
    exchange.idempotencyKey = key;
    let asks = `address ${exchange.address}`;
    if (access !== 'none') {
      const sent = textOf(metadata, 'authorization');
      const known = sent === undefined ? noCredentials : await authenticate(sent);
      if (!known.ok || sent === undefined) {
        return { ok: false, refusal: notAuthenticated((known.ok ? noCredentials : known).problem, devMode) };
      }
      const { caller, credentials } = known;
      const refused = requireRole(caller, access);
      if (refused !== null) return refused;
      const traceparent = exchange.span?.traceparent ?? given;
      exchange.context = { caller, credentials, correlationId: exchange.requestId, traceparent };
      asks = caller.userId;
      if (exchange.isStream) this.#lookAfter(exchange, sent);
    }
    this.#byMetadata.set(metadata, exchange);
    if (!exchange.isStream) return permits.calls.take(asks);
    if (this.#isDraining) return shuttingDown;
    const permit = permits.streams.take(asks);
    if (permit.ok) this.#streams.add(exchange);
    return permit;
  }

  #addressOf(peer: string, metadata: Metadata): string {
    const bare = peer.replace(/:\d+$/, '');
    const header = metadata.get('x-forwarded-for').join(',');
    return clientAddress(this.#options.trustProxy, header, bare) ?? bare;
  }

  #forget(exchange: RpcExchange): void {
    exchange.open?.close();
    this.#streams.delete(exchange);
  }

  /** A stream ends with the token that it was opened with. */
  #lookAfter(exchange: RpcExchange, sent: string): void {
    const open = this.#open.open(sent, exchange.context!.caller);
    open.ended.addEventListener('abort', () => exchange.end(new CallEnded(tokenEnded)), { once: true });
    exchange.open = open;
  }
}

const late = { code: 'invalid_request', message: 'The request was not received in time.' } as const;

function textOf(metadata: Metadata, name: string): string | undefined {
  const [value] = metadata.get(name);
  return typeof value === 'string' ? value : undefined;
}
