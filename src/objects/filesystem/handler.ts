/** The web-standard handler behind the signed URLs: PUT, GET, HEAD and the CORS preflight. */
import type { Refusal } from '../../domain/errors.ts';
import type { UploadGuard } from '../../ports/upload-guard.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import { contentTypeProblem } from '../../ports/object-store.ts';
import { outageBehind } from '../../ports/store/unreachable.ts';
import { checksIn } from './checksums.ts';
import { diskReasonOf, LinkRefused, PathRefused } from './layout.ts';
import { parseRange } from './range.ts';
import { openObject, type OpenObject } from './reading.ts';
import {
  methodRefused,
  notModified,
  objectHeaders,
  preflightResponse,
  problemResponse,
  storedResponse,
  type Problem,
} from './responses.ts';
import type { Grant, UrlSigner } from './signature.ts';
import type { SlotRefusal, UploadSlots } from './slots.ts';
import { readUpload, UploadBrokenOff, UploadStalled, type UploadTimes } from './upload-body.ts';
import type { ObjectUrls } from './urls.ts';
import { sizeOf, writeObject, type Places, type WriteResult } from './writing.ts';

export interface HandlerParts {
  readonly places: Places;
  readonly urls: ObjectUrls;
  readonly signer: UrlSigner;
  readonly maxObjectBytes: number;
  readonly slots: UploadSlots;
  readonly uploadTimes: UploadTimes;
  readonly guard: UploadGuard | null;
  readonly clock: Clock;
  readonly logger: Logger | null;
}

/** Thrown inside the handler only, to leave from anywhere with an answer. */
class Refused extends Error {
  readonly problem: Problem;
  constructor(status: number, code: Problem['code'], message: string, headers?: Readonly<Record<string, string>>) {
    super(message);
    this.problem = headers === undefined ? { status, code, message } : { status, code, message, headers };
  }
}

export function createHandler(parts: HandlerParts): (request: Request) => Promise<Response> {
  async function answer(request: Request): Promise<Response> {
    const target = parts.urls.keyOf(request.url);
    if (target === null) throw new Refused(404, 'not_found', 'this is not the URL of an object');
    if (request.method === 'OPTIONS') return preflightResponse();
    if (!['PUT', 'GET', 'HEAD'].includes(request.method)) return methodRefused();
    if ('problem' in target) throw new Refused(400, 'invalid_request', target.problem);
    const { key } = target;
    const grant = checkSignature(parts, request, key);
    if (request.method !== 'PUT') return download(parts, request, key);
    const release = parts.slots.take(key);
    if (typeof release === 'string') throw noSlot(release);
    try {
      return await upload(parts, request, key, grant);
    } finally {
      release();
    }
  }

  let diskFails = false;
  const log = (error: unknown, { status }: Problem): void => {
    const isOurs = status >= 500 || error instanceof LinkRefused;
    if (!isOurs || error instanceof Refused || outageBehind(error) !== null) return;
    const isDisk = diskReasonOf(error) !== null;
    // A disk's trouble is told once, until something is written again.
    if (isDisk && diskFails) return;
    diskFails ||= isDisk;
    parts.logger?.[isDisk ? 'warn' : 'error']('object request failed', { error: String(error) });
  };

  return async (request) => {
    try {
      const response = await answer(request);
      if (request.method === 'PUT') diskFails = false;
      return response;
    } catch (error) {
      const problem = problemOf(error);
      log(error, problem);
      return problemResponse(problem);
    }
  };
}

function noSlot(whose: SlotRefusal): Refused {
  const again = { 'Retry-After': '1' };
  if (whose === 'all') return new Refused(503, 'unavailable', 'too many uploads at once, try again', again);
  const of = whose === 'key' ? 'to this URL' : "of one user's";
  return new Refused(429, 'rate_limit', `too many uploads ${of} are under way: let one end, and try again`, again);
}

