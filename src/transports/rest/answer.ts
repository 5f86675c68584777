import {
  errorPath, errorTraits, retryAfter, type ErrorAnswer, type ErrorCode, type Refusal,
} from '../../contract/errors.ts';
import type { Exchange } from './exchange.ts';

/** Answers are made in one go with plain headers: the Node adapter then writes them without a Headers object. */
export function answer(
  exchange: Exchange,
  status: number,
  type: string,
  body: string | ReadableStream<Uint8Array> | null,
): Response {
  exchange.answered = true;
  if (body === null) return new Response(null, { status, headers: exchange.headers });
  exchange.headers['content-type'] = type;
  return new Response(body, { status, headers: exchange.headers });
}

export function success(exchange: Exchange, status: number, data: unknown): Response {
  return answer(exchange, status, 'application/json', JSON.stringify({ success: true, data }));
}

/** `status` only where HTTP has a better one than the code's usual. */
export function failure(
  exchange: Exchange,
  { code, message, details }: { code: ErrorCode } & Pick<Refusal, 'message' | 'details'>,
  status: number = errorTraits[code].http,
): Response {
  const seconds = retryAfter(code, details);
  if (seconds !== null) exchange.headers['retry-after'] = String(seconds);
  // RFC 8288: for people and programs that want to know more of the code.
  exchange.headers['link'] = `<${exchange.publicUrl}${errorPath(code)}>; rel="help"`;
  if (status === 401) exchange.headers['www-authenticate'] = 'Bearer realm="waybill"';
  const body: ErrorAnswer = { success: false, error: { code, message, ...(details !== undefined && { details }) } };
  return answer(exchange, status, 'application/json', JSON.stringify(body));
}

/** For what should never happen. The reason goes to the log, not to the client. */
export function internal(exchange: Exchange): Response {
  return failure(exchange, {
    code: 'internal',
    message: `The server failed to answer; its log has the details under request ${exchange.requestId}.`,
    details: { requestId: exchange.requestId },
  });
}
