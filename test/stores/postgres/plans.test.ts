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
  ['certain_time', 'one row'],
  ['asked_types_forget', 'a row for each type that workers ask for'],
  ['credits', 'four rows and their shares'],
  ['ended_objects_next', 'reads the first row'],
  ['jobs_counts', 'a row for each kind, type, state and share'],
  ['jobs_list', 'a row for each kind, type and state'],
  ['jobs_list_owner', 'as above'],
  ['outbox_size', 'what waits in the outbox is counted'],
  ['queue_heal', 'what waits in the queues, once after a start or after the time was set'],
  ['request_counts', 'requests that wait, and those refused within a week, are counted'],
  ['schema_applied', 'a row for each migration'],
  ['store_check', 'one row'],
  ['work_counts', 'what waits for workers is counted'],
  ['work_heal_claims', 'what workers have, once after a start or after the time was set'],
]);

/*
 * The store keeps its plans for as long as a connection lasts, and the first connection plans while the tables are
 * empty: when it makes no difference to the planner by which index it goes.
 */
describe('a plan made while the tables were empty', () => {
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
        const isSmall = wholeIndex.has(name.replace(/_(whole|ids|count)$/, ''));
        if (table === undefined || /^(ModifyTable|Tid Scan)$/.test(node['Node Type']) || isSmall) continue;
        const found = { statement: name, table, by: node['Node Type'], where: node['Index Cond'] };
        expect(found).toEqual({ ...found, by: expect.stringMatching(/^Index/), where: expect.any(String) });
      }
    }
  });

  it('uses the index that has the jobs of an owner, or of a state, in order', async () => {
    const owned = await explain('jobs_list_owner(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)');
    expect(owned).toMatch(/Backward using jobs_open_by_owner [^]*Backward using jobs_ended_by_owner /);
    const all = await explain('jobs_list(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)');
    expect(all).toMatch(/Backward using jobs_open_by_state [^]*Backward using jobs_ended_by_state /);
  });

  it('uses the index that has the jobs of a label, or the parts of a job, in order', async () => {
    const nulls = (count: number): string => Array.from({ length: count }, () => 'NULL').join(', ');
    const inOrder = (index: string): RegExp => new RegExp(`Scan Backward using ${index} `);
    expect(await explain(`jobs_labeled_owner(${nulls(11)})`)).toMatch(inOrder('job_labels_by_owner'));
    expect(await explain(`jobs_labeled(${nulls(10)})`)).toMatch(inOrder('job_labels_pkey'));
    const parts = await explain(`jobs_of_parent(${nulls(12)})`);
    expect(parts).toMatch(/using jobs_open_by_parent [^]*using jobs_ended_by_parent /);
  });

  it('reads ready and queued work in the order in which it proceeds', async () => {
    const nulls = (count: number): string => Array.from({ length: count }, () => 'NULL').join(', ');
    const claim = await explain(`work_claim(${nulls(15)})`);
    // Whether there is any, and how many of each sort, without a lock; then they are locked. Nothing is sorted before
    // it is limited.
    const first = /Limit [^\n]*\n\s*->  (LockRows [^\n]*\n\s*->  )?Index (Only )?Scan using jobs_ready/g;
    expect(claim.match(first)).toHaveLength(3);
    expect(claim).toMatch(/Update on jobs_open [^]*Tid Scan on jobs_open/);
    const admit = await explain('work_admit(NULL)');
    expect(admit.match(/Limit [^\n]*\n\s*->  Index (Only )?Scan using jobs_line/g)?.length).toBeGreaterThanOrEqual(6);
    expect(admit).not.toMatch(/using jobs_line [^\n]*\n\s*Index Cond: \(id/);
  });

  it('finds the leased work of workers, and looks up each of those jobs', async () => {
    const held = await explain('workers_held(NULL, NULL)');
    expect(held).toMatch(/using work_claims_by_lapse on work_claims [^]*Scan using jobs_open_by_id on jobs_open/);
  });

  it('forgets jobs by the index that has those of a state in order', async () => {
    const forget = await explain('jobs_forget(NULL, NULL, NULL, NULL, NULL)');
    expect(forget).toMatch(/using jobs_ended_by_state on jobs_ended/);
  });

  it('takes the messages of a queue by when they are due', async () => {
    const pull = await explain('queue_pull(NULL, NULL, NULL, NULL, NULL)');
    expect(pull).toMatch(/using queue_messages_due on queue_messages/);
  });
});
