import type { z } from 'zod';
import { RequestError } from '../../http/request-error.ts';

/** @throws RequestError, retryable, when it is no JSON (the page of a proxy) or not of the shape */
export function readJson<T>(bytes: Uint8Array, shape: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new RequestError('answered something that is not JSON: does SHOPIFY_STORE_DOMAIN name the shop?', {
      status: 200, retryable: true,
    });
  }
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  const where = read.error.issues[0]?.path.join('.') ?? '';
  throw new RequestError(`gave an answer of an unexpected shape at "${where}"`, { status: 200, retryable: false });
}
