import { plainJson } from '../contract/input/plain-json.ts';
import { Problems } from '../contract/input/problems.ts';
import type { RequestFile, Route, RouteAnswer, RouteInput, RouteTable } from '../contract/route.ts';
import { ApiError, isTransient } from './api-error.ts';
import type { RouteEntry, RouteIndex } from './route-index.ts';
import { readData, send, type CallOptions, type Sender } from './send.ts';
import { stream } from './stream.ts';
import { download, upload, type UploadBody, type UploadOptions } from './transfer.ts';
import { watch, type Watched, type WatchOptions } from './watch.ts';

export interface ClientOptions {
  /** Where the server is: "http://127.0.0.1:8787". */
  readonly server: string;
  /** A user's token or API key; none for the routes that need none. */
  readonly token?: string;
  /** For the worker's routes. */
  readonly callbackSecret?: string;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  /** Of each attempt, in milliseconds; default 30,000. */
  readonly timeoutMs?: number;
  /** Attempts after the first of what may be repeated; default 3. */
  readonly retries?: number;
  /** Which errors are worth another attempt; default `isTransient`. */
  readonly retryIf?: (error: ApiError) => boolean;
  readonly onRetry?: (error: ApiError, delayMs: number) => void;
}

/** The input may be left out where the route needs nothing of it. */
type Arguments<R extends Route> =
  Record<never, never> extends RouteInput<R>
    ? [input?: RouteInput<R>, options?: CallOptions]
    : [input: RouteInput<R>, options?: CallOptions];

/**
 * One method per route. Each gives the answer's `data` or throws an ApiError, and nothing else. Those of routes that
 * stream give the `data` of one event after the other, and come back by themselves when a connection breaks. Those that
 * answer a file give its response, whose body the caller reads or cancels.
 */
type Methods<T extends RouteTable> = {
  readonly [N in keyof T]: (
    ...args: Arguments<T[N]>
  ) => T[N]['stream'] extends true
    ? AsyncGenerator<RouteAnswer<T[N]>, void, undefined>
    : Promise<T[N]['media'] extends string ? Response : RouteAnswer<T[N]>>;
};
/** Those that answer once. */
type CallName<T extends RouteTable> = {
  [N in keyof T]: T[N]['stream'] extends true ? never : T[N]['media'] extends string ? never : N;
}[keyof T];

export type Outcome<T> = { readonly ok: true; readonly data: T } | { readonly ok: false; readonly error: ApiError };

interface Transfers {
  readonly server: string;
  /** PUTs a file to a presigned URL. */
  upload(url: string, body: UploadBody, options?: UploadOptions): Promise<void>;
  /** GETs a presigned URL. */
  download(url: string, options?: CallOptions): Promise<Response>;
}

interface Calls<T extends RouteTable> {
  /** A route by its name, for those who want the error as a value. */
  call<N extends CallName<T>>(name: N, ...args: Arguments<T[N]>): Promise<Outcome<RouteAnswer<T[N]>>>;
}

interface Watches<R extends Route> {
  /** The job whenever its status or progress has changed, until it has ended. Leaving it does nothing to the job. */
  watch(jobId: string, options?: WatchOptions): AsyncGenerator<RouteAnswer<R>, void, undefined>;
}

/** The client of the routes of a table. */
export type ClientOf<T extends RouteTable> = Methods<T> &
  Calls<T> &
  Transfers &
  (T extends { readonly getJob: infer R extends Route } ? Watches<R> : unknown);

interface AnyInput {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly file?: RequestFile;
  readonly idempotencyKey?: string;
}

/**
 * The client of one server, for Node and browsers. Sent again when no answer came is what changes nothing the second
 * time: GET, PUT, PATCH and DELETE, the POSTs that the contract calls repeatable, and creating with an Idempotency-Key,
 * which it makes unless one is given. Throws TypeError when `server` is no http or https URL.
 */
