import { ApiError } from '../../client/index.ts';
import { errorPages } from '../../contract/error-pages.ts';
import { errorTraits, type ErrorCode } from '../../contract/errors.ts';
import { ToolProblem } from './tool.ts';

/** An error for the model: its code, what is wrong, and what to do about it. Null for a fault of this program. */
export function failureText(error: unknown): string | null {
  if (error instanceof ToolProblem) return error.message;
  if (!(error instanceof ApiError)) return null;
  const { code, message, details, requestId, retryAfterSeconds } = error;
  const fields = Object.entries((details['fields'] ?? {}) as Record<string, unknown>)
    .filter(([name, problem]) => !message.includes(`${name} ${String(problem)}`))
    .map(([name, problem]) => `${name}: ${String(problem)}`);
  return [
    `${code}: ${message}`,
    ...fields,
    ...(Object.hasOwn(errorTraits, code) ? advice(code as ErrorCode, retryAfterSeconds) : withoutAnswer(code)),
    ...(code === 'internal' && requestId !== null ? [`The request id is ${requestId}.`] : []),
  ].join('\n');
}

function advice(code: ErrorCode, retryAfterSeconds: number | null): string[] {
  const wait = retryAfterSeconds === null ? [] : [`Wait ${retryAfterSeconds} s before you try again.`];
  return [...wait, 'What helps:', ...errorPages[code].cures.map((cure) => `- ${cure}`)];
}

function withoutAnswer(code: string): string[] {
  if (code === 'aborted') return [];
  return [
    'The server gave no answer. Is it running? `waybill serve --dev` starts one, --server or WAYBILL_SERVER names ' +
      'another. A change may have been made all the same: look before you repeat it.',
  ];
}
