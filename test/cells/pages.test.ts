import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ok, refuse } from '../../src/domain/errors.ts';
import { mergedPage, type Source } from '../../src/main/cloudflare/cell/pages.ts';

/** Lists its rows, but as many as it likes at a time and no fewer than one. */
function sourceOf(rows: readonly string[], newestFirst: boolean, most: number): Source<string> {
  const sorted = rows.toSorted((a, b) => (a < b === newestFirst ? 1 : -1));
  return async ({ limit, cursor }) => {
    const left = sorted.filter((row) => cursor === undefined || (newestFirst ? row < cursor : row > cursor));
    const page = left.slice(0, Math.min(limit, most));
    return ok({ rows: page, nextCursor: page.length < left.length ? (page.at(-1) ?? null) : null });
  };
}

type Page = Awaited<ReturnType<typeof mergedPage<string>>>;

async function everything(sources: readonly Source<string>[], newestFirst: boolean, limit: number): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const asked: { limit: number; cursor?: string } = { limit, ...(cursor !== '' && { cursor }) };
    const page: Page = await mergedPage(sources, { placeOf: (row) => row, newestFirst }, asked);
    if (!page.ok) throw new Error('refused');
    expect(page.value.rows.length).toBeLessThanOrEqual(limit);
    found.push(...page.value.rows);
    cursor = page.value.nextCursor;
  }
  return found;
}

describe('a page out of several sources', () => {
  it('goes through all rows once and in order, whatever the sources answer at a time', async () => {
    const places = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{4}$/), { maxLength: 40 });
    await fc.assert(fc.asyncProperty(
      places, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      async (rows, count, most, limit, newestFirst) => {
        const sources = Array.from({ length: count }, (_, at) =>
          sourceOf(rows.filter((__, index) => index % count === at), newestFirst, most));
        const sorted = rows.toSorted((a, b) => (a < b === newestFirst ? 1 : -1));
        expect(await everything(sources, newestFirst, limit)).toEqual(sorted);
      },
    ));
  });

  it('passes over as many rows as the offset says', async () => {
    const rows = Array.from({ length: 30 }, (_, n) => String(n).padStart(2, '0'));
    const sources = [0, 1, 2].map((at) => sourceOf(rows.filter((_, n) => n % 3 === at), false, 4));
    const page = await mergedPage(sources, { placeOf: (row) => row, newestFirst: false }, { limit: 5, offset: 12 });
    expect(page.ok && page.value.rows[0]).toBe('12');
    const beyond = await mergedPage(sources, { placeOf: (row) => row, newestFirst: false }, { limit: 5, offset: 99 });
    expect(beyond).toEqual(ok({ rows: [], nextCursor: null }));
  });

  it('is refused where a source refuses', async () => {
    const refused: Source<string> = async () => refuse('forbidden', 'No.');
    const page = await mergedPage([sourceOf(['a'], true, 9), refused], { placeOf: (row) => row, newestFirst: true }, {
      limit: 5,
    });
    expect(page).toMatchObject({ ok: false, refusal: { code: 'forbidden' } });
  });
});