function checkSignature(parts: HandlerParts, request: Request, key: string): Grant {
  const method = request.method === 'PUT' ? 'PUT' : 'GET';
  const queryAt = request.url.indexOf('?');
  const query = new URLSearchParams(queryAt === -1 ? '' : request.url.slice(queryAt + 1));
  if (!query.has('signature')) throw new Refused(403, 'forbidden', 'the URL is not signed');
  const grant = parts.signer.verify(method, key, query);
  if (grant === null) {
    throw new Refused(403, 'forbidden', `the URL's signature is not for this key, method and query (${method})`);
  }
  if (parts.clock.now() >= grant.expiresAt) throw new Refused(403, 'forbidden', 'the URL has expired');
  return grant;
}

async function upload(parts: HandlerParts, request: Request, key: string, grant: Grant): Promise<Response> {
  const contentType = checkUploadHeaders(parts, request.headers, grant);
  const checks = checksIn(request.headers);
  if (typeof checks === 'string') throw new Refused(400, 'invalid_request', checks);
  const { guard } = parts;
  const exactBytes = grant.contentLength ?? declaredLength(request.headers);
  const refused = (await guard?.problem(key, { bytes: exactBytes, replaced: await sizeOf(parts.places, key) })) ?? null;
  if (refused !== null) throw guarded(refused);
  const onlyIfAbsent = request.headers.get('if-none-match') === '*';
  if (onlyIfAbsent && (await isThere(parts.places.root, key))) throw existsAlready();
  const chunks = request.body === null ? [] : readUpload(request.body, parts.uploadTimes);
  const result = await writeObject(parts.places, key, chunks, {
    contentType,
    maxBytes: parts.maxObjectBytes,
    exactBytes,
    onlyIfAbsent,
    checks,
    now: parts.clock.now(),
    guard,
  });
  if (!result.ok && result.problem === 'refused') throw guarded(result.refusal);
  if (!result.ok) throw writeRefused(result, parts, grant);
  return storedResponse(result.etag);
}

/** The content type to keep. Whatever can be refused before the body is read is refused here. */
function checkUploadHeaders(parts: HandlerParts, headers: Headers, grant: Grant): string {
  const contentType = headers.get('content-type');
  if (grant.contentType !== null && contentType !== grant.contentType) {
    const sent = contentType === null ? 'none' : JSON.stringify(contentType);
    const signed = JSON.stringify(grant.contentType);
    throw new Refused(400, 'invalid_request', `Content-Type must be ${signed}, as signed; the request has ${sent}`);
  }
  if (contentType !== null && contentTypeProblem(contentType) !== null) {
    throw new Refused(400, 'invalid_request', `Content-Type: ${contentTypeProblem(contentType)}`);
  }
  const length = declaredLength(headers);
  if (length !== null && length > parts.maxObjectBytes) throw tooLarge(parts);
  if (length !== null && grant.contentLength !== null && length !== grant.contentLength) {
    const message = `Content-Length must be ${grant.contentLength} bytes, as signed; the request has ${length}`;
    throw new Refused(400, 'invalid_request', message);
  }
  // Better refused than ignored: the client counts on each of them.
  if (headers.has('content-encoding')) throw new Refused(400, 'invalid_request', 'Content-Encoding is not taken');
  if (headers.has('content-range')) throw new Refused(400, 'invalid_request', 'an upload in parts is not taken');
  const ifNoneMatch = headers.get('if-none-match');
  if (headers.has('if-match') || (ifNoneMatch !== null && ifNoneMatch !== '*')) {
    throw new Refused(400, 'invalid_request', 'the only condition that an upload takes is If-None-Match: *');
  }
  return contentType ?? 'application/octet-stream';
}

function declaredLength(headers: Headers): number | null {
  const value = headers.get('content-length');
  if (value === null) return null;
  if (!/^\d{1,15}$/.test(value)) throw new Refused(400, 'invalid_request', 'Content-Length is not a number of bytes');
  return Number(value);
}

async function isThere(root: string, key: string): Promise<boolean> {
  const object = await openObject(root, key);
  await object?.close();
  return object !== null;
}

