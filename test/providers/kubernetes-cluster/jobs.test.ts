import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClient } from '../../../src/main/client/index.ts';
import { converse } from '../../command/conversations.ts';
import { eventually } from '../../command/docker/eventually.ts';
import { JobUser } from '../../command/docker/job-server.ts';
import { startTestServer } from '../../server/server.ts';
import { findDockerEngine } from '../docker-engine.ts';
import { foreignImage, jobsImage } from './images.ts';
import { hostAddress, missing, openNamespace, type TestNamespace } from './namespaces.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const { docker, host } = await findDockerEngine();
const password = 'a passphrase of tests';

describe('a command job in a pod', () => {
  let namespace: TestNamespace;
  beforeAll(async () => {
    if (missing === null) namespace = await openNamespace();
  });
  beforeEach(({ skip }) => skip(missing !== null, missing ?? ''));
  afterAll(() => namespace?.close());

  /** A server that pods and containers reach, with a provider of each sort. */
  async function startServer(): Promise<JobUser> {
    const { url, folder } = await startTestServer({
      ADMIN_USER: 'root', ADMIN_PASSWORD: password, WAYBILL_HOST: '0.0.0.0', WAYBILL_SERVER_HOST: hostAddress,
      WAYBILL_WORKER_IMAGE: jobsImage, WAYBILL_KUBERNETES_ENABLED: 'true', WAYBILL_K8S_NAMESPACE: namespace.name,
      WAYBILL_K8S_KUBECONFIG: namespace.kubeconfig, WAYBILL_DOCKER_ENABLED: 'true', DOCKER_HOST: host,
    }, 'production');
    const here = url.replace('0.0.0.0', '127.0.0.1');
    const { token } = await createClient({ server: here }).logIn({ body: { userId: 'root', password } });
    return new JobUser({ url: here, folder, docker, token });
  }

  const pods = async (): Promise<readonly string[]> => {
    const selector = { namespace: namespace.name, labelSelector: 'waybill-worker' };
    return (await namespace.core.listNamespacedPod(selector)).items.map(({ metadata }) => metadata?.name ?? '');
  };
  const onKubernetes = { requirements: { provider: 'kubernetes' } };

  it('runs to its end, with its log, its exit code and its sagas; nothing of it is left', async () => {
    const user = await startServer();
    const { providers } = await user.client.listProviders();
    expect(providers.map(({ name, status }) => `${name} ${status}`)).toEqual(['docker ACTIVE', 'kubernetes ACTIVE']);
    const done = await user.run('echo "Hello from a pod" && id -u && touch x && ! touch /x', onKubernetes);
    expect(done).toMatchObject({ state: 'SUCCEEDED', exitCode: 0, attempt: 1 });
    expect((await user.log(done.id)).slice(0, 2)).toEqual(['Hello from a pod', '1000']);
    expect(await user.events(done.id)).toEqual([
      'JobCreated PENDING', 'JobAssigned ASSIGNED', 'JobAccepted', 'JobStatusChanged RUNNING',
      'JobStatusChanged SUCCEEDED',
    ]);
    expect(await user.sagas(done.id)).toEqual(['EXECUTION COMPLETED', 'PROVISIONING COMPLETED']);
    const failed = await user.run('exit 7', onKubernetes);
    expect(failed).toMatchObject({ state: 'FAILED', exitCode: 7 });
    await eventually(pods, ({ length }) => length === 0, 60_000);
  });

  it('of every sort works, using only the command line', async () => {
    const user = await startServer();
    await converse(user.url, { P: 'kubernetes', PAUSE: '0.4', WITHIN: '300', WAYBILL_TOKEN: user.token });
  }, 600_000);

  it('is in a pod and in no container of Docker, and one on Docker the reverse', async () => {
    const user = await startServer();
    const inPod = await user.submit('echo up; sleep 300', onKubernetes);
    await user.says(inPod, 'up');
    const { assignment } = await user.job(inPod);
    expect(await pods()).toEqual([`waybill-worker-${assignment?.workerId}`]);
    expect(await user.containers()).toEqual([]);
    await user.client.cancelJob({ params: { id: inPod } });
    expect(await user.ended(inPod)).toMatchObject({ state: 'CANCELLED' });
    await eventually(pods, ({ length }) => length === 0, 60_000);
    const inContainer = await user.submit('echo up; sleep 300');
    await user.says(inContainer, 'up');
    expect(await user.containers()).toHaveLength(1);
    expect(await pods()).toEqual([]);
    await user.client.cancelJob({ params: { id: inContainer } });
    await user.untilNoContainers();
  });

  it('brings files in and leaves files behind, in an image without Node', async () => {
    const user = await startServer();
    const { client } = user;
    const { files: [file] } = await client.createCommandUploads({ body: { files: [{ path: 'a.csv', size: 3 }] } });
    await client.upload(file!.url, new TextEncoder().encode('1;2'), { contentType: file!.headers['content-type']! });
    const job = await user.run('tr ";" "," <a.csv >b.txt', {
      inputs: [{ objectKey: file!.objectKey, path: 'a.csv' }], outputs: ['b.txt'],
      requirements: { provider: 'kubernetes', image: foreignImage },
    });
    expect(job).toMatchObject({ state: 'SUCCEEDED' });
    const { artifacts: [artifact] } = await client.listArtifacts({ params: { id: job.id } });
    expect(await (await fetch(artifact!.url!)).text()).toBe('1,2');
    await eventually(pods, ({ length }) => length === 0, 60_000);
  });
});
