import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionOptions } from '../../../src/stores/postgres/database.ts';
import { statements } from '../../../src/stores/postgres/statement.ts';
import { newDatabase } from '../../postgres/database.ts';
import { open } from './open.ts';

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly Node[];
}

/** Those that read a whole index, and why that is little. */
const wholeIndex = new Map([
  ['jobs_counts', 'a row for each kind, state and server'],
  ['jobs_list', 'the counts, as above'],
  ['jobs_list_owner', 'the counts, as above'],
  ['outbox_next_due', 'stops at the first row that may be claimed'],
  ['outbox_size', 'what waits in the outbox is counted'],
  ['schema_applied', 'a row for each migration'],
  ['store_check', 'one row'],
  ['tokens_list', 'stops when the page is full'],
]);

/*
 * The store keeps its plans for as long as a connection lasts, and the first connection plans while the tables are
 * empty: when it makes no difference to the planner by which index it goes.
 */
describe('a plan that was made while the tables were empty', () => {
  let client: pg.Client;
  beforeAll(async () => {
    const { url } = await newDatabase();
    await (await open(url)).close();
    client = new pg.Client({ connectionString: url, options: sessionOptions });
    await client.connect();
    for (const { name, text } of statements.values()) await client.query(`PREPARE ${name} AS ${text}`);
  });
  afterAll(() => client.end());

  async function explain(call: string): Promise<string> {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE ${call}`);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  async function planOf(name: string): Promise<Node> {
    const { rows: [row] } = await client.query<{ count: number }>(
      'SELECT cardinality(parameter_types) AS count FROM pg_prepared_statements WHERE name = $1',
      [name],
    );
    const nulls = Array.from({ length: row?.count ?? 0 }, () => 'NULL').join(', ');
    const call = nulls === '' ? name : `${name}(${nulls})`;
    const explained = await client.query<{ 'QUERY PLAN': { Plan: Node }[] }>(`EXPLAIN (FORMAT JSON) EXECUTE ${call}`);
    return explained.rows[0]?.['QUERY PLAN'][0]?.Plan as Node;
  }

  function* nodes(node: Node): Generator<Node> {
    yield node;
    for (const child of node.Plans ?? []) yield* nodes(child);
  }

  it('finds every row by an index', async () => {
    expect(statements.size).toBeGreaterThan(40);
    for (const name of statements.keys()) {
      for (const node of nodes(await planOf(name))) {
        const table = node['Relation Name'];
        // A row whose place an index gave already, and what is written, are no searches.
        if (table === undefined || /^(ModifyTable|Tid Scan)$/.test(node['Node Type']) || wholeIndex.has(name)) continue;
        const found = { statement: name, table, by: node['Node Type'], where: node['Index Cond'] };
        expect(found).toEqual({ ...found, by: expect.stringMatching(/^Index/), where: expect.any(String) });
      }
    }
  });

  it('goes by the index that has the jobs of an owner, or of a state, in order', async () => {
    const owned = await explain('jobs_list_owner(NULL, NULL, NULL, NULL, NULL, NULL)');
    expect(owned).toMatch(/Backward using jobs_open_by_owner [^]*Backward using jobs_ended_by_owner /);
    const all = await explain('jobs_list(NULL, NULL, NULL, NULL, NULL)');
    expect(all).toMatch(/Backward using jobs_open_by_state [^]*Backward using jobs_ended_by_state /);
  });

  it('takes the messages of a queue by when they are due', async () => {
    const pull = await explain('queue_pull(NULL, NULL, NULL, NULL, NULL)');
    expect(pull).toMatch(/using queue_messages_due on queue_messages/);
  });
});
