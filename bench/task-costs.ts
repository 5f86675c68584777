/**
 * What a task costs: microseconds of the processor in Node and in PostgreSQL, bytes of PostgreSQL's log, versions of
 * rows and entries of indexes, and memory, for tasks that are added one by one from 64 callers and 100 a request, and
 * for no-op tasks drained by handlers beside the server and by a remote worker. Processor time can be compared even
 * where the machine does other things; rates cannot.
 *
 *   node bench/task-costs.ts [--tasks=20000] [--rounds=3] [--sqlite] [--statements]
 *
 * On a PostgreSQL server of its own, or with --sqlite on SQLite. --statements: with PostgreSQL's most expensive
 * statements of each phase. Only on Linux, which says what processes take. Medians of the rounds, after one that is
 * not counted.
 */
import { parseArgs } from 'node:util';
import { startEmbedded } from '../test/postgres/embedded.ts';
import { machine } from './lifecycles/measure.ts';
import { CostMeter, type Costs } from './tasks/costs.ts';
import { drainEmbedded, drainRemote } from './tasks/drain.ts';
import { addInBatches, addSingly } from './tasks/enqueue.ts';
import { openPlatform, type BenchPlatform } from './tasks/platform.ts';

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '3' },
    sqlite: { type: 'boolean', default: false },
    statements: { type: 'boolean', default: false },
  },
});
const count = Number(values.tasks);

const phases: readonly [string, (bench: BenchPlatform, count: number) => Promise<number>][] = [
  ['added singly', addSingly],
  ['drained by handlers', async (bench, count) => (await drainEmbedded(bench, count)).rate],
  ['100 a request', addInBatches],
  ['by a remote worker', async (bench, count) => (await drainRemote(bench, count)).rate],
];

interface Measured extends Costs {
  readonly rate: number;
}

const postgres = values.sqlite ? null : await startEmbedded(['shared_preload_libraries=pg_stat_statements']);
try {
  const measured = await measure(postgres?.url ?? null);
  console.log(`${machine()}, ${values.sqlite ? 'SQLite' : 'PostgreSQL'}, ${count} tasks, ${values.rounds} rounds`);
  console.table(Object.fromEntries([...measured].map(([name, rounds]) => [name, shown(rounds)])));
} finally {
  await postgres?.remove();
}

async function measure(url: string | null): Promise<ReadonlyMap<string, readonly Measured[]>> {
  const meter = await CostMeter.open(url);
  const bench = await openPlatform(url);
  for (const [, phase] of phases) await phase(bench, 2_000);
  const measured = new Map<string, readonly Measured[]>();
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, phase] of phases) {
      let rate = 0;
      if (values.statements) await meter.forgetStatements();
      const costs = await meter.measure(count, async () => {
        rate = await phase(bench, count);
      });
      measured.set(name, [...(measured.get(name) ?? []), { ...costs, rate }]);
      if (values.statements) console.log([name, ...(await meter.statements(count))].join('\n  '));
    }
  }
  await bench.close();
  await meter.close();
  return measured;
}

function shown(rounds: readonly Measured[]): Readonly<Record<string, number>> {
  const of = (read: (one: Measured) => number, digits = 0): number => {
    const all = rounds.map(read).sort((a, b) => a - b);
    return Number((all[Math.floor(all.length / 2)] ?? 0).toFixed(digits));
  };
  const always = {
    '/s': of(({ rate }) => rate), 'Node µs': of(({ node }) => node, 1), 'worker µs': of(({ workers }) => workers, 1),
    'heap MB': of(({ heap }) => heap), 'RSS MB': of(({ resident }) => resident),
  };
  if (values.sqlite) return always;
  return {
    ...always,
    'PG µs': of(({ postgres }) => postgres, 1),
    'log bytes': of(({ wal }) => wal.bytes),
    versions: of(({ wal }) => wal.versions, 2),
    HOT: of(({ wal }) => wal.hot, 2),
    deleted: of(({ wal }) => wal.deleted, 2),
    entries: of(({ wal }) => wal.indexEntries, 2),
  };
}
