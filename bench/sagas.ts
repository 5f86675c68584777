/**
 * Steps of sagas a second: pipelines of five steps, each of which tells its job, of which 5 % of the side effects are
 * done and then not recorded, since the attempt breaks off. Each commit is durable. Fails if a step was done twice.
 *
 *   node bench/sagas.ts [--pipelines=500] [--rounds=3]
 *
 * On SQLite in a temporary folder, or on what DATABASE_URL names (an empty database).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WakeUp } from '../src/application/wake-up.ts';
import { nodeGzip } from '../src/main/node/gzip.ts';
import { createLogger } from '../src/main/node/logger.ts';
import { createIds, systemClock } from '../src/main/node/world.ts';
import { createEngine } from '../src/services/engine.ts';
import { createMemoryObjects } from '../src/testing/memory-objects.ts';
import { createSeededRandom } from '../src/testing/seeded-random.ts';
import { settings } from '../src/testing/simulator/world.ts';
import { machine, probeFsync } from './lifecycles/measure.ts';
import { openMeasuredStore } from './open-store.ts';
import { pipeline, pipelineParts, stepsOfPipeline } from './sagas/pipeline.ts';

const { values } = parseArgs({
  options: { pipelines: { type: 'string', default: '500' }, rounds: { type: 'string', default: '3' } },
});
const pipelines = Number(values.pipelines);
const dying = 0.05;

const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
console.log(`${machine()}; ${Math.round(probeFsync(folder))} fdatasync/s`);
const store = await openMeasuredStore(folder);
const random = createSeededRandom(1);
const done = new Map<string, string>();
let broken = 0;
/** The sagas that have told their jobs of the end, in a commit that may still be under way. */
const told = new Set<string>();
const ended = new WakeUp();
const engine = createEngine({
  kinds: { pipeline: pipelineParts(perform, onEnd) },
  wakeUp: () => new WakeUp(), store, users: store.users, clock: systemClock, ids: createIds(systemClock), settings,
  objects: createMemoryObjects(systemClock), gzip: nodeGzip, random: Math.random,
  logger: createLogger('error', (line) => process.stderr.write(line)),
});
const stopListening = store.wakeUps?.listen((topic) => engine.onWakeUp(topic));
for (const service of engine.services) service.start();

for (let round = 1; round <= Number(values.rounds); round++) {
  const [began, before] = [performance.now(), process.cpuUsage()];
  const ids = await Promise.all(Array.from({ length: pipelines }, submit));
  const submitted = performance.now();
  while (told.size < pipelines * round) await ended.wait(60_000, ended.count);
  await engine.deps.writePath.drain();
  const seconds = (performance.now() - began) / 1000;
  const rate = Math.round((pipelines * stepsOfPipeline) / seconds);
  const made = `begun in ${((submitted - began) / 1000).toFixed(2)} s`;
  const { user, system } = process.cpuUsage(before);
  const busy = `${((user + system) / 1_000_000).toFixed(2)} s of processor time`;
  console.log(`${store.name}: ${rate} steps/s, ${seconds.toFixed(2)} s, ${busy}; ${made}; ${broken} broke off`);
  await check(ids);
}
engine.quiesce();
stopListening?.();
await Promise.all(engine.services.map((service) => service.stop()));
await engine.deps.writePath.drain();
await store.close();
rmSync(folder, { recursive: true, force: true });

function onEnd(sagaId: string): void {
  told.add(sagaId);
  if (told.size % pipelines === 0) ended.notify();
}

/** Looks first, as a step has to. */
async function perform(key: string): Promise<string> {
  const before = done.get(key);
  if (before !== undefined) return before;
  const receipt = crypto.randomUUID();
  done.set(key, receipt);
  if (random.next() >= dying) return receipt;
  broken += 1;
  throw new Error('breaks off once it is done');
}

async function submit(): Promise<string> {
  const { ids } = engine.deps;
  const [jobId, sagaId] = [ids.uuid(), ids.uuid()];
  const made = await engine.deps.writePath.run({
    actor: 'bench', correlationId: 'bench', reads: [],
    decide: (draft) => draft.createJob(pipeline, jobId, { type: 'create', sagaId }),
  });
  if (!made.ok) throw new Error(made.refusal.message);
  return jobId;
}

async function check(ids: readonly string[]): Promise<void> {
  const jobs = await Promise.all(ids.map((id) => store.jobs.get(id)));
  const wrong = jobs.filter((job) => {
    return job?.state !== 'done' || (job.fields as { heard: number }).heard !== stepsOfPipeline;
  });
  if (wrong.length > 0) throw new Error(`${wrong.length} pipelines came out wrong: ${JSON.stringify(wrong[0])}`);
}
