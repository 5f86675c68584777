import { waitUntil } from 'cloudflare:workers';
import type { AuditNote } from '../../../application/audit/note.ts';
import type { RequestContext } from '../../../application/request.ts';
import { ok } from '../../../domain/errors.ts';
import { StoreUnreachable } from '../../../ports/store/unreachable.ts';
import type { CellAnswer, CellCalls, CellParts, Question } from './calls.ts';
import { fromLines } from './ndjson.ts';

/** A part of the cell's use cases, each of which runs in the cell's object. */
export function partOf<Name extends keyof CellParts>(cell: () => CellCalls, part: Name): Required<CellParts>[Name] {
  const made = new Map<string, unknown>();
  return new Proxy({} as Required<CellParts>[Name], {
    get(_, use) {
      if (typeof use !== 'string') return undefined;
      const known = made.get(use) ?? ((...args: unknown[]) => ask(cell(), part, use, args));
      made.set(use, known);
      return known;
    },
  });
}

async function ask(cell: CellCalls, part: keyof CellParts, use: string, args: readonly unknown[]): Promise<unknown> {
  const note = (args[0] as Partial<RequestContext> | null | undefined)?.audit ?? null;
  const at = args.findIndex((one) => signalOf(one) !== null);
  const aborted = signalOf(args[at]);
  const signal = aborted === null ? null : { at, key: crypto.randomUUID() };
  const plain = args.map((one, index) => withoutWhatIsAlive(one, index, { note, at }));
  const question: Question = { part, use, args: plain, signal, audit: note?.begun ?? null };
  // With the client its request is gone.
  const abort = (): void => void (signal !== null && waitUntil(cell.abort(signal.key).catch(() => {})));
  aborted?.addEventListener('abort', abort);
  try {
    const answer = await heard(cell.ask(question), note);
    // Of what goes on, the signal ends more than the beginning.
    if (!isStreamed(answer)) aborted?.removeEventListener('abort', abort);
    return answer;
  } catch (error) {
    aborted?.removeEventListener('abort', abort);
    throw error;
  }
}

async function heard(asked: Promise<CellAnswer>, note: AuditNote | null): Promise<unknown> {
  let answer: CellAnswer;
  try {
    answer = await asked;
  } catch (error) {
    throw new StoreUnreachable('a cell cannot be reached', { cause: error });
  }
  if ('fault' in answer) throw new Error(answer.fault);
  if ('stream' in answer) return ok(fromLines(answer.stream));
  if (answer.audit !== undefined) note?.takeOver(answer.audit);
  return answer.value;
}

function isStreamed(answer: unknown): boolean {
  const value = (answer as { value?: unknown } | null)?.value;
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function signalOf(argument: unknown): AbortSignal | null {
  const signal = (argument as { signal?: unknown } | null | undefined)?.signal;
  return signal instanceof AbortSignal ? signal : null;
}

function withoutWhatIsAlive(
  argument: unknown,
  index: number,
  { note, at }: { readonly note: AuditNote | null; readonly at: number },
): unknown {
  if (index !== at && (index !== 0 || note === null)) return argument;
  const { signal: _, audit: __, ...plain } = argument as { signal?: AbortSignal; audit?: AuditNote };
  return plain;
}
