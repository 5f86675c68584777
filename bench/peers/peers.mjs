/**
 * The same measurements of pg-boss and graphile-worker, at the settings that made each fastest here:
 * `node bench/peers/peers.mjs <pg-boss|graphile-worker> <database url> <adds> <drained> <pickups>`, one JSON line.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const [peer, url, adds, drained, pickups] = process.argv.slice(2);
const counts = { adds: Number(adds), drained: Number(drained), pickups: Number(pickups) };
const measured = peer === 'pg-boss' ? await pgBoss() : await graphile();
process.stdout.write(`${JSON.stringify(measured)}\n`);

async function pgBoss() {
  const { PgBoss } = await import('pg-boss');
  const boss = new PgBoss({ connectionString: url, max: 20, useListenNotify: true });
  boss.on('error', (error) => process.stderr.write(`${error}\n`));
  await boss.start();
  for (const name of ['add', 'drain', 'pickup']) await boss.createQueue(name, { notify: name === 'pickup' });
  const single = await rate(counts.adds, 64, () => boss.send('add', { row: 1 }));
  const batch = await rate(counts.adds / 100, 8, () => boss.insert('add', rows(100, { data: { row: 1 } }))) * 100;
  for (let at = 0; at < counts.drained; at += 1_000) await boss.insert('drain', rows(1_000, { data: { row: 1 } }));
  // Faster than its `work`, which looks for the next batch by a timer.
  const began = performance.now();
  const drainer = async () => {
    for (;;) {
      const jobs = await boss.fetch('drain', { batchSize: 1_000 });
      if (jobs.length === 0) return;
      await boss.complete('drain', jobs.map(({ id }) => id));
    }
  };
  await Promise.all([drainer(), drainer(), drainer(), drainer()]);
  const drain = counts.drained / ((performance.now() - began) / 1000);
  let picked;
  await boss.work('pickup', { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 }, async () => picked?.());
  const latencies = await pickup((done) => {
    picked = done;
    return boss.send('pickup', { row: 1 });
  });
  await boss.stop({ graceful: false });
  return { peer, single, batch, drain, ...latencies };
}

async function graphile() {
  const { makeWorkerUtils, run } = await import('graphile-worker');
  const utils = await makeWorkerUtils({ connectionString: url, maxPoolSize: 20 });
  await utils.migrate();
  const quiet = { error() {}, warn() {}, info() {}, debug() {} };
  const { Logger } = await import('graphile-worker');
  const logger = new Logger(() => (level, message) => (level === 'error' ? quiet.error(message) : undefined));
  const single = await rate(counts.adds, 64, () => utils.addJob('add', { row: 1 }));
  const batch = await rate(counts.adds / 100, 8, () =>
    utils.addJobs(rows(100, { identifier: 'add', payload: { row: 1 } })),
  ) * 100;
  for (let at = 0; at < counts.drained; at += 1_000) {
    await utils.addJobs(rows(1_000, { identifier: 'drain', payload: { row: 1 } }));
  }
  let done = 0;
  let ended;
  const drainEnded = new Promise((resolve) => (ended = resolve));
  const began = performance.now();
  const draining = await run({
    taskList: { drain: () => { if (++done === counts.drained) ended(performance.now()); } },
    preset: {
      worker: {
        connectionString: url, concurrentJobs: 24, maxPoolSize: 20, pollInterval: 500, logger,
        completeJobBatchDelay: 0, failJobBatchDelay: 0, localQueue: { size: 500, refetchDelay: { durationMs: 0 } },
      },
    },
    noHandleSignals: true,
  });
  const drain = counts.drained / (((await drainEnded) - began) / 1000);
  await draining.stop();
  let picked;
  const picking = await run({
    taskList: { pickup: () => picked?.() },
    preset: { worker: { connectionString: url, concurrentJobs: 4, maxPoolSize: 10, pollInterval: 500, logger } },
    noHandleSignals: true,
  });
  const latencies = await pickup((started) => {
    picked = started;
    return utils.addJob('pickup', { row: 1 });
  });
  await picking.stop();
  await utils.release();
  return { peer, single, batch, drain, ...latencies };
}

function rows(count, row) {
  return Array.from({ length: count }, () => row);
}

async function rate(count, callers, work) {
  const began = performance.now();
  let begun = 0;
  const caller = async () => {
    while (begun < count) {
      begun += 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return count / ((performance.now() - began) / 1000);
}

/** From the call that adds one job on an idle system to the first line of its handler. Milliseconds. */
async function pickup(add) {
  const all = [];
  await sleep(500);
  for (let at = 0; at < counts.pickups; at++) {
    const began = performance.now();
    const started = new Promise((resolve) => void add(() => resolve(performance.now())));
    all.push((await started) - began);
    await sleep(10);
  }
  all.sort((a, b) => a - b);
  const p = (percent) => all[Math.min(all.length - 1, Math.floor((all.length * percent) / 100))];
  return { p50: p(50), p95: p(95), p99: p(99) };
}
