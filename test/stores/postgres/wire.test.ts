import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvariantViolation } from '../../../src/domain/errors.ts';
import { openDatabase, type Database } from '../../../src/stores/postgres/database.ts';
import { TransactionRefused } from '../../../src/stores/postgres/failures.ts';
import { toSettings } from '../../../src/stores/postgres/options.ts';
import {
  arraysOf, bigint, boolean, float8, integer, text, unnest, type Column, type Statement,
} from '../../../src/stores/postgres/statement.ts';
import { newDatabase } from '../../postgres/database.ts';

interface Row {
  readonly words: string | null;
  readonly large: number | null;
  readonly small: number | null;
  readonly share: number | null;
  readonly is: boolean;
}
const columns: readonly Column<Row>[] = [
  text('words', ({ words }) => words),
  bigint('large', ({ large }) => large),
  integer('small', ({ small }) => small),
  float8('share', ({ share }) => share),
  boolean('"is"', (row) => row.is),
];
const named = (name: string, sql: string): Statement => ({ name, text: sql });
const echo = named('echo', `SELECT c.* FROM ${unnest(columns)}`);
const one = named('one', 'SELECT 1 AS one');
const fail = named('fail', 'SELECT 1 / $1::int AS quotient');

describe.each([['a direct connection', false], ['a proxy', true]])('statements sent by %s', (_, proxied) => {
  let database: Database;
  beforeAll(async () => {
    const { url } = await newDatabase();
    database = openDatabase(toSettings({ url, proxied, poolSize: 1 }));
  });
  afterAll(() => database.close());

  const usual: Row = { words: 'a', large: 1, small: 1, share: 0.5, is: true };
  const row = (changes: Partial<Row> = {}): Row => ({ ...usual, ...changes });

  it.each([
    ['none', []],
    ['nulls', [row({ words: null, large: null, small: null, share: null }), row()]],
    ['the largest numbers', [
      row({ large: Number.MAX_SAFE_INTEGER, small: 2 ** 31 - 1 }),
      row({ large: Number.MIN_SAFE_INTEGER, small: -(2 ** 31) }),
      row({ large: -1, small: 0 }), row({ large: 2 ** 32, small: -1 }), row({ large: -(2 ** 32), is: false }),
    ]],
    ['fractions', [0, 1, 0.1, 1 / 3, -2.5e-300, Number.MAX_VALUE].map((share) => row({ share }))],
    [
      'any text',
      ['', '"quoted" \\ {a,b}', 'NULL', 'größer ≥ 日本 🧾', 'ab'.repeat(200_000)].map((words) => row({ words })),
    ],
    ['ten thousand', Array.from({ length: 10_000 }, (__, n) => row({ words: `row ${n}`, large: n }))],
  ])('hand over rows as they are: %s', async (__, rows: Row[]) => {
    expect(await database.read(echo, arraysOf(columns, rows))).toEqual(rows);
  });

  it('hand over arrays and bytes as they are', async () => {
    const arrays = named(
      'arrays',
      'SELECT $1::text[] AS texts, $2::bigint[] AS numbers, $3::bytea AS bytes, $4::text AS none',
    );
    const texts = ['', '"', '\\', 'NULL', 'null', '{}', 'ä,b', null];
    const bytes = Uint8Array.from({ length: 256 }, (__, byte) => byte);
    const [found] = await database.read<Record<string, unknown>>(arrays, [texts, [1, -2, null], bytes, null]);
    expect(found).toEqual({ texts, numbers: ['1', '-2', null], bytes: Buffer.from(bytes), none: null });
  });

  it.each([[1.5], [2 ** 53], [NaN]])('are not sent with %s for an integer, and the next ones are', async (number) => {
    for (const wrong of [row({ large: number }), row({ small: number })]) {
      await expect(database.read(echo, arraysOf(columns, [wrong]))).rejects.toThrow(InvariantViolation);
    }
    expect(await database.read(one, [])).toEqual([{ one: 1 }]);
  });

  it('are sent again after others of their transaction failed', async () => {
    const [first, last] = [named('first', 'SELECT 1 AS n'), named('last', 'SELECT 2 AS n')];
    const calls = (divisor: number) =>
      [first, fail, last].map((statement) => ({ statement, values: statement === fail ? [divisor] : [] }));
    const write = (divisor: number) => database.write(calls(divisor));
    const snapshot = (divisor: number) => database.snapshot(calls(divisor));
    for (const send of [write, snapshot]) {
      for (let time = 0; time < 2; time++) await expect(send(0)).rejects.toThrow(TransactionRefused);
      expect(await send(1)).toHaveLength(3);
    }
  });

  it('that cannot be understood are refused, each time', async () => {
    const broken = named('broken', 'SELECT FROM WHERE');
    for (let time = 0; time < 2; time++) await expect(database.read(broken, [])).rejects.toThrow('syntax error');
    expect(await database.read(one, [])).toEqual([{ one: 1 }]);
  });

  it('may be the same several times in one transaction', async () => {
    const twice = named('twice', 'SELECT $1::int AS n');
    const answers = await database.write([1, 2, 3].map((n) => ({ statement: twice, values: [n] })));
    expect(answers.map(({ rows }) => rows)).toEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 3 }]]);
  });

  it('that change rows say how many', async () => {
    await database.session((run) => run('CREATE TABLE IF NOT EXISTS counted (n int)'));
    const insert = named('counted_insert', 'INSERT INTO counted SELECT generate_series(1, $1::int)');
    const remove = named('counted_delete', 'DELETE FROM counted');
    const answers = await database.write([{ statement: insert, values: [12] }, { statement: remove, values: [] }]);
    expect(answers.map(({ count }) => count)).toEqual([12, 12]);
  });
});
