import { refusalCodes, type RefusalCode } from '../domain/errors.ts';

/** What `error.code` may be on the wire: every refusal, and `internal` for a fault of the server. */
export type ErrorCode = RefusalCode | 'internal';

const known: ReadonlySet<unknown> = new Set([...refusalCodes, 'internal']);

/** Apart from what is said of each, which clients need not load. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return known.has(code);
}
