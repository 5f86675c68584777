import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { beforeAll, describe, it, type TestContext } from 'vitest';
import { findDockerEngine } from '../providers/docker-engine.ts';
import { startProxy, type SocketProxy } from '../providers/socket-proxy.ts';
import { eventually } from './docker/eventually.ts';
import { freePorts, ServerProgram, type JobUser } from './docker/job-server.ts';
import { workerImage } from './docker/worker-image.ts';

const { docker, host, missing } = await findDockerEngine();
const stepsOfJob = 'SELECT s.state FROM saga_steps s JOIN sagas ON sagas.id = s.saga_id ' +
  'WHERE correlation_id = ? AND step_name = ?';

// They wait for leases that run out, side by side.
describe.concurrent('a command job on Docker', { timeout: 120_000 }, () => {
  let image = '';
  beforeAll(async () => {
    if (missing === null) image = await workerImage(docker, host);
  }, 60_000);

  async function startThrough({ skip, onTestFinished }: TestContext): Promise<[ServerProgram, SocketProxy]> {
    skip(missing !== null, missing ?? '');
    const proxy = await startProxy(host.replace(/^unix:\/\//, ''));
    const program = new ServerProgram({ docker, host: proxy.host, image, ports: await freePorts() });
    onTestFinished(async () => {
      await program.close();
      await proxy.close();
    });
    await program.start();
    return [program, proxy];
  }

  /** Resolves with the next event of this sort that concerns a worker of the provider. */
  async function engineSays(action: 'create' | 'start', providerId: string): Promise<() => Promise<void>> {
    const label = [`waybill-provider=${providerId}`];
    const filters = JSON.stringify({ type: ['container'], event: [action], label });
    const stream = (await docker.getEvents({ filters })) as Readable;
    const said = once(createInterface(stream), 'line');
    return async () => {
      await said;
      stream.destroy();
    };
  }

  const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`);

  const calls = ['create', 'start'] as const;
  it.for(calls)('outlives a server that is killed before it hears of %s', async (action, context) => {
    const [program, proxy] = await startThrough(context);
    const { expect } = context;
    const { user } = program;
    const providerId = await user.providerId();
    const made = await engineSays(action, providerId);
    const request = new RegExp(`^POST /containers/\\S*${action}`);
    proxy.onSent = (text) => request.test(text) && proxy.holdAnswers();
    const id = await user.submit('echo once');
    await made();
    expect(user.query(stepsOfJob, id, 'CreateInfrastructure')).toEqual([{ state: 'IN_PROGRESS' }]);
    await program.end('SIGKILL');
    expect(await user.containers(providerId)).toHaveLength(1);
    proxy.onSent = () => {};
    proxy.heal();
    await program.start();
    expect(await user.ended(id)).toMatchObject({ state: 'SUCCEEDED', attempt: 1 });
    expect(await user.log(id)).toEqual(['once']);
    expect(await user.sagas(id)).toEqual(['EXECUTION COMPLETED', 'PROVISIONING COMPLETED']);
    await user.untilNoContainers();
  });

  it('keeps running while its server is stopped, killed and restarted', async (context) => {
    const [program] = await startThrough(context);
    const { expect } = context;
    const { user } = program;
    const id = await user.submit('for i in 1 2 3 4 5 6 7 8 9; do echo line $i; sleep 0.5; done');
    await user.says(id, 'line 2');
    await program.end('SIGTERM');
    await program.start();
    await user.says(id, 'line 4');
    await program.end('SIGKILL');
    await program.start();
    expect(await user.ended(id)).toMatchObject({ state: 'SUCCEEDED', attempt: 1, executions: [expect.anything()] });
    expect(await user.log(id)).toEqual(lines(9));
    await user.untilNoContainers();
  });

  it('waits while Docker is away, and one that names no provider runs elsewhere', async (context) => {
    const [{ user }, proxy] = await startThrough(context);
    const { expect } = context;
    const [docker, process] = await Promise.all(['docker', 'process'].map((name) => user.providerId(name)));
    proxy.break();
    const waiting = await user.submit('echo at last');
    const health = await eventually(() => healthOf(user), (seen) => seen?.healthy === false);
    expect(health?.message).toContain('Docker does not answer');
    const elsewhere = await user.ended(await user.submitAnywhere('echo elsewhere'));
    expect(elsewhere).toMatchObject({ state: 'SUCCEEDED', executions: [{ providerId: process }] });
    expect((await user.job(waiting)).endedAt).toBeNull();
    proxy.heal();
    const job = await user.ended(waiting);
    expect(job.state).toBe('SUCCEEDED');
    expect(job.executions.at(-1)?.providerId).toBe(docker);
    expect(await user.log(waiting)).toEqual(['at last']);
    await user.untilNoContainers();
  });
});

async function healthOf({ client }: JobUser) {
  return (await client.getProvider({ params: { id: 'docker' } })).health;
}
