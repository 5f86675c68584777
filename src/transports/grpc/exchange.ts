import type { RequestContext } from '../../application/request.ts';
import { refuse, type Refusal } from '../../contract/errors.ts';
import type { OpenRequest } from '../access/open-requests.ts';

/** Why a call is over before its handler was done with it. */
export class CallEnded extends Error {
  override readonly name = 'CallEnded';
  /** What the client is told; null: it does not listen any more. */
  readonly refusal: Refusal | null;

  constructor(refusal: Refusal | null) {
    super(refusal?.message ?? 'The call was canceled by the client, or its deadline has passed.');
    this.refusal = refusal;
  }
}

/** One for all: an error takes its time to be made. */
export const clientGone = new CallEnded(null);

/** Why a stream ends before it has told everything. */
export const shuttingDown = refuse(
  'unavailable', 'The server is shutting down: connect to another one, or try again.',
);

/** What is told of a call to whoever traces. */
export interface CallSpan {
  readonly traceparent: string;
  within<T>(work: () => T): T;
  /** `status` by its name: NOT_FOUND. */
  answered(status: string): void;
}

/** What is known of a call, from its metadata to its status. */
export class RpcExchange {
  /** `/package.Service/Method` */
  readonly path: string;
  /** The client's `x-request-id` if it is fit to be logged, else a new one. */
  readonly requestId: string;
  readonly peer: string;
  /** The client's, without a port. */
  readonly address: string;
  /** Milliseconds since 1970; null: none. */
  readonly deadline: number | null;
  readonly isStream: boolean;
  readonly startedAt = performance.now();
  idempotencyKey: string | undefined;
  /** Null until the caller is known, and where none is needed. */
  context: RequestContext | null = null;
  /** Null where nothing is traced. */
  span: CallSpan | null = null;
  /** Of a stream, as long as its token is looked after. */
  open: OpenRequest | null = null;
  #ended: CallEnded | null = null;
  #controller: AbortController | null = null;

  constructor(of: Pick<RpcExchange, 'path' | 'requestId' | 'peer' | 'address' | 'deadline' | 'isStream'>) {
    this.path = of.path;
    this.requestId = of.requestId;
    this.peer = of.peer;
    this.address = of.address;
    this.deadline = of.deadline;
    this.isStream = of.isStream;
  }

  /** Null while it is under way. */
  get ended(): CallEnded | null {
    return this.#ended;
  }

  readonly signal = (): AbortSignal => {
    this.#controller ??= new AbortController();
    if (this.#ended !== null) this.#controller.abort(this.#ended);
    return this.#controller.signal;
  };

  /** The first reason counts. */
  end(why: CallEnded): void {
    if (this.#ended !== null) return;
    this.#ended = why;
    this.#controller?.abort(why);
  }
}
