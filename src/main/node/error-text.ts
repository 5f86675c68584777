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
  const headers = { ...headersOf(refused), 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status]}`, ...lines, '', body].join('\r\n');
}

export function refuse(response: ServerResponse, refused: ErrorText): void {
  response.writeHead(refused.status, headersOf(refused)).end(bodyOf(refused));
}

function headersOf({ code }: ErrorText): Record<string, string> {
  const seconds = retryAfter(code, { retryAfterSeconds: 1 });
  return {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    connection: 'close',
    ...(seconds !== null && { 'retry-after': String(seconds) }),
  };
}

function bodyOf({ code, message }: ErrorText): string {
  return JSON.stringify({ success: false, error: { code, message } } satisfies ErrorAnswer);
}
