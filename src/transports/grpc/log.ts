import { status as statuses } from '@grpc/grpc-js';
import { unavailableBecause } from '../../application/unavailable.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import { traceFields } from '../access/request-headers.ts';
import { CallEnded, type RpcExchange } from './exchange.ts';

type Say = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface RpcLogOptions {
  readonly logger: Readonly<Record<'debug' | 'info' | 'error', Say>>;
  /** `status` by its name: NOT_FOUND. */
  readonly observe?: ((path: string, status: string, seconds: number) => void) | undefined;
}

interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What the log and the metrics hear of calls. */
export class RpcLog {
  readonly #options: RpcLogOptions;

  constructor(options: RpcLogOptions) {
    this.#options = options;
  }

  ended({ path, requestId, peer, startedAt, context, span }: RpcExchange, code: number): void {
    const { logger, observe } = this.#options;
    const status = statuses[code] ?? String(code);
    const ms = performance.now() - startedAt;
    observe?.(path, status, ms / 1_000);
    span?.answered(status);
    const userId = context?.caller.userId ?? null;
    const level = isQuiet(path) ? 'debug' : faults.has(code) ? 'error' : 'info';
    logger[level]('call', {
      requestId, method: path, status, ms: Math.round(ms * 100) / 100, userId, peer,
      ...traceFields(context?.traceparent ?? null),
    });
  }

  /** What to say of whatever was thrown. What should never happen goes to the log, not to the client. */
  refusalOf({ path, requestId, ended }: Pick<RpcExchange, 'path' | 'requestId' | 'ended'>, thrown: unknown): Failure {
    if (thrown instanceof CallEnded) return ended?.refusal ?? thrown.refusal ?? gone;
    // What is waited for with the call's signal may throw an AbortError of its own.
    if (ended !== null && thrown instanceof Error && thrown.name === 'AbortError') return ended.refusal ?? gone;
    const unavailable = unavailableBecause(thrown);
    if (unavailable !== null) return unavailable;
    const error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    this.#options.logger.error('a call failed', { requestId, method: path, error });
    const message = `The server failed to answer; its log has the details under request ${requestId}.`;
    return { code: 'internal', message, details: { requestId } };
  }
}

/** Nobody hears it. */
const gone: Failure = { code: 'unavailable', message: 'The call was canceled.' };

/** Probes, and what tools ask for themselves: asked so often that the log would hold nothing else. */
export function isQuiet(path: string): boolean {
  return path.startsWith('/grpc.');
}

const faults: ReadonlySet<number> = new Set([statuses.INTERNAL, statuses.UNKNOWN, statuses.DATA_LOSS]);
