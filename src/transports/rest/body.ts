import { parseJson } from '../../contract/input/json.ts';

export type ReadBody =
  | { readonly ok: true; readonly json: unknown }
  /** What is wrong with the body as a whole, and the status that says so. */
  | { readonly ok: false; readonly status: 400 | 401 | 408 | 413 | 415; readonly problem: string };

/** Why the body, as it came, is not from who it should be from, or null. */
export type VerifyBody = (bytes: Uint8Array) => Promise<string | null>;

export interface BodyLimits {
  readonly maxBytes: number;
  /** How long it may take to come. */
  readonly withinMs: number;
}

/** Where a body comes from. */
export interface BodySource {
  /** A header of the request by its name in lower case. */
  readonly header: (name: string) => string | undefined;
  /**
   * All of it, to be called once; null: it has more bytes than `maxBytes`, undefined: it takes longer than `withinMs`.
   * Rejects when it ends before it is complete.
   */
  readonly bytes: (limits: BodyLimits) => Promise<Uint8Array | null | undefined>;
}

export function bodyOf(request: Request): BodySource {
  return {
    header: (name) => request.headers.get(name) ?? undefined,
    bytes: ({ maxBytes, withinMs }) => within(withinMs, received(request, maxBytes)),
  };
}

const strict = new TextDecoder('utf-8', { fatal: true });
const repairing = new TextDecoder('utf-8');

/** The bytes of a body as they came. Of a failure, what is wrong with the body as a whole. */
export async function readBytes(
  source: BodySource,
  limits: BodyLimits,
): Promise<{ readonly ok: true; readonly bytes: Uint8Array } | (ReadBody & { readonly ok: false })> {
  const encoding = source.header('content-encoding');
  if (encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity') {
    return { ok: false, status: 415, problem: 'must not be compressed' };
  }
  let bytes: Uint8Array | null | undefined;
  try {
    bytes = await source.bytes(limits);
  } catch {
    return { ok: false, status: 400, problem: 'ended before it was complete' };
  }
  if (bytes === undefined) {
    return { ok: false, status: 408, problem: `was not received within ${limits.withinMs / 1_000} seconds` };
  }
  if (bytes === null) return { ok: false, status: 413, problem: `must have at most ${limits.maxBytes} bytes` };
  return { ok: true, bytes };
}

/**
 * The body as JSON from `parseJson`, whatever its content type; undefined when it is empty. With `repair` bytes that
 * are no UTF-8 become half surrogate pairs, which are repaired or refused by where they stand.
 */
export async function readBody(
  source: BodySource,
  limits: BodyLimits,
  repair: boolean,
  verify?: VerifyBody,
): Promise<ReadBody> {
  const read = await readBytes(source, limits);
  if (!read.ok) return read;
  const { bytes } = read;
  const stranger = (await verify?.(bytes)) ?? null;
  if (stranger !== null) return { ok: false, status: 401, problem: stranger };
  if (bytes.length === 0) return { ok: true, json: undefined };
  let text: string;
  try {
    text = strict.decode(bytes);
  } catch {
    if (!repair) return { ok: false, status: 400, problem: 'must be UTF-8' };
    text = repairing.decode(bytes).replaceAll('\ufffd', '\udfff');
  }
  if (text.trim() === '') return { ok: true, json: undefined };
  try {
    return { ok: true, json: parseJson(text) };
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message.slice(0, 200).toWellFormed() : 'it cannot be parsed';
    return { ok: false, status: 400, problem: `must be JSON: ${reason}` };
  }
}

/** Undefined when it takes longer. */
async function within<T>(ms: number, read: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([read, late]);
  } finally {
    clearTimeout(timer);
    read.catch(() => {}); // Given up, it ends when the connection does.
  }
}

/** Null when there are more than `maxBytes`. */
async function received(request: Request, maxBytes: number): Promise<Uint8Array | null> {
  const declared = request.headers.get('content-length');
  if (declared !== null) {
    if (Number(declared) > maxBytes) return null;
    // The server holds the client to what it declared, and this is the Node adapter's fast way.
    const bytes = new Uint8Array(await request.arrayBuffer());
    return bytes.length > maxBytes ? null : bytes;
  }
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (const reader = request.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return joined(chunks, length);
    length += value.length;
    if (length > maxBytes) {
      reader.cancel().catch(() => {});
      return null;
    }
    chunks.push(value);
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
