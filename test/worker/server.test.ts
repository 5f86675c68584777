import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import type { Restyle } from '../../src/kinds/image-set/worker/restyle.ts';
import type { ImageWorkerStats } from '../../src/kinds/image-set/worker/stats.ts';
import { gatedRestyle, photo, prefixing, startWorker, type RunningWorker } from './harness.ts';
import { devSecret as secret, serverForEach } from './server-for-each.ts';

const server = serverForEach();

/** How often the server recorded each photo's result, by idx. */
async function recordings(jobId: string, user?: string): Promise<number[]> {
  const { events } = await server.api<{ events: { type: string; data: { result?: { idx: number } } }[] }>(
    'GET', `/api/jobs/${jobId}/events?limit=200`, undefined, user,
  );
  const counts: number[] = [];
  for (const event of events) {
    const idx = event.data.result?.idx;
    if (idx !== undefined) counts[idx] = (counts[idx] ?? 0) + 1;
  }
  return counts;
}

function worker(restyle: Restyle, concurrency = 1): RunningWorker {
  const started = startWorker(server, { restyle, secret, concurrency });
  server.cleanups.push(started.stop);
  return started;
}

/** A worker in a process of its own, and a way to wait for its counts. */
function startProcess(): { child: ChildProcess; until(isSo: (stats: ImageWorkerStats) => boolean): Promise<void> } {
  const program = new URL('./worker-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, server.url, secret], {
    env: { ...process.env, WAYBILL_TEST_FOLDER: server.folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  server.cleanups.push(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  const until = async (isSo: (stats: ImageWorkerStats) => boolean): Promise<void> => {
    for await (const line of lines) if (isSo(JSON.parse(line) as ImageWorkerStats)) return;
    throw new Error('the worker process ended before');
  };
  return { child, until };
}

test('an image worker takes a set through a server: results are charged, a missing photo is not', async () => {
  const jobId = await server.execute([photo('a'), null, photo('c')]);
  const running = worker(prefixing);
  await running.until(({ acknowledged }) => acknowledged === 1);
  const set = await server.view(jobId);
  expect(set).toMatchObject({ status: 'done', progress: { done: 2, failed: 1, total: 3 } });
  expect(set.items[1]).toMatchObject({ state: 'failed', error: 'photo 1 was not uploaded', outputUrl: null });
  const output = await fetch(set.items[2]?.outputUrl ?? '');
  expect([output.headers.get('content-type'), await output.text()]).toEqual(['image/png', 'result of c']);
  const preview = await fetch(set.items[2]?.previewUrl ?? '');
  expect([preview.headers.get('content-type'), await preview.text()]).toEqual(['image/webp', 'preview of c']);
  expect(await server.api('GET', '/api/user/me')).toMatchObject({ credits: 8, reserved: 0, spent: 2, activeJobs: 0 });
});

test('an image worker stops the rest of a set that its owner cancels', async () => {
  const jobId = await server.execute([photo('a'), photo('b'), photo('c')]);
  const gate = gatedRestyle();
  const running = worker(gate.restyle, 2);
  await gate.untilBegun(2);
  await server.api('POST', `/api/jobs/${jobId}/cancel`);
  gate.release();
  await gate.untilAborted(1);
  await running.until(({ acknowledged, lost }) => acknowledged + lost === 1);
  expect(gate.begun.toSorted()).toEqual(['a', 'b']);
  expect(await server.view(jobId)).toMatchObject({ status: 'canceled', progress: { done: 0, failed: 0 } });
});

test('another image worker gets at once what a stopping one releases', async () => {
  const jobId = await server.execute([photo('a'), photo('b')]);
  const gate = gatedRestyle();
  const first = worker(gate.restyle);
  await gate.untilBegun(1);
  const stopped = first.stop();
  gate.release();
  expect(await stopped).toMatchObject({ done: 1, givenBack: 1 });
  const second = worker(prefixing);
  await second.until(({ acknowledged }) => acknowledged === 1);
  expect(second.stats()).toMatchObject({ done: 1 });
  expect(await recordings(jobId)).toEqual([1, 1]);
});

test('a set of workers that are killed in the middle is finished by others, each photo recorded once', async () => {
  // The hanging ones take the places of each process in the end, so that none is through before it is killed.
  const words = Array.from({ length: 10 }, (_, idx) => (idx % 3 === 2 ? 'hang' : `photo ${idx}`));
  const jobId = await server.execute(words.map(photo));
  for (let killed = 0; killed < 3; killed++) {
    const { child, until } = startProcess();
    // Other photos are under way then, somewhere between the download and the report.
    await until(({ done }) => done >= 1);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  expect((await server.view(jobId)).status).toBe('running');
  const last = worker(prefixing);
  await last.until(({ acknowledged }) => acknowledged === 1);
  expect(await server.view(jobId)).toMatchObject({ status: 'done', progress: { done: 10, failed: 0, total: 10 } });
  expect(await recordings(jobId)).toEqual(Array(10).fill(1));
  expect(await server.api('GET', '/api/user/me')).toMatchObject({ credits: 0, reserved: 0, spent: 10 });
}, 40_000);

test('a message with which two workers in a row died is not delivered a third time', async () => {
  const jobId = await server.execute([photo('a'), photo('b')]);
  const pull = async (): Promise<{ id: string; attempts: number }[]> => {
    const response = await fetch(`${server.url}/api/queues/gpu-jobs/messages/pull`, {
      method: 'POST',
      headers: { 'x-gpu-callback-secret': secret, 'content-type': 'application/json' },
      body: JSON.stringify({ batch_size: 1, visibility_timeout_ms: 1_000, wait_ms: 3_000 }),
    });
    return ((await response.json()) as { data: { messages: { id: string; attempts: number }[] } }).data.messages;
  };
  // Neither is heard of again.
  expect([await pull(), await pull()]).toMatchObject([[{ id: jobId, attempts: 1 }], [{ id: jobId, attempts: 2 }]]);
  expect(await pull()).toEqual([]);
  expect(await server.view(jobId)).toMatchObject({ status: 'failed', progress: { done: 0, failed: 2 } });
  const [item] = (await server.view(jobId)).items;
  expect(item?.error).toBe('This item was not finished: 2 workers in a row died with it.');
  expect(await server.api('GET', '/api/user/me')).toMatchObject({ credits: 10, reserved: 0, activeJobs: 0 });
});

test('a worker process that is told to stop ends by itself', async () => {
  const jobId = await server.execute([photo('a')]);
  const { child, until } = startProcess();
  await until(({ acknowledged }) => acknowledged === 1);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  expect((await server.view(jobId)).status).toBe('done');
});

test('two workers do the sets of several users at once, each photo recorded once', async () => {
  const users = ['ada', 'bo', 'cy'];
  const jobs = await Promise.all(users.map((user) => server.execute([0, 1, 2, 3].map((idx) => photo(`${idx}`)), user)));
  const workers = [worker(prefixing, 3), worker(prefixing, 3)];
  const acknowledged = (): number => workers.reduce((sum, each) => sum + (each.stats()?.acknowledged ?? 0), 0);
  await Promise.race(workers.map((each) => each.until(() => acknowledged() === 3)));
  for (const [index, jobId] of jobs.entries()) {
    expect(await server.view(jobId, users[index])).toMatchObject({ status: 'done', progress: { done: 4 } });
    expect(await recordings(jobId, users[index])).toEqual([1, 1, 1, 1]);
  }
});
