import { STATUS_CODES, type ServerResponse } from 'node:http';
import { retryAfter, type ErrorAnswer, type ErrorCode } from '../../contract/errors.ts';

/** A refusal that is made before there is a request that the API could answer. */
export interface ErrorText {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/** A whole answer, for a connection that is closed after it. */
export function refusalText(refused: ErrorText): string {
  const body = bodyOf(refused);
  const lines = Object.entries(headersOf(refused, body)).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status]}`, ...lines, '', body].join('\r\n');
}

export function refuse(response: ServerResponse, refused: ErrorText): void {
  const body = bodyOf(refused);
  response.writeHead(refused.status, headersOf(refused, body)).end(body);
}

function headersOf({ code }: ErrorText, body: string): Record<string, string> {
  const seconds = retryAfter(code, { retryAfterSeconds: 1 });
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    connection: 'close',
    ...(seconds !== null && { 'retry-after': String(seconds) }),
  };
}

function bodyOf({ code, message }: ErrorText): string {
  return JSON.stringify({ success: false, error: { code, message } } satisfies ErrorAnswer);
}

/** For who answers by fetch. */
export function errorAnswer(refused: ErrorText): Response {
  const seconds = retryAfter(refused.code, { retryAfterSeconds: 1 });
  return new Response(bodyOf(refused), {
    status: refused.status,
    headers: {
      'content-type': 'application/json', 'cache-control': 'no-store',
      ...(seconds !== null && { 'retry-after': String(seconds) }),
    },
  });
}