export function createClientOf<T extends RouteTable>(index: RouteIndex<T>, options: ClientOptions): ClientOf<T> {
  const server = options.server.replace(/\/+$/, '');
  if (!/^https?:\/\//.test(server) || !URL.canParse(server)) {
    throw new TypeError(`${JSON.stringify(options.server)} is not an http:// or https:// URL`);
  }
  const sender: Sender = {
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    timeoutMs: options.timeoutMs ?? 30_000,
    retries: options.retries ?? 3,
    retryIf: options.retryIf ?? isTransient,
    onRetry: options.onRetry ?? (() => {}),
  };
  const perform = async (route: RouteEntry, input: AnyInput = {}, callOptions?: CallOptions): Promise<unknown> => {
    const idempotencyKey = input.idempotencyKey ?? (route.idempotent ? crypto.randomUUID() : undefined);
    const url = server + pathOf(route, input);
    const headers: Record<string, string> = { accept: 'application/json', ...credentials(route, options) };
    if (input.body !== undefined) headers['content-type'] = 'application/json';
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
    const { method, repeatable } = route;
    const body = input.body === undefined ? {} : { body: jsonOf(input.body) };
    return readData(await send(sender, url, () => ({ method, headers, ...body }), repeatable, callOptions), url);
  };
  const methods = Object.fromEntries(
    (Object.entries(index) as [string, RouteEntry][]).map(([name, route]) => [
      name,
      (input: AnyInput = {}, callOptions?: CallOptions) => {
        if (route.media !== undefined) {
          const { method, repeatable } = route;
          const init = { method, ...sent(route, input.file, options) };
          return download(sender, server + pathOf(route, input), callOptions, init, repeatable);
        }
        if (!route.stream) return perform(route, input, callOptions);
        const headers = { accept: 'text/event-stream', ...credentials(route, options) };
        return stream(sender, server + pathOf(route, input), headers, callOptions);
      },
    ]),
  ) as unknown as Methods<T>;
  const transfers: Transfers = {
    server,
    upload: (url, body, uploadOptions) => upload(sender, url, body, uploadOptions),
    download: (url, callOptions) => download(sender, url, callOptions),
  };
  const call = async (name: keyof T, input?: AnyInput, callOptions?: CallOptions): Promise<Outcome<unknown>> => {
    try {
      return { ok: true, data: await perform(index[name]!, input, callOptions) };
    } catch (error) {
      if (error instanceof ApiError) return { ok: false, error };
      throw error;
    }
  };
  const look = (id: string, signal?: AbortSignal): Promise<Watched> =>
    perform(index['getJob']!, { params: { id } }, signal && { signal }) as Promise<Watched>;
  const watchJob = (id: string, watchOptions?: WatchOptions) => watch((signal) => look(id, signal), watchOptions);
  return { ...methods, ...transfers, call, watch: watchJob } as unknown as ClientOf<T>;
}

/** Throws what the server would answer, could it see what JSON does not have. */
export function jsonOf(body: unknown): string {
  const problems = new Problems();
  const json = JSON.stringify(plainJson(body, '', problems));
  if (!problems.found) return json;
  const fields = problems.fields();
  const [first] = Object.entries(fields).map(([path, problem]) => `${path === '' ? 'it' : path} ${problem}`);
  throw new ApiError('invalid_request', `The body cannot be sent: ${first}.`, { details: { fields } });
}

function pathOf(route: RouteEntry, { params = {}, query = {} }: AnyInput): string {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`${route.path} needs ${name}`);
    // URLs resolve dot segments, escaped or not: the request would go to another route.
    if (/^\.{0,2}$/.test(String(value))) throw new ApiError('not_found', `"${value}" is not a valid id.`);
    return encodeURIComponent(String(value));
  });
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(
    given.flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)])),
  );
  return search.size === 0 ? path : `${path}?${search}`;
}

/** What a request for a file has in it. */
function sent(route: RouteEntry, file: RequestFile | undefined, options: ClientOptions): RequestInit {
  const headers = credentials(route, options);
  return file === undefined ? { headers } : { headers: { ...headers, 'content-type': file.type }, body: file.bytes };
}

function credentials({ auth }: RouteEntry, { token, callbackSecret }: ClientOptions): Record<string, string> {
  // Who signs bodies sends them by other means.
  if (auth === 'none' || auth === 'signature') return {};
  if (auth === 'worker') return callbackSecret === undefined ? {} : { 'x-gpu-callback-secret': callbackSecret };
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
