import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { optional, wholeNumber } from '../../transports/cli/flag.ts';
import { CommandFailure } from '../../transports/cli/failure.ts';

/** Of the commands that run workers. */
export const healthPortFlag = optional(
  'PORT',
  wholeNumber(0, 65_535),
  'Answer /livez and /readyz on this port of all addresses, for probes such as those of Kubernetes. Default: on none.',
  'HEALTH_PORT',
);

export interface WorkerHealth {
  /** 0 when it listens nowhere. */
  readonly port: number;
  /** From now on it is ready whenever the server answers. */
  started(): void;
  /** It is not ready any more, and stays alive. */
  stopping(): void;
  close(): void;
}

/** Whoever probes more often gets the same answer. */
const freshMs = 5_000;
/** For the server's answer; probes of Kubernetes wait for a second unless told otherwise. */
const answerMs = 900;
const maxConnections = 32;

/**
 * /livez answers as long as this process does anything; /readyz is 200 while the worker takes work and its server
 * answers. Throws CommandFailure when the port cannot be listened on.
 */
export async function openHealthPort(port: number | undefined, server: string): Promise<WorkerHealth> {
  if (port === undefined) return { port: 0, started() {}, stopping() {}, close() {} };
  let state: 'starting' | 'started' | 'stopping' = 'starting';
  let asked: { readonly at: number; readonly trouble: Promise<string | null> } | null = null;
  const trouble = (): Promise<string | null> => {
    const now = performance.now();
    if (asked === null || now - asked.at > freshMs) asked = { at: now, trouble: troubleOf(server) };
    return asked.trouble;
  };
  const http = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
    const [path] = (request.url ?? '').split('?');
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'only GET');
    if (path === '/livez') return answer(response, 200, null);
    if (path !== '/readyz') return answer(response, 404, 'only /livez and /readyz');
    if (state !== 'started') return answer(response, 503, `the worker is ${state}`);
    void trouble().then((found) => answer(response, found === null ? 200 : 503, found));
  });
  http.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    http.once('error', (error) => reject(new CommandFailure(`--health-port: ${error.message}`)));
    http.listen(port, resolve);
  });
  return {
    port: (http.address() as AddressInfo).port,
    started: () => void (state = 'started'),
    stopping: () => void (state = 'stopping'),
    close() {
      http.close();
      http.closeAllConnections();
    },
  };
}

function answer(response: ServerResponse, status: number, trouble: string | null): void {
  const body = trouble === null
    ? { success: true, data: { status: 'ok' } }
    : { success: false, error: { code: 'unavailable', message: trouble } };
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

/** Why the server cannot be used, or null. */
async function troubleOf(server: string): Promise<string | null> {
  try {
    const { status, body } = await fetch(`${server}/readyz`, { signal: AbortSignal.timeout(answerMs) });
    await body?.cancel();
    return status === 200 ? null : `the server answers ${status}`;
  } catch (error) {
    const { cause, message } = error as Error;
    return `the server does not answer: ${cause instanceof Error ? cause.message : message}`;
  }
}
