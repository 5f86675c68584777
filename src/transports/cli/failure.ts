import { ApiError } from '../../client/index.ts';
import { errorPath, errorTraits, type ErrorCode } from '../../contract/errors.ts';
import { plain, type Output } from './output.ts';
import { UsageProblem } from './usage-problem.ts';

/** What every command may exit with; the rest comes from the table of error codes. */
export const exits = {
  ok: 0,
  failed: 1,
  usage: 2,
  noInput: 66,
  unreachable: 69,
  internal: 70,
  interrupted: 130,
} as const;

/** Something that a command cannot do, in a sentence for the person who asked for it. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exit: number;

  constructor(message: string, exit: number = exits.failed) {
    super(message);
    this.exit = exit;
  }
}

/** Says on standard error what went wrong, and gives the exit status. */
export function reportFailure(error: unknown, output: Output, server: string | null): number {
  const { exit, code, lines, details } = describe(error, server);
  if (output.json) {
    const facts = Object.keys(details).length === 0 ? {} : { details };
    output.note(JSON.stringify({ success: false, error: { code, message: lines[0], ...facts } }));
  } else {
    output.note([`waybill: ${lines[0]}`, ...lines.slice(1).map((line) => `  ${line}`)].join('\n'));
  }
  return exit;
}

interface Description {
  readonly exit: number;
  readonly code: string;
  readonly lines: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
}

function describe(error: unknown, server: string | null): Description {
  if (error instanceof UsageProblem) {
    return { exit: exits.usage, code: 'usage', lines: [error.message], details: {} };
  }
  if (error instanceof CommandFailure) return { exit: error.exit, code: 'failed', lines: [error.message], details: {} };
  if (error instanceof ApiError) return describeApiError(error, server);
  const { message, stack } = error as Error;
  // What the system does not allow (a full disk, a folder of somebody else's) is no fault of the program.
  if ('syscall' in (error as Error)) return { exit: exits.failed, code: 'failed', lines: [message], details: {} };
  return {
    exit: exits.internal,
    code: 'internal',
    lines: [message, ...(stack ?? '').split('\n').slice(1)],
    details: {},
  };
}

function describeApiError(error: ApiError, server: string | null): Description {
  const { code, details, requestId } = error;
  const fields = Object.entries((details['fields'] ?? {}) as Record<string, unknown>);
  const facts = fields.filter(([name, problem]) => !error.message.includes(`${name} ${String(problem)}`));
  const lines = [plain(error.message), ...facts.map(([name, problem]) => plain(`${name}: ${String(problem)}`))];
  const missing = details['missing'];
  if (Array.isArray(missing)) lines.push(`missing: ${missing.join(', ')}`);
  lines.push(...adviceOn(error, server));
  if (server !== null && code in errorTraits) lines.push(`More: ${server}${errorPath(code as ErrorCode)}`);
  if (code === 'internal' && requestId !== null && !error.message.includes(requestId)) {
    lines.push(`The server's log has more under the request id ${requestId}.`);
  }
  return { exit: exitOf(code), code, lines, details };
}

function exitOf(code: ApiError['code']): number {
  if (code === 'aborted') return exits.interrupted;
  if (code === 'network' || code === 'timeout') return exits.unreachable;
  return code === 'unexpected_answer' ? exits.internal : errorTraits[code satisfies ErrorCode].exit;
}

function adviceOn({ code, message }: ApiError, server: string | null): string[] {
  if (code === 'network' && server !== null && message.startsWith(new URL(server).origin)) {
    return ['Is it running? `waybill serve --dev` starts one here; --server or WAYBILL_SERVER names another.'];
  }
  if (code === 'unauthenticated') return ['Give --token, set WAYBILL_TOKEN, or save one with `waybill login`.'];
  if (code === 'concurrency_limit') return ['`waybill job list --phase active` names them.'];
  return [];
}
