import { ok, type Result } from '../../../domain/errors.ts';

export interface SourcePage<T> {
  readonly rows: readonly T[];
  readonly nextCursor: string | null;
}

export interface Asked {
  readonly limit: number;
  /** The place of the last row of the page before. */
  readonly cursor?: string;
}

/** One of several places that rows are in, each of which lists its own. */
export type Source<T> = (asked: Asked) => Promise<Result<SourcePage<T>>>;

/** How the rows of all sources are ordered: by their places, as texts. */
export interface Order<T> {
  readonly placeOf: (row: T) => string;
  readonly newestFirst: boolean;
}

/** Of what lists its rows under a name of its own. */
export function sourcesOf<Page extends { readonly nextCursor: string | null }, T>(
  lists: readonly ((asked: Asked) => Promise<Result<Page>>)[],
  rowsOf: (page: Page) => readonly T[],
): readonly Source<T>[] {
  return lists.map((list): Source<T> => async (asked) => {
    const found = await list(asked);
    return found.ok ? ok({ rows: rowsOf(found.value), nextCursor: found.value.nextCursor }) : found;
  });
}

/** Rows of a page, at most, that is only passed over. */
const passedAtOnce = 1_000;

/** A page out of the pages of all sources. A refusal is that of the first source that refuses. */
export async function mergedPage<T>(
  sources: readonly Source<T>[],
  order: Order<T>,
  { limit, cursor, offset = 0 }: Asked & { readonly offset?: number },
): Promise<Result<SourcePage<T>>> {
  let from = cursor === undefined ? {} : { cursor };
  for (let left = offset; left > 0; ) {
    const passed = await pageOf(sources, order, { limit: Math.min(left, passedAtOnce), ...from });
    if (!passed.ok || passed.value.nextCursor === null) return passed.ok ? ok({ rows: [], nextCursor: null }) : passed;
    left -= passed.value.rows.length;
    from = { cursor: passed.value.nextCursor };
  }
  return pageOf(sources, order, { limit, ...from });
}

async function pageOf<T>(
  sources: readonly Source<T>[],
  { placeOf, newestFirst }: Order<T>,
  asked: Asked,
): Promise<Result<SourcePage<T>>> {
  const { limit } = asked;
  const pages = await Promise.all(sources.map((source) => source(asked)));
  const found: SourcePage<T>[] = [];
  for (const page of pages) {
    if (!page.ok) return page;
    found.push(page.value);
  }
  if (found.length === 1) return ok(found[0]!);
  const isBefore = (a: string, b: string): boolean => (newestFirst ? a > b : a < b);
  // Beyond what a source has shown it may have more: nothing of the others is shown from there on.
  const shownTo = found.map(({ nextCursor }) => nextCursor).filter((place) => place !== null);
  const horizon = shownTo.reduce<string | null>((first, one) => (first === null || isBefore(one, first) ? one : first),
    null);
  const rows = found
    .flatMap((page) => page.rows.map((row) => ({ row, place: placeOf(row) })))
    .filter(({ place }) => horizon === null || !isBefore(horizon, place))
    .sort((a, b) => (isBefore(a.place, b.place) ? -1 : 1));
  const page = rows.slice(0, limit);
  const nextCursor = rows.length > limit ? (page.at(-1)?.place ?? null) : horizon;
  return ok({ rows: page.map(({ row }) => row), nextCursor });
}
