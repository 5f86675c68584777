/** Calls to the Docker Engine that always settle: with an answer, a ProviderFailure, a timeout or an abort. */
import type Docker from 'dockerode';
import type { DockerConnection } from './connection.ts';
import { ProviderFailure } from '../../ports/provider.ts';

interface CallOptions {
  /** Status codes for which the call resolves with null instead of failing. */
  readonly accept?: readonly number[];
  /** Default: the timeout given to the constructor. */
  readonly timeoutMs?: number;
}

export class Engine {
  readonly docker: Docker;
  readonly #address: string;
  readonly #timeoutMs: number;

  constructor({ docker, address }: DockerConnection, timeoutMs: number) {
    this.docker = docker;
    this.#address = address;
    this.#timeoutMs = timeoutMs;
  }

  async call<T>(
    signal: AbortSignal,
    perform: (abortSignal: AbortSignal) => Promise<T>,
    { accept = [], timeoutMs = this.#timeoutMs }: CallOptions = {},
  ): Promise<T | null> {
    signal.throwIfAborted();
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(signal.reason);
    const tooLong = new ProviderFailure('unreachable', this.#silent(timeoutMs), { retryable: true });
    const timer = setTimeout(() => controller.abort(tooLong), timeoutMs);
    signal.addEventListener('abort', onAbort);
    // dockerode's promise never settles if the connection breaks in the middle of a response.
    const aborted = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
    });
    try {
      return await Promise.race([perform(controller.signal), aborted]);
    } catch (error) {
      if (controller.signal.aborted) throw controller.signal.reason;
      const { statusCode = 0 } = error as { statusCode?: number };
      if (accept.includes(statusCode)) return null;
      throw this.failure(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Converts an error of the Engine or of the connection. */
  failure(error: unknown): ProviderFailure {
    if (error instanceof ProviderFailure) return error;
    const { statusCode, code } = error as { statusCode?: number; code?: string };
    if (statusCode !== undefined) return refused(statusCode, messageOf(error), error);
    if (code === 'EACCES' || code === 'EPERM') {
      const message = `The server may not use ${this.#address}: add its user to the group "docker".`;
      return new ProviderFailure('forbidden', message, { retryable: false, cause: error });
    }
    const why = (error as Error).message;
    const message = `Docker does not answer at ${this.#address} (${why}): start it or configure another address.`;
    return new ProviderFailure('unreachable', message, { retryable: true, cause: error });
  }

  #silent(timeoutMs: number): string {
    return `Docker at ${this.#address} does not answer within ${timeoutMs / 1_000} s.`;
  }
}

/** An error reported inside a successful response, such as a pull that fails half-way. */
export class EngineError extends Error {
  readonly statusCode = 500;
}

/** The Engine's own message, without what dockerode adds to it. */
export function messageOf(error: unknown): string {
  const { json, message } = error as { json?: { message?: unknown } | null; message?: string };
  return String(json?.message ?? message ?? error).trim();
}

function refused(status: number, said: string, cause: unknown): ProviderFailure {
  const message = `Docker says: ${said}${/[.!?]$/.test(said) ? '' : '.'}`;
  const fail = (code: ProviderFailure['code'], retryable: boolean) =>
    new ProviderFailure(code, message, { retryable, cause });
  if (status === 401 || status === 403) return fail('forbidden', false);
  if (/no space left on device|cannot allocate memory|no available IPv4 addresses/i.test(said)) {
    return fail('capacity', true);
  }
  if (status === 400 || /could not select device driver/.test(said)) return fail('invalid', false);
  return fail('failed', status >= 500 || status === 409);
}
