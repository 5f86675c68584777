import { badFields } from '../../contract/errors.ts';
import type { Reader } from '../../contract/input/reader.ts';
import type { RequestFile, Route, RouteRequest } from '../../contract/route.ts';
import { idempotencyKeyProblem } from '../access/request-headers.ts';
import { failure, type Answer } from './answer.ts';
import { isFromElsewhere, type HeaderOf } from './auth/origin.ts';
import { readBody, readBytes, type BodyLimits, type BodySource, type ReadBody, type VerifyBody } from './body.ts';
import type { Client } from './client-address.ts';
import type { Exchange } from './exchange.ts';
import type { Incoming } from './incoming.ts';

/** What is read of a request. */
export interface RequestParts<R extends Route = Route> extends RouteRequest<R> {
  readonly correlationId: string;
  /** Only ever set on routes that take one. */
  readonly idempotencyKey: string | undefined;
  /** IP address; null where it is not known. A function, as most routes do not ask. */
  readonly clientAddress: () => string | null;
  readonly header: HeaderOf;
  /** Who sends it, by the word of the program that the server is a part of; as an Authorization header. */
  readonly sender: string | undefined;
  /** Goes with the answer, unless a page of another origin asks. */
  readonly setCookie: (cookie: string) => void;
}

export interface ReadOptions {
  readonly body: BodyLimits & {
    /** Of a body that is a file. */
    readonly maxFileBytes: number;
  };
  readonly clientOf: (incoming: Incoming) => Client;
  /** Where clients reach the server. */
  readonly publicUrl: string;
  readonly verifySignature: VerifySignature;
}

/** Why a body is not signed as it should be, or null; in words for who sent it. */
export type VerifySignature = (bytes: Uint8Array, header: HeaderOf) => Promise<string | null>;

/** The parsed request, or the answer that says what is wrong with it. */
export async function readRequest(
  { body: bodyLimits, clientOf, publicUrl, verifySignature }: ReadOptions,
  route: Route,
  reader: Reader,
  incoming: Incoming,
  exchange: Exchange,
): Promise<RequestParts | Answer> {
  const { params: rawParams, header } = incoming;
  const params = reader.params(rawParams);
  if (!params.ok) {
    const [name = '', problem = ''] = Object.entries(params.fields)[0] ?? [];
    const given = (rawParams[name] ?? '').slice(0, 100).toWellFormed();
    const message = `"${given}" is not a valid ${name}: it ${problem}.`;
    return failure(exchange, { code: 'not_found', message });
  }
  const { keyHeader } = route;
  const givenKey = keyHeader === null ? undefined : header(keyHeader.toLowerCase());
  const idempotencyKey = route.lenient && givenKey === '' ? undefined : givenKey;
  const keyProblem = idempotencyKey === undefined ? null : idempotencyKeyProblem(idempotencyKey);
  if (keyHeader !== null && keyProblem !== null) return failure(exchange, badFields({ [keyHeader]: keyProblem }));
  let json: unknown;
  if (route.body !== null) {
    const verify: VerifyBody | undefined =
      route.auth === 'signature' ? (bytes) => verifySignature(bytes, header) : undefined;
    const read = await readBody(incoming, bodyLimits, route.lenient, verify);
    if (!read.ok && read.status === 401) return unauthenticated(exchange, `${read.problem}.`);
    if (!read.ok) return failure(exchange, badFields({ body: read.problem }), read.status);
    json = read.json;
  }
  let file: RequestFile | null = null;
  if (route.file !== null) {
    const read = await readFile(incoming, bodyLimits, route.file);
    if (!read.ok) return failure(exchange, badFields({ body: read.problem }), read.status);
    ({ file } = read);
  }
  const search = incoming.search === '' ? noParams : new URLSearchParams(incoming.search);
  const lastEventId = route.stream ? (header('last-event-id') ?? '') : '';
  const query = reader.query(lastEventId === '' ? search : withAfter(search, lastEventId));
  if (!query.ok) return failure(exchange, badFields(lastEventId === '' ? query.fields : ofLastEventId(query.fields)));
  const body = reader.body(json);
  if (!body.ok) return failure(exchange, badFields(body.fields));
  return {
    params: params.value,
    query: query.value,
    body: body.value,
    file,
    idempotencyKey,
    correlationId: exchange.requestId,
    clientAddress: () => clientOf(incoming).address,
    header,
    sender: incoming.env.sender,
    setCookie: (cookie) => {
      if (!isFromElsewhere(header, publicUrl)) exchange.headers['set-cookie'] = cookie;
    },
  };
}

async function readFile(
  source: BodySource,
  { maxFileBytes: maxBytes, withinMs }: ReadOptions['body'],
  types: readonly string[],
): Promise<{ readonly ok: true; readonly file: RequestFile } | (ReadBody & { readonly ok: false })> {
  const type = source.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!types.includes(type)) {
    return { ok: false, status: 415, problem: `must be a file with the header Content-Type: ${types.join(' or ')}` };
  }
  const read = await readBytes(source, { maxBytes, withinMs });
  if (!read.ok) return read;
  if (read.bytes.length === 0) return { ok: false, status: 400, problem: 'must be a file, and is empty' };
  return { ok: true, file: { type, bytes: read.bytes as Uint8Array<ArrayBuffer> } };
}

/** A client that comes back says what it has seen, in the place of what it began with. */
function withAfter(search: URLSearchParams, lastEventId: string): URLSearchParams {
  const params = new URLSearchParams(search);
  params.set('after', lastEventId);
  return params;
}

function ofLastEventId({ after, ...fields }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return after === undefined ? fields : { ...fields, 'Last-Event-ID': after };
}

const noParams = new URLSearchParams();

export function unauthenticated(exchange: Exchange, message: string): Answer {
  return failure(exchange, { code: 'unauthenticated', message });
}
