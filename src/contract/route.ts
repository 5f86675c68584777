import * as z from 'zod';
import { errorTraits, type ErrorCode, type RefusalCode } from './errors.ts';

/**
 * A route as data. The REST transport, the OpenAPI document, its page and the typed client are all
 * made from the table in `routes.ts`, so that none of them can say something else than the others.
 *
 * To add one: define it in the file of its concern (a new kind brings a file of its own), name it in
 * that file's `table(...)`, spread that table in `routes.ts`, and write its handler in
 * `transports/rest/<same name>.ts`; the compiler asks for the handler.
 */
export interface Route<
  Name extends string = string,
  A extends Auth = Auth,
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType | null = z.ZodType | null,
  D extends z.ZodType = z.ZodType,
  S extends boolean = boolean,
  M extends string | null = string | null,
  F extends readonly string[] | null = readonly string[] | null,
> {
  /** Unique, camelCase: the client's method and the OpenAPI operationId. */
  readonly name: Name;
  readonly method: Method;
  /** With `:name` for parameters; parameters at the same place have the same name in all routes. */
  readonly path: string;
  readonly auth: A;
  /** The part of the documents that it stands in. */
  readonly tag: string;
  /** A few words. */
  readonly summary: string;
  /** Sentences, plain text with `code`. */
  readonly description: string;
  /** What cannot be parsed names nothing: 404. */
  readonly params: P;
  /** Written with numbers and booleans; the transport makes them of the strings. */
  readonly query: Q;
  readonly body: B;
  /** Content types of the file that the body is, instead of JSON; null: it is none. Such a route has no `body`. */
  readonly file: F;
  /**
   * Schema of `data` in the success answer: plain JSON. Of each event, where the answer is a stream; of each line,
   * where it is a file.
   */
  readonly answer: D;
  /** Whether the answer is a stream of Server-Sent Events; 204 when there is nothing more to come. */
  readonly stream: S;
  /** Of the answer when it is a file: its content type; of lines of JSON, `application/x-ndjson`. Null: it is none. */
  readonly media: M;
  /**
   * Whether it may wait for something to happen before it answers (a long poll). `asked`: only where the `waitMs` of
   * its body is not 0.
   */
  readonly waits: boolean | 'asked';
  readonly status: 200 | 201;
  /** Whether it answers 200, not `status`, with what an earlier request has made already. */
  readonly answersExisting: boolean;
  /** Every code that it may answer, those included that all routes of its sort share. */
  readonly errors: readonly ErrorCode[];
  /** Whether it takes an Idempotency-Key header. */
  readonly idempotent: boolean;
  /** Whether a request whose answer was lost may be sent again: the second time it changes nothing. */
  readonly repeatable: boolean;
  /** The header in which a request may bring the key by which its repeat is known; null: it takes none. */
  readonly keyHeader: string | null;
  /**
   * For what workers in any language send: unknown fields are ignored whatever they look like, and
   * text that no store could keep (NUL, half a surrogate pair, invalid UTF-8) is repaired, not refused.
   */
  readonly lenient: boolean;
  /**
   * Of which origins web pages may ask, where a browser would do so from any: those that are asked without a token.
   * `own`: the server's; `allowed`: those of ALLOWED_ORIGINS too. The body then has to be sent as JSON, which no form
   * does. Null: the token decides.
   */
  readonly pages: 'own' | 'allowed' | null;
  readonly example: RouteExample;
}

/** `signature`: the body is signed with a secret that its sender and the server share. */
export type Auth = 'none' | 'user' | 'operator' | 'admin' | 'worker' | 'signature';
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RouteExample {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
  readonly answer: unknown;
}

type Empty = z.ZodObject<Record<never, never>>;
const empty: Empty = z.object({});

export function defineRoute<
  const Name extends string,
  const A extends Auth,
  P extends z.ZodObject = Empty,
  Q extends z.ZodObject = Empty,
  D extends z.ZodType = z.ZodType,
  B extends z.ZodType | null = null,
  const S extends boolean = false,
  const M extends string | null = null,
  const F extends readonly string[] | null = null,
