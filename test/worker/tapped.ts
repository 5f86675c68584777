import { createHttpTransport } from '../../src/kinds/task/worker/http.ts';
import type { HeartbeatRequest, Report, TakeRequest, WorkTransport } from '../../src/kinds/task/worker/transport.ts';
import { RequestError } from '../../src/http/request-error.ts';

type Call = 'take' | 'report' | 'heartbeat' | 'children';

/** A worker's way to a real server with a tap on it: what went through, and what does not get through. */
export interface Tapped extends WorkTransport {
  readonly takes: TakeRequest[];
  /** One entry a request. */
  readonly reports: (readonly Report[])[];
  readonly heartbeats: HeartbeatRequest[];
  /** Names of the calls that fail as if the server could not be reached. */
  readonly cut: Set<Call>;
  /** Calls whose answer is lost, once each: the server has heard them. */
  readonly deaf: Set<'report' | 'children'>;
  /** Resolves when the next call of the name has been answered, or has failed. */
  next(name: Call): Promise<void>;
}

export function tapped(url: string, token = 'mira'): Tapped {
  const inner = createHttpTransport({ server: url, token });
  const waiting: { name: string; resolve: () => void }[] = [];
  const through = async <T>(name: Call, ask: () => Promise<T>): Promise<T> => {
    try {
      if (tap.cut.has(name)) throw new RequestError('could not be reached (cut)', { retryable: true });
      const answer = await ask();
      const isLost = (name === 'report' || name === 'children') && tap.deaf.delete(name);
      if (isLost) throw new RequestError('broke off', { retryable: true });
      return answer;
    } finally {
      for (const one of waiting.splice(0)) {
        if (one.name === name) one.resolve();
        else waiting.push(one);
      }
    }
  };
  const tap: Tapped = {
    takes: [],
    reports: [],
    heartbeats: [],
    cut: new Set(),
    deaf: new Set(),
    next: (name) => new Promise((resolve) => waiting.push({ name, resolve })),
    take: (request, signal) => {
      tap.takes.push(request);
      return through('take', () => inner.take(request, signal));
    },
    report: (request, signal) => {
      tap.reports.push(request.reports);
      return through('report', () => inner.report(request, signal));
    },
    startChildren: (request, signal) => through('children', () => inner.startChildren(request, signal)),
    heartbeat: (request, signal) => {
      tap.heartbeats.push(request);
      return through('heartbeat', () => inner.heartbeat(request, signal));
    },
  };
  return tap;
}
