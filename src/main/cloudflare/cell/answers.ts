import { AuditNote } from '../../../application/audit/note.ts';
import type { Logger } from '../../../ports/world.ts';
import type { CellAnswer, CellParts, Question } from './calls.ts';
import { toLines } from './ndjson.ts';

type Use = (...args: readonly unknown[]) => unknown;

/** Answers what is asked of a cell; never throws. */
export class Answers {
  readonly #parts: CellParts;
  readonly #logger: Logger;
  readonly #waiting = new Map<string, AbortController>();

  constructor(parts: CellParts, logger: Logger) {
    this.#parts = parts;
    this.#logger = logger;
  }

  async to({ part, use, args, signal, audit }: Question): Promise<CellAnswer> {
    const forget = (): void => void (signal !== null && this.#waiting.delete(signal.key));
    const note = audit === null ? null : new AuditNote(audit.entry, audit);
    const given = [...args];
    if (note !== null) given[0] = { ...(given[0] as object), audit: note };
    if (signal !== null) {
      const ending = new AbortController();
      this.#waiting.set(signal.key, ending);
      given[signal.at] = { ...(given[signal.at] as object), signal: ending.signal };
    }
    try {
      const value = await this.#useCase(part, use)(...given);
      const streamed = streamOf(value);
      if (streamed !== null) return { stream: toLines(ended(streamed, forget)) };
      forget();
      return { value, ...(note !== null && { audit: note.outcome }) };
    } catch (error) {
      forget();
      this.#logger.error('a use case of the cell failed', {
        part, use, error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      return { fault: `${part}.${use}: ${error instanceof Error ? error.message : String(error)}` };
    }
  }

  abort(key: string): void {
    this.#waiting.get(key)?.abort();
  }

  #useCase(part: string, use: string): Use {
    const uses = (Object.hasOwn(this.#parts, part) ? this.#parts[part as keyof CellParts] : {}) as object;
    const found: unknown = Object.hasOwn(uses, use) ? uses[use as keyof typeof uses] : undefined;
    if (typeof found !== 'function') throw new Error(`a cell has no use case ${part}.${use}`);
    return found.bind(uses) as Use;
  }
}

function streamOf(value: unknown): AsyncIterable<unknown> | null {
  const inner = (value as { ok?: boolean; value?: unknown } | null | undefined)?.value;
  return typeof inner === 'object' && inner !== null && Symbol.asyncIterator in inner
    ? (inner as AsyncIterable<unknown>)
    : null;
}

async function* ended(values: AsyncIterable<unknown>, onEnd: () => void): AsyncGenerator<unknown> {
  try {
    yield* values;
  } finally {
    onEnd();
  }
}
