import type { ErrorCode } from '../../../contract/error-codes.ts';
import type { Result } from '../../../contract/errors.ts';

/** The same result with its value as the wire has it. */
export async function answering<T, U>(result: Promise<Result<T>>, shape: (value: T) => U): Promise<Result<U>> {
  const settled = await result;
  return settled.ok ? { ok: true, value: shape(settled.value) } : settled;
}

/** For lists by sequence number: where the next page starts, null when this one was not full. */
export function nextAfter(page: readonly { readonly sequence: number }[], limit: number): number | null {
  return page.length < limit ? null : (page.at(-1)?.sequence ?? null);
}

/** Why one entry of a list was refused by itself. */
export interface RefusedEntry {
  readonly ok: false;
  readonly error: { readonly code: ErrorCode; readonly message: string };
}

/** For an entry that is not of its schema: `fields` says what is wrong, by path. */
export function unreadableEntry(fields: Readonly<Record<string, string>>): RefusedEntry {
  const problems = Object.entries(fields).slice(0, 3).map(([name, problem]) => `${name} ${problem}`);
  return { ok: false, error: { code: 'invalid_request', message: `${problems.join(', and ')}.` } };
}
