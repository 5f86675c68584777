import pg from 'pg';
import { expect, it } from 'vitest';
import { openTestStore } from '../stores/postgres/open.ts';
import { succeeded, Yard } from '../command/yard.ts';

it('events of 200 command jobs at once are in each one’s order by their time alone', async () => {
  const { store, url, close } = await openTestStore();
  const yard = new Yard(store);
  const client = new pg.Client({ connectionString: url, options: '-c search_path=sql,public' });
  try {
    await client.connect();
    await yard.start();
    yard.provider.onMade = (spec) => void yard.agent(spec, async () => succeeded);
    await yard.register(40);
    const ids = await Promise.all(Array.from({ length: 200 }, () => yard.submit('echo')));
    for (const id of ids) await yard.until(id, ({ endedAt }) => endedAt !== null);
    const { rows } = await client.query<{ id: string; types: string[]; times: number }>(`
      SELECT aggregate_id AS id, array_agg(event_type ORDER BY occurred_at) AS types,
        count(DISTINCT occurred_at)::integer AS times
      FROM domain_events WHERE event_type LIKE 'Job%' GROUP BY aggregate_id ORDER BY aggregate_id`);
    const types = ['JobCreated', 'JobAssigned', 'JobAccepted', 'JobStatusChanged', 'JobStatusChanged'];
    expect(rows).toEqual(ids.toSorted().map((id) => ({ id, types, times: 5 })));
  } finally {
    await yard.stop();
    await client.end();
    await close();
  }
}, 60_000);
