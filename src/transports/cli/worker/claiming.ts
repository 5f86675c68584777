import type { RouteAnswer } from '../../../contract/route.ts';
import type { listWorkers } from '../../../contract/workers.ts';
import type { Context } from '../context.ts';
import { plain, table } from '../output.ts';

type Claiming = Pick<RouteAnswer<typeof listWorkers>, 'workers' | 'complete' | 'nextCursor'>;

const pageSize = 100;

/** Workers that claim jobs by themselves, at most `limit` of them, by id. */
export async function readClaiming(context: Context, limit: number): Promise<Claiming> {
  const client = context.client();
  const workers: Claiming['workers'][number][] = [];
  let complete = true;
  let cursor: string | null | undefined;
  while (cursor !== null && workers.length < limit) {
    const query = { limit: Math.min(pageSize, limit - workers.length), ...(cursor === undefined ? {} : { cursor }) };
    const page = await client.listWorkers({ query }, { signal: context.signal });
    workers.push(...page.workers);
    complete &&= page.complete;
    cursor = page.nextCursor;
  }
  return { workers, complete, nextCursor: cursor ?? null };
}

export function claimingTable({ workers }: Claiming): string {
  const rows = workers.map(({ id, types, holds, since, heardAt }) => [
    plain(id), plain(types.join(',')), String(holds.count), since, heardAt,
  ]);
  return table(['ID', 'TYPES', 'HOLDS', 'SINCE', 'LAST HEARD'], rows);
}