/** Whoever put it so knows what it means over HTTP; here are those that a guard gives. */
const guardStatus: Partial<Record<Refusal['code'], number>> = { not_found: 404, conflict: 409, unavailable: 503 };

function guarded({ code, message, details }: Refusal): Refused {
  const wait = details?.['retryAfterSeconds'];
  const headers = typeof wait === 'number' ? { 'Retry-After': String(wait) } : undefined;
  return new Refused(guardStatus[code] ?? 403, code, message, headers);
}

function writeRefused(result: WriteResult & { ok: false }, parts: HandlerParts, grant: Grant): Refused {
  if (result.problem === 'too_large') return tooLarge(parts);
  if (result.problem === 'exists') return existsAlready();
  if (result.problem === 'wrong_contents') return new Refused(400, 'invalid_request', result.message);
  const expected = grant.contentLength === null ? 'as its Content-Length says' : `${grant.contentLength}, as signed`;
  return new Refused(400, 'invalid_request', `the body's length in bytes must be ${expected}`);
}

function tooLarge(parts: HandlerParts): Refused {
  return new Refused(413, 'invalid_request', `an object may have ${parts.maxObjectBytes} bytes at most`);
}

function existsAlready(): Refused {
  return new Refused(412, 'conflict', 'there is an object with this key already');
}

async function download(parts: HandlerParts, request: Request, key: string): Promise<Response> {
  const object = await openObject(parts.places.root, key);
  if (object === null) throw new Refused(404, 'not_found', 'there is no object with this key');
  let handedOver = false;
  try {
    const { info, etag } = object;
    const { headers, method } = request;
    if (matches(headers.get('if-none-match'), etag)) return notModified(etag);
    const ranged = method === 'GET' && (!headers.has('if-range') || headers.get('if-range') === `"${etag}"`);
    const range = ranged ? parseRange(headers.get('range'), info.size) : null;
    if (range === 'none') {
      const unit = { 'Content-Range': `bytes */${info.size}` };
      throw new Refused(416, 'invalid_request', `the object has ${info.size} bytes, none in this range`, unit);
    }
    const init = { status: range === null ? 200 : 206, headers: objectHeaders(info, etag, range) };
    if (method === 'HEAD') return new Response(null, init);
    handedOver = true;
    return new Response(await object.read(range?.first ?? 0, range?.last ?? info.size - 1), init);
  } finally {
    if (!handedOver) await (object satisfies OpenObject).close();
  }
}

function matches(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch.split(',').some((tag) => ['*', `"${etag}"`, `W/"${etag}"`].includes(tag.trim()));
}

const retryAfterDiskSeconds = 15;
const diskTrouble = {
  disk_full: 'the disk that holds the objects is full',
  read_only: 'the disk that holds the objects is read-only now',
  disk_error: 'the disk that holds the objects fails',
} as const;

function unavailable(message: string, retryAfterSeconds: number): Problem {
  return { status: 503, code: 'unavailable', message, headers: { 'Retry-After': String(retryAfterSeconds) } };
}

const link = 'the object is, or lies behind, a symbolic link; objects are kept in plain folders only';

function problemOf(error: unknown): Problem {
  if (error instanceof Refused) return error.problem;
  if (error instanceof LinkRefused) return { status: 400, code: 'invalid_request', message: link };
  if (error instanceof PathRefused) return { status: 400, code: 'invalid_request', message: error.message };
  if (error instanceof UploadStalled) return { status: 408, code: 'invalid_request', message: error.message };
  if (error instanceof UploadBrokenOff) return { status: 400, code: 'invalid_request', message: error.message };
  const reason = diskReasonOf(error);
  if (reason !== null) return unavailable(diskTrouble[reason], retryAfterDiskSeconds);
  if (outageBehind(error) !== null) return unavailable('the store cannot answer now: try again', 2);
  // What else there is to say has paths in it, and is for the log.
  return { status: 500, code: 'unavailable', message: 'the object store failed; the server log says why' };
}
