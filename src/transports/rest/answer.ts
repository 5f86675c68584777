import {
  errorPath, errorTraits, retryAfter, type ErrorAnswer, type ErrorCode, type Refusal,
} from '../../contract/errors.ts';
import type { Exchange } from './exchange.ts';

/** With plain headers: on Node they are written as they are. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | ReadableStream<Uint8Array> | null;
}

export function responseOf({ status, headers, body }: Answer): Response {
  return new Response(body, { status, headers });
}

export function answer(
  exchange: Exchange,
  status: number,
  type: string,
  body: string | ReadableStream<Uint8Array> | null,
): Answer {
  exchange.answered = true;
  if (body !== null) exchange.headers['content-type'] = type;
  return { status, headers: exchange.headers, body };
}

export function success(exchange: Exchange, status: number, data: unknown): Answer {
  return answer(exchange, status, 'application/json', JSON.stringify({ success: true, data }));
}

/** `status` only where HTTP has a better one than the code's usual. */
export function failure(
  exchange: Exchange,
  { code, message, details }: { code: ErrorCode } & Pick<Refusal, 'message' | 'details'>,
  status: number = errorTraits[code].http,
): Answer {
  const seconds = retryAfter(code, details);
  if (seconds !== null) exchange.headers['retry-after'] = String(seconds);
  // RFC 8288: for people and programs that want to know more of the code.
  exchange.headers['link'] = `<${exchange.publicUrl}${errorPath(code)}>; rel="help"`;
  if (status === 401) exchange.headers['www-authenticate'] = 'Bearer realm="waybill"';
  const body: ErrorAnswer = { success: false, error: { code, message, ...(details !== undefined && { details }) } };
  return answer(exchange, status, 'application/json', JSON.stringify(body));
}

/** For what should never happen. The reason goes to the log, not to the client. */
export function internal(exchange: Exchange): Answer {
  return failure(exchange, {
    code: 'internal',
    message: `The server failed to answer; its log has the details under request ${exchange.requestId}.`,
    details: { requestId: exchange.requestId },
  });
}
