import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { workerName, type Provider, type WorkerSpec, type WorkerStatus } from '../../../src/ports/provider.ts';
import { createKubernetesProvider, type KubernetesProviderSettings } from '../../../src/providers/kubernetes/index.ts';
import { foreignImage, workerImage } from './images.ts';
import { missing, openNamespace, type TestNamespace } from './namespaces.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
const { signal } = new AbortController();

describe('kubernetes on a cluster', () => {
  let test: TestNamespace;
  let spec: WorkerSpec;
  const opened: Provider[] = [];
  const open = (settings: Partial<KubernetesProviderSettings> = {}, script: string | null = null) => {
    const made = createKubernetesProvider({
      providerId: spec.workerId, kubeconfig: test.kubeconfig, namespace: test.name, image: workerImage, pull: 'never',
      cpuCores: 0.1, memoryBytes: 128 * 1024 ** 2, diskBytes: 16 * 1024 ** 2,
      agentCommand: script === null ? null : ['/bin/sh', '-c', script], ...settings,
    });
    opened.push(made);
    return made;
  };
  const end = async (provider: Provider): Promise<WorkerStatus> => {
    const told = new Promise<WorkerStatus>((resolve) => {
      provider.watch?.((workerId, status) => workerId === spec.workerId && resolve(status));
    });
    await provider.provision(spec, signal);
    return told;
  };

  beforeAll(async () => {
    if (missing === null) test = await openNamespace();
  });
  afterAll(async () => {
    await test?.close();
  });
  beforeEach(({ skip }) => {
    skip(missing !== null, missing ?? '');
    spec = {
      workerId: randomUUID(), image: null, cpuCores: null, memoryBytes: null, diskBytes: null, gpuCount: 0,
      networkMode: null, labels: {}, agentEnvironment: { TOKEN: '$(HOME) c0ffee' }, lifetimeMs: null,
    };
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });

  const seen = {
    user: 1_000, token: '$(HOME) c0ffee', root: 'EROFS', work: 'writes', tmp: 'writes', isFirst: false, account: false,
    capabilities: '0000000000000000', noNewPrivileges: '1', shell: '/bin/sh',
  };
  const report = (status: WorkerStatus): unknown => JSON.parse(status.state === 'exited' ? status.reason ?? '' : '{}');

  it('runs the agent of the worker image with no rights', async () => {
    const status = await end(open());
    expect(status).toMatchObject({ state: 'exited', exitCode: 4 });
    expect(report(status)).toEqual({ ...seen, libraries: true, agent: 'EROFS' });
  });

  it('brings the agent into an image that has neither that nor Node', async () => {
    spec = { ...spec, image: foreignImage };
    const status = await end(open());
    expect(status).toMatchObject({ state: 'exited', exitCode: 4 });
    expect(report(status)).toEqual({ ...seen, libraries: false, agent: 'EROFS' });
  });

  it('keeps the agent\'s variables out of the pod', async () => {
    const provider = open({}, 'sleep 60');
    await provider.provision(spec, signal);
    const pod = await test.core.readNamespacedPod({ namespace: test.name, name: workerName(spec.workerId) });
    expect(JSON.stringify(pod)).not.toContain('c0ffee');
    const { items } = await test.core.listNamespacedSecret({ namespace: test.name });
    const [secret] = items.filter(({ metadata }) => metadata?.labels?.['waybill-worker'] === spec.workerId);
    expect(secret?.metadata?.ownerReferences).toMatchObject([{ kind: 'Pod', uid: pod.metadata?.uid }]);
    await provider.terminate(spec.workerId, { graceMs: 0 }, signal);
  });

  it('ends a worker when its time is over', async () => {
    spec = { ...spec, lifetimeMs: 2_000 };
    expect(await end(open({}, 'sleep 60'))).toMatchObject({
      state: 'exited', reason: expect.stringContaining('DeadlineExceeded'),
    });
  });

  it('removes the secret of a pod that is deleted by someone else', async () => {
    const provider = open({}, 'sleep 60');
    await provider.provision(spec, signal);
    const name = workerName(spec.workerId);
    await test.core.deleteNamespacedPod({ namespace: test.name, name, body: { gracePeriodSeconds: 0 } });
    const labelSelector = `waybill-worker=${spec.workerId}`;
    const secrets = () => test.core.listNamespacedSecret({ namespace: test.name, labelSelector });
    await expect.poll(async () => (await secrets()).items, { timeout: 120_000 }).toEqual([]);
  });

  it('creates its namespace where it is configured to, and a worker in that at once', async () => {
    const namespace = `${test.name}-made`;
    const settings = { namespace, createNamespace: true };
    await expect(open(settings, 'exit 3').provision(spec, signal)).rejects.toMatchObject({ code: 'forbidden' });
    try {
      const provider = open({ ...settings, kubeconfig: test.adminKubeconfig }, 'exit 3');
      expect(await end(provider)).toMatchObject({ exitCode: 3 });
    } finally {
      await test.core.deleteNamespace({ name: namespace });
    }
  });

  it('names each right that is missing', async () => {
    const health = await open({ namespace: 'default' }).test(signal);
    expect(health).toMatchObject({ healthy: false, message: expect.stringMatching(/create pods,.*delete secrets\./) });
    const version = expect.stringMatching(/^Kubernetes v1/);
    expect(await open().test(signal)).toMatchObject({ healthy: true, message: version });
  });
});
