import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { findDockerEngine, importBusybox } from '../providers/docker-engine.ts';
import { Census } from './docker/census.ts';
import { eventually } from './docker/eventually.ts';
import { startJobServer } from './docker/job-server.ts';
import { workerImage } from './docker/worker-image.ts';

const { docker, host, missing } = await findDockerEngine();
const busybox = 'waybill-test-busybox:2';
const MiB = 1024 ** 2;

/** Whether anything runs on this machine with these words. */
function runsHere(words: string): boolean {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim() === words;
    } catch {
      return false;
    }
  });
}

describe('a command job on Docker', { timeout: 60_000 }, () => {
  let server: Awaited<ReturnType<typeof startJobServer>>;
  beforeAll(async () => {
    if (missing !== null) return;
    await importBusybox(docker, busybox);
    server = await startJobServer({ docker, host, image: await workerImage(docker, host) });
  }, 60_000);
  beforeEach(({ skip }) => skip(missing !== null, missing ?? ''));
  afterAll(async () => {
    await server?.close();
  });

  it('has its output in its log, its exit code, and its events in order; its container is removed', async () => {
    const job = await server.run("echo 'Hello from a container' && cat /etc/hostname >&2; exit 7");
    expect(job).toMatchObject({
      state: 'FAILED', exitCode: 7, failure: { reason: 'NON_ZERO_EXIT_CODE' }, attempt: 1,
    });
    expect(await server.log(job.id)).toEqual(['Hello from a container', expect.stringMatching(/^[0-9a-f]{12}$/)]);
    expect(await server.events(job.id)).toEqual([
      'JobCreated PENDING', 'JobAssigned ASSIGNED', 'JobAccepted', 'JobStatusChanged RUNNING',
      'JobStatusChanged FAILED',
    ]);
    await server.untilNoContainers();
    expect(await server.sagas(job.id)).toEqual(['EXECUTION COMPLETED', 'PROVISIONING COMPLETED']);
    // That it is gone is noted a moment after it is.
    const look = async () => (await server.client.listFleetWorkers({ query: { job: job.id } })).workers;
    await expect.poll(look, { timeout: 10_000 }).toMatchObject([
      { state: 'TERMINATED', resourceId: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  it('runs in a container that is named after its worker and shows neither variables nor secrets', async () => {
    await server.client.putSecret({ params: { name: 'deploy-key' }, body: { value: 's3cret-of-the-test' } });
    const id = await server.submit('echo "$PLAIN $TOKEN" | sed s/./x/; echo ready; sleep 300', {
      environment: { PLAIN: 'plain-of-the-test' }, secrets: { TOKEN: 'deploy-key' },
    });
    await server.says(id, 'ready');
    expect(await server.log(id)).toEqual(['xlain-of-the-test s3cret-of-the-test', 'ready']);
    const { assignment } = await server.job(id);
    const info = await (await server.container(id)).inspect();
    expect(info.Name).toBe(`/waybill-worker-${assignment?.workerId}`);
    expect(info.Config.Labels).toMatchObject({
      'waybill-managed': 'true', 'waybill-worker': assignment?.workerId, 'waybill-provider': assignment?.providerId,
    });
    expect(info.HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'] });
    expect(JSON.stringify(info)).not.toMatch(/(plain|s3cret)-of-the-test/);
    await server.client.cancelJob({ params: { id } });
    await server.ended(id);
  });

  it('finds its variables, its user, a root that it cannot write to and a folder that it can', async () => {
    const job = await server.run(
      'echo "$MY_VAR,$NUM_VAR,$(id -u)"; touch /x 2>/dev/null || echo read-only; touch "$PWD/x" && echo written; ' +
        'case "$PWD" in /work/*) echo below;; esac; bash -c "echo \\${BASH_VERSINFO[0]:+bash}"; which awk wget',
      { environment: { MY_VAR: 'hello_world', NUM_VAR: '42' } },
    );
    expect(job.state).toBe('SUCCEEDED');
    expect(await server.log(job.id)).toEqual([
      'hello_world,42,1000', 'read-only', 'written', 'below', 'bash', '/bin/awk', '/bin/wget',
    ]);
  });

  it('is TIMED_OUT when its time is over, and nothing of it runs on', async () => {
    const id = await server.submit('sleep 3127', { timeoutMs: 1_000 });
    await server.until(id, 'RUNNING');
    await expect.poll(() => runsHere('sleep 3127'), { timeout: 5_000 }).toBe(true);
    expect(await server.ended(id)).toMatchObject({ state: 'TIMED_OUT', failure: { reason: 'EXECUTION_TIMEOUT' } });
    expect(runsHere('sleep 3127')).toBe(false);
  });

  it('is canceled with SIGTERM for all its processes, and its container is soon removed', async () => {
    const script = 'trap "echo outer; exit 0" TERM; sh -c \'trap "echo inner; exit 0" TERM; echo up; ' +
      'while :; do sleep 0.1; done\' & while :; do sleep 0.1; done';
    const id = await server.submit(script);
    await server.says(id, 'up');
    const container = await server.container(id);
    const canceledAt = performance.now();
    await server.client.cancelJob({ params: { id } });
    expect(await server.ended(id)).toMatchObject({ state: 'CANCELLED' });
    expect(performance.now() - canceledAt).toBeLessThan(3_000);
    expect(await server.log(id)).toEqual(expect.arrayContaining(['inner', 'outer', 'up']));
    const look = () => container.inspect().then(() => 'there', ({ statusCode }) => statusCode);
    await expect.poll(look, { timeout: 10_000 }).toBe(404);
  });

  it('runs in its own image, though that has neither Node nor the agent', async () => {
    const job = await server.run('ls /bin/bash /usr/local/bin/node 2>/dev/null; which busybox; echo $A', {
      requirements: { image: busybox }, environment: { A: 'lent' },
    });
    expect(job.state).toBe('SUCCEEDED');
    expect(await server.log(job.id)).toEqual(['/bin/busybox', 'lent']);
  });

  it('whose image does not exist is FAILED with the reason', async () => {
    const { client } = server;
    await client.registerProvider({
      body: { name: 'strict', type: 'docker', config: { image: 'waybill-test-none:1', pull: 'never' } },
    });
    const { health } = await client.testProvider({ params: { id: 'strict' } });
    expect(health).toMatchObject({ healthy: false, message: expect.stringContaining('`waybill agent image`') });
    const job = await server.run('true', { requirements: { image: 'localhost:9/nothing:1' } });
    const message = expect.stringContaining('localhost:9/nothing:1');
    expect(job).toMatchObject({ state: 'FAILED', failure: { reason: 'CONFIGURATION_ERROR', message } });
  });

  it('brings files in and leaves files behind, from within its container', async () => {
    const { client } = server;
    const { files: [file] } = await client.createCommandUploads({ body: { files: [{ path: 'a.csv', size: 3 }] } });
    await client.upload(file!.url, new TextEncoder().encode('1;2'), { contentType: file!.headers['content-type']! });
    const job = await server.run('mkdir out && tr ";" "," <in/a.csv >out/a.txt && echo more >out/b.txt', {
      inputs: [{ objectKey: file!.objectKey, path: 'in/a.csv' }], outputs: ['out'],
    });
    expect(job).toMatchObject({ state: 'SUCCEEDED' });
    const { artifacts } = await client.listArtifacts({ params: { id: job.id } });
    const texts = await Promise.all(artifacts.map(async ({ path, url }) => [path, await (await fetch(url!)).text()]));
    expect(Object.fromEntries(texts)).toEqual({ 'out/a.txt': '1,2', 'out/b.txt': 'more\n' });
  });

  it('that takes more memory than it has is FAILED for that', async () => {
    const job = await server.run('x=$(head -c 400000000 /dev/zero | tr "\\0" a); echo ${#x}', {
      requirements: { memoryBytes: 128 * MiB },
    });
    expect(job).toMatchObject({ state: 'FAILED', failure: { reason: 'OUT_OF_MEMORY' } });
  });

  it('cannot call the API, though its agent reaches the server', async () => {
    const port = new URL(server.server.url).port;
    const ask = 'wget -qO- --header "Authorization: Bearer admin" http://host.docker.internal:$PORT/api/jobs 2>&1';
    const job = await server.run(`${ask}; echo "exit $?"`, { environment: { PORT: port } });
    expect(await server.log(job.id)).toEqual([expect.stringContaining('404 Not Found'), 'exit 1']);
  });

  it.each([
    ['runs again when its container is killed, if its policy says so', 2, 'SUCCEEDED'],
    ['is FAILED when its container is killed, unless its policy says more', 1, 'FAILED'],
  ])('%s', async (_, maxAttempts, state) => {
    const id = await server.submit('echo "attempt $WAYBILL_JOB_ATTEMPT"; [ $WAYBILL_JOB_ATTEMPT = 2 ] || sleep 300', {
      retry: { maxAttempts, backoff: { firstMs: 1, maxMs: 1 } },
    });
    await server.says(id, 'attempt 1');
    await (await server.container(id)).kill();
    const job = await server.ended(id);
    expect(job).toMatchObject({ state, attempt: maxAttempts });
    expect(job.executions[0]).toMatchObject({ exitCode: null, failure: { reason: 'INFRASTRUCTURE_ERROR' } });
    expect(await server.sagas(id)).toContain('RECOVERY COMPLETED');
    expect(await server.log(id)).toContain('attempt 1');
  });

  it('has one of the places of its provider, which never has more containers than places', async () => {
    const [count, places] = [24, 4];
    const { client } = server;
    const { id: providerId } = await client.registerProvider({
      body: { name: 'small', type: 'docker', config: {}, maxWorkers: places },
    });
    const census = await Census.start(docker, providerId);
    onTestFinished(() => census.stop());
    const requirements = { provider: 'small' };
    const ids = await Promise.all(Array.from({ length: count }, () => server.submit('echo hi', { requirements })));
    for (const id of ids) {
      expect(await server.ended(id)).toMatchObject({ state: 'SUCCEEDED', attempt: 1 });
      expect(await server.events(id)).toEqual([
        'JobCreated PENDING', 'JobAssigned ASSIGNED', 'JobAccepted', 'JobStatusChanged RUNNING',
        'JobStatusChanged SUCCEEDED',
      ]);
    }
    await server.untilNoContainers(providerId);
    expect(census).toMatchObject({ most: places, created: count });
    await eventually(() => client.getProvider({ params: { id: 'small' } }), ({ activeWorkers }) => activeWorkers === 0);
  });

  it('leaves no container behind', async () => {
    await server.untilNoContainers();
  });
});
