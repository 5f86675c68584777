import { RequestError } from './request-error.ts';

/** As schemas of zod have it. */
export interface Shape<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } };
}

interface Issue { readonly path: readonly PropertyKey[] }

/**
 * An answer that came with status 200. `hint`: what to look at where it is no JSON, mostly the page of a proxy.
 *
 * @throws RequestError, retryable when it is no JSON and not when it is of another shape
 */
export function readJson<T>(bytes: Uint8Array, shape: Shape<T>, hint = ''): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new RequestError(`answered something that is not JSON${hint}`, { status: 200, retryable: true });
  }
  return inShape(value, shape);
}

/** @throws RequestError */
export function inShape<T>(value: unknown, shape: Shape<T>): T {
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  const where = read.error.issues[0]?.path.join('.') ?? '';
  throw new RequestError(`gave an answer of an unexpected shape at "${where}"`, { status: 200, retryable: false });
}