>(definition: {
  name: Name;
  method: Method;
  path: string;
  auth: A;
  tag: string;
  summary: string;
  description?: string;
  params?: P;
  query?: Q;
  body?: B;
  file?: F;
  answer: D;
  stream?: S;
  media?: M;
  waits?: boolean | 'asked';
  status?: 200 | 201;
  answersExisting?: true;
  /** Beside those that follow from the rest, see `allErrors`. */
  errors?: readonly RefusalCode[];
  idempotent?: boolean;
  /** Only for a POST that is not idempotent by its key: the others always are. */
  repeatable?: true;
  /** Only where it is not the Idempotency-Key of an idempotent route. */
  keyHeader?: string;
  lenient?: boolean;
  pages?: 'own' | 'allowed';
  example: {
    params?: Readonly<Record<string, string>>;
    query?: Readonly<Record<string, string | number | boolean>>;
    answer: DeepReadonly<z.input<D>>;
  } & (B extends z.ZodType ? { body: DeepReadonly<z.input<B>> } : { body?: never });
}): Route<Name, A, P, Q, B, D, S, M, F> {
  const { params = empty as unknown as P, query = empty as unknown as Q, body = null as B } = definition;
  return {
    ...definition,
    description: definition.description ?? '',
    params,
    query,
    body,
    file: definition.file ?? (null as F),
    stream: definition.stream ?? (false as S),
    media: definition.media ?? (null as M),
    waits: definition.waits ?? false,
    status: definition.status ?? 200,
    answersExisting: definition.answersExisting ?? false,
    errors: allErrors({ ...definition, params }),
    idempotent: definition.idempotent ?? false,
    repeatable: definition.repeatable ?? (definition.method !== 'POST' || definition.idempotent === true),
    keyHeader: definition.keyHeader ?? (definition.idempotent === true ? 'Idempotency-Key' : null),
    pages: definition.pages ?? null,
    lenient: definition.lenient ?? false,
  };
}

function allErrors(route: {
  auth: Auth;
  params: z.ZodObject;
  errors?: readonly RefusalCode[];
  idempotent?: boolean;
}): readonly ErrorCode[] {
  const { auth, params, idempotent = false } = route;
  // Of the query, which every route reads, if only to find that it is empty.
  const codes = new Set<ErrorCode>(['invalid_request']);
  if (auth !== 'none') codes.add('unauthenticated');
  if (auth !== 'none' && auth !== 'worker' && auth !== 'signature') codes.add('forbidden');
  if (Object.keys(params.shape).length > 0) codes.add('not_found');
  if (idempotent) codes.add('idempotency_mismatch').add('idempotency_in_progress');
  for (const code of route.errors ?? []) codes.add(code);
  // Too much at once: of a user, of an address, of everybody.
  codes.add('rate_limit').add('unavailable');
  return [...codes.add('internal')];
}

/** The statuses of all that it may answer but success, with the codes that each stands for. */
export function failureStatuses(
  { errors, body, file }: Pick<Route, 'errors' | 'body' | 'file'>,
): ReadonlyMap<number, ErrorCode[]> {
  const statuses = Map.groupBy(errors, (code) => errorTraits[code].http);
  // What is wrong with a body as a whole: it did not come in time, is too large, or is compressed or of another type.
  if (body !== null || file !== null) for (const status of [408, 413, 415]) statuses.set(status, ['invalid_request']);
  return new Map([...statuses].sort(([a], [b]) => a - b));
}

/** The routes of one concern by their names. */
export type RouteTable = Readonly<Record<string, Route>>;

export function table<const R extends readonly Route[]>(...routes: R): { readonly [K in R[number] as K['name']]: K } {
  return Object.fromEntries(routes.map((route) => [route.name, route])) as never;
}

export type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** A part of the input: optional as a whole when nothing in it is required. */
type Part<Name extends string, T> = keyof T extends never
  ? unknown
  : Record<never, never> extends T
    ? { readonly [N in Name]?: DeepReadonly<T> }
    : { readonly [N in Name]: DeepReadonly<T> };

/** What a client gives to call the route. */
export type RouteInput<R extends Route> = Part<'params', z.input<R['params']>> &
  Part<'query', z.input<R['query']>> &
  (R['body'] extends z.ZodType ? Part<'body', z.input<R['body']>> : unknown) &
  (R['file'] extends readonly string[] ? { readonly file: RequestFile<R['file'][number]> } : unknown) &
  { readonly idempotencyKey?: string };

/** A file that is the body of a request. */
export interface RequestFile<T extends string = string> {
  readonly type: T;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the route's handler is given, parsed: defaults are filled in. */
export interface RouteRequest<R extends Route> {
  readonly params: DeepReadonly<z.output<R['params']>>;
  readonly query: DeepReadonly<z.output<R['query']>>;
  readonly body: R['body'] extends z.ZodType ? DeepReadonly<z.output<R['body']>> : null;
  /** Not empty, and of one of the route's types as far as its sender says. */
  readonly file: FileOf<R['file']>;
}

/** One type at a time, so that a route of any kind may have a file or not. */
type FileOf<F> = F extends readonly string[] ? RequestFile<F[number]> : null;

/** `data` of the success answer. */
export type RouteAnswer<R extends Route> = DeepReadonly<z.output<R['answer']>>;
