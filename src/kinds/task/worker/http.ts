import { call } from '../../../worker/server/call.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { RequestError } from '../../../http/request-error.ts';
import type { Fetch } from '../../../http/request.ts';
import type { startChildTasks } from '../contract/work.ts';
import type { ExchangeAnswer, HeartbeatAnswer, ReportAnswer, TakeAnswer, WorkTransport } from './transport.ts';

/** One request, beside the time that a take waits. */
const requestMs = 15_000;
/** For the server to answer a take that waits, once it is told that the worker stops. */
const leaveMs = 1_000;
/** A thousand tasks of 256 KB. */
const maxAnswerBytes = 256 * 1024 ** 2;

/** Throws TypeError when `server` is no http or https URL. */
export function createHttpTransport(options: {
  /** Base URL of the Waybill server. */
  readonly server: string;
  /** Of somebody with the role operator. */
  readonly token: string;
  readonly fetch?: Fetch;
  /** Of the span that a request is made in, for the server to go on with; null: in none. */
  readonly traceparent?: () => string | null;
}): WorkTransport {
  const { token, fetch = globalThis.fetch, traceparent = () => null } = options;
  const server = options.server.replace(/\/+$/, '');
  if (!/^https?:\/\//.test(server) || !URL.canParse(server)) {
    throw new TypeError(`${JSON.stringify(options.server)} is not an http:// or https:// URL`);
  }
  const headers = { authorization: `Bearer ${token}` };
  const ask = (
    name: string, body: unknown, signal: AbortSignal, waitMs = 0, within: string | null = null,
  ): Promise<unknown> =>
    call(fetch, `${server}/api/v1/workers/${name}`, {
      headers: within === null ? headers : { ...headers, traceparent: within },
      body, signal, timeLimitMs: waitMs + requestMs, maxAnswerBytes,
    });
  const heartbeat: WorkTransport['heartbeat'] = (body, signal) =>
    ask('heartbeat', body, signal) as Promise<HeartbeatAnswer>;
  /** Hanging up at once could leave tasks with a worker that never heard of them. */
  const askAndWait = async (
    name: string, body: { readonly workerId: string; readonly waitMs?: number | undefined }, signal: AbortSignal,
  ): Promise<unknown> => {
    signal.throwIfAborted();
    const hangUp = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const leave = (): void => {
      timer = setTimeout(() => hangUp.abort(signal.reason), leaveMs);
      heartbeat({ workerId: body.workerId, leaseIds: [], stopping: true }, hangUp.signal).catch(() => {});
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await ask(name, body, hangUp.signal, body.waitMs, traceparent());
    } finally {
      signal.removeEventListener('abort', leave);
      clearTimeout(timer);
    }
  };
  return {
    take: async (body, signal) => (await askAndWait('take', body, signal)) as TakeAnswer,
    exchange: async (body, signal) => {
      const { waitMs = 0 } = body;
      try {
        const answer = waitMs > 0 ? await askAndWait('exchange', body, signal) : await ask('exchange', body, signal);
        return answer as ExchangeAnswer;
      } catch (error) {
        if (error instanceof RequestError && error.status === 404) return null;
        throw error;
      }
    },
    report: (body, signal) => ask('report', body, signal) as Promise<ReportAnswer>,
    heartbeat,
    startChildren: async (body, signal) =>
      ((await ask('children', body, signal, 0, traceparent())) as RouteAnswer<typeof startChildTasks>).children,
  };
}
