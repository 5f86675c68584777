import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { workerName, type Provider, type WorkerSpec, type WorkerStatus } from '../../src/ports/provider.ts';
import { createKubernetesProvider, type KubernetesProviderSettings } from '../../src/providers/kubernetes/index.ts';
import { grantedRights, type User } from './kubernetes-api/access.ts';
import { refuse } from './kubernetes-api/answers.ts';
import { startTestCluster, type SeenRequest, type TestCluster } from './kubernetes-api/server.ts';

const { signal } = new AbortController();
const namespace = 'behavior-workers';
const image = 'worker:1';

describe('kubernetes', () => {
  let cluster: TestCluster;
  let spec: WorkerSpec;
  const opened: Provider[] = [];
  const open = (settings: Partial<KubernetesProviderSettings> = {}, script = 'exit 0', user: User = 'waybill') => {
    const made = createKubernetesProvider({
      providerId: spec.workerId, kubeconfig: cluster.kubeconfig(user), namespace, image,
      agentCommand: ['/bin/sh', '-c', script], ...settings,
    });
    opened.push(made);
    return made;
  };
  const pod = () => cluster.pods.get(namespace, workerName(spec.workerId));
  const provisioned = async (settings: Partial<KubernetesProviderSettings>, overrides: Partial<WorkerSpec> = {}) => {
    await open(settings).provision({ ...spec, ...overrides }, signal);
    return pod()?.spec;
  };
  const watching = (provider: Provider) => {
    const told: WorkerStatus[] = [];
    const first = Promise.withResolvers<WorkerStatus>();
    provider.watch?.((workerId, status) => {
      if (workerId !== spec.workerId) return;
      told.push(status);
      first.resolve(status);
    });
    return { told, first: first.promise };
  };
  /** Resolves with the first request from now on that matches. */
  const asked = (matches: (request: SeenRequest) => boolean) => new Promise<SeenRequest>((resolve) => {
    cluster.onRequest = (request) => matches(request) && resolve(request);
  });
  const isWatch = ({ url }: SeenRequest) => url.includes('watch=true');
  const creates = (resource: string) => ({ method, url }: SeenRequest) =>
    method === 'POST' && url.includes(`/${resource}`);
  const ended = (provider: Provider) => expect.poll(() => provider.inspect(spec.workerId, signal), { timeout: 5_000 });

  beforeEach(async () => {
    cluster = await startTestCluster(namespace);
    cluster.node.images.set(image, ['/bin/sh', '-c', 'exit 9']).set('job:1', []);
    spec = {
      workerId: randomUUID(), image: null, cpuCores: null, memoryBytes: null, diskBytes: null, gpuCount: 0,
      networkMode: null, labels: {}, agentEnvironment: {}, lifetimeMs: null,
    };
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await cluster.close();
  });

  describe('what a worker may do', () => {
    it('is as little as its command needs', async () => {
      const made = await provisioned({}, { cpuCores: 0.5, memoryBytes: 64 * 1024 ** 2, diskBytes: 5_000 });
      const amounts = { cpu: '500m', memory: String(64 * 1024 ** 2), 'ephemeral-storage': '5000' };
      expect(made).toMatchObject({
        restartPolicy: 'Never', automountServiceAccountToken: false, enableServiceLinks: false,
        shareProcessNamespace: true, securityContext: {
          runAsUser: 1_000, runAsGroup: 1_000, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' },
        },
        volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '5000' } }, { name: 'work', emptyDir: { sizeLimit: '5000' } }],
        containers: [{
          imagePullPolicy: 'IfNotPresent', resources: { requests: amounts, limits: amounts },
          securityContext: {
            allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, { name: 'work', mountPath: '/work' }],
        }],
      });
      expect(made.initContainers).toBeUndefined();
      expect(made.activeDeadlineSeconds).toBeUndefined();
    });

    it('is what the provider is configured for', async () => {
      const made = await provisioned({
        pull: 'never', imagePullSecrets: ['registry'], serviceAccount: 'workers', nodeSelector: { pool: 'jobs' },
        tolerations: [{ key: 'jobs', operator: 'Exists', effect: 'NoSchedule' }], gpu: true, gpuResource: 'amd.com/gpu',
        user: '77', readOnlyRoot: false,
      }, { gpuCount: 2 });
      expect(made).toMatchObject({
        imagePullSecrets: [{ name: 'registry' }], serviceAccountName: 'workers', nodeSelector: { pool: 'jobs' },
        tolerations: [{ key: 'jobs', operator: 'Exists', effect: 'NoSchedule' }], volumes: [],
        securityContext: { runAsUser: 77, runAsGroup: 77, runAsNonRoot: true },
        containers: [{
          imagePullPolicy: 'Never', resources: { limits: { 'amd.com/gpu': '2' } }, volumeMounts: [],
          securityContext: { readOnlyRootFilesystem: false },
        }],
      });
    });

    it('is to run in any image, which gets the agent from the worker image', async () => {
      const made = await provisioned({ agentCommand: null }, { image: 'job:1', diskBytes: 1_000 });
      const storage = { 'ephemeral-storage': String(1_000 + 512 * 1024 ** 2) };
      expect(made).toMatchObject({
        initContainers: [{
          image, command: ['/bin/cp', '-RP', '/opt/waybill/.', '/copy'], resources: { limits: storage },
          volumeMounts: [{ name: 'agent', mountPath: '/copy' }],
        }],
        containers: [{
          image: 'job:1', command: ['/opt/waybill/lib/ld.so', '--library-path', '/opt/waybill/lib',
            '/opt/waybill/bin/node', '/opt/waybill/agent.mjs'],
          resources: { limits: storage },
        }],
      });
      expect(made.containers[0].volumeMounts).toContainEqual({
        name: 'agent', mountPath: '/opt/waybill', readOnly: true,
      });
    });

    it('is decided by the worker image itself where that runs', async () => {
      const provider = open({ agentCommand: null });
      await provider.provision({ ...spec, image: `${image}` }, signal);
      expect(pod()?.spec.initContainers).toBeUndefined();
      await ended(provider).toMatchObject({ state: 'exited', exitCode: 9 });
    });

    it('never shows in its pod what only its agent is to know', async () => {
      const agentEnvironment = { WAYBILL_AGENT_TOKEN: 'c0ffee', SIGNS: '$(PATH) $$ \n' };
      const provider = open({}, 'printf "%s" "$SIGNS" | od -c; exit 1');
      await provider.provision({ ...spec, agentEnvironment }, signal);
      await ended(provider).toMatchObject({ reason: expect.stringContaining('$   (   P   A   T   H   )       $   $') });
      expect(JSON.stringify(cluster.pods.all())).not.toContain('c0ffee');
      const [secret, ...others] = cluster.secrets.all();
      expect(others).toEqual([]);
      expect(secret).toMatchObject({
        immutable: true, data: { WAYBILL_AGENT_TOKEN: Buffer.from('c0ffee').toString('base64') },
        metadata: { ownerReferences: [{ kind: 'Pod', name: workerName(spec.workerId), uid: pod()?.metadata.uid }] },
      });
    });

    it('is to live for its time, in whole seconds', async () => {
      for (const [lifetimeMs, seconds] of [[1, 1], [1_001, 2], [1e15, 2 ** 31 - 1]] as const) {
        const provider = open();
        await provider.provision({ ...spec, lifetimeMs }, signal);
        expect(pod()?.spec.activeDeadlineSeconds).toBe(seconds);
        await provider.terminate(spec.workerId, { graceMs: 0 }, signal);
      }
    });
  });

  describe('starting', () => {
    it('goes on with a pod that has no secret yet', async () => {
      const provider = open({}, 'exit 3');
      cluster.faults.push({ matches: creates('secrets'), answer: (response) => void response.destroy() });
      await expect(provider.provision(spec, signal)).rejects.toMatchObject({ code: 'unreachable', retryable: true });
      const problem = expect.stringMatching(/CreateContainerConfigError.*not found/);
      await ended(provider).toEqual({ state: 'starting', problem });
      const uid = pod()?.metadata.uid;
      await provider.provision(spec, signal);
      await ended(provider).toMatchObject({ state: 'exited', exitCode: 3 });
      expect(pod()?.metadata.uid).toBe(uid);
    });

    it('leaves nothing of a worker that was deleted meanwhile', async () => {
      const provider = open({}, 'sleep 60');
      const made = asked(creates('secrets')).then(() => cluster.pods.remove(pod()?.metadata.uid ?? ''));
      await expect(provider.provision(spec, signal)).rejects.toMatchObject({ code: 'failed', retryable: true });
      await made;
      expect(cluster.secrets.all()).toEqual([]);
    });

    it('leaves alone what somebody else has under the worker\'s name', async () => {
      const labels = { 'waybill-provider': 'another' };
      cluster.pods.create(namespace, {
        metadata: { name: workerName(spec.workerId), labels }, spec: { containers: [{ name: 'a', image: 'none' }] },
      } as never);
      const provider = open();
      await expect(provider.provision(spec, signal)).rejects.toMatchObject({ code: 'failed' });
      await provider.terminate(spec.workerId, { graceMs: 0 }, signal);
      expect(pod()).not.toBeNull();
      expect(await provider.inspect(spec.workerId, signal)).toEqual({ state: 'gone' });
    });

    it('creates the namespace only where it is told to, and waits until that has its service account', async () => {
      cluster.removeNamespace();
      await expect(open().provision(spec, signal)).rejects.toMatchObject({
        code: 'invalid', retryable: false, message: expect.stringContaining(`namespaces "${namespace}" not found`),
      });
      const provider = open({ createNamespace: true }, 'exit 3', 'admin');
      expect(await provider.test(signal)).toMatchObject({ healthy: true });
      await provider.provision(spec, signal);
      const made = cluster.requests.filter(({ method, url }) => method === 'POST' && url.includes('namespaces'));
      expect(made.filter(({ url }) => url.endsWith('/namespaces'))).toHaveLength(1);
      await ended(provider).toMatchObject({ exitCode: 3 });
    });

    it.each([
      [403, 'pods "x" is forbidden: exceeded quota: pods', 'capacity', true],
      [403, 'pods "x" is forbidden: violates PodSecurity "restricted:latest": hostPath', 'invalid', false],
      [403, 'pods "x" is forbidden: maximum memory usage per Container is 1Gi', 'invalid', false],
      [403, 'pods "x" is forbidden: unable to create new content in namespace n: it is being terminated', 'failed', true],
      [403, 'pods is forbidden: User "u" cannot create resource "pods"', 'forbidden', false],
      [401, 'Unauthorized', 'forbidden', false],
      [422, 'Pod "x" is invalid: spec.nodeSelector', 'invalid', false],
      [500, 'etcdserver: leader changed', 'failed', true],
    ])('says what the answer %i means: %s', async (code, message, expected, retryable) => {
      cluster.faults.push({ matches: creates('pods'), answer: (response) => refuse(response, code, 'Some', message) });
      await expect(open().provision(spec, signal)).rejects.toMatchObject({ code: expected, retryable });
    });

    it('asks again when the API server is busy, as late as that says', async () => {
      for (const code of [429, 503]) {
        cluster.faults.push({
          matches: creates('pods'),
          answer: (response) => void response.writeHead(code, { 'Retry-After': '0' }).end('later'),
        });
      }
      await open().provision(spec, signal);
      expect(cluster.requests.filter(creates('pods'))).toHaveLength(3);
    });

    it('refuses what a stricter cluster would refuse', async () => {
      const asRoot = open({ user: '0:0' });
      await expect(asRoot.provision(spec, signal)).rejects.toMatchObject({
        code: 'invalid', message: expect.stringMatching(/PodSecurity.*runAsNonRoot/),
      });
    });
  });

  describe('a status', () => {
    const reported = async (status: object, overrides: Partial<WorkerSpec> = {}) => {
      cluster.node.isLost = true;
      const provider = open();
      await provider.provision({ ...spec, ...overrides }, signal);
      cluster.pods.update(pod()?.metadata.uid ?? '', (each) => void (each.status = status));
      return provider.inspect(spec.workerId, signal);
    };
    const worker = (state: object) => ({ containerStatuses: [{ name: 'worker', state }] });

    it('says why a pod is not scheduled', async () => {
      const message = '0/3 nodes are available: 3 Insufficient cpu.';
      const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
      const problem = `Unschedulable: ${message}`;
      expect(await reported({ phase: 'Pending', conditions })).toEqual({ state: 'starting', problem });
    });

    it('gives no problem while a container is created', async () => {
      const waiting = worker({ waiting: { reason: 'ContainerCreating' } });
      expect(await reported({ phase: 'Pending', ...waiting })).toEqual({ state: 'starting', problem: null });
    });

    it('tells that the memory was not enough, and of how much', async () => {
      const terminated = { exitCode: 137, reason: 'OOMKilled' };
      const memoryBytes = 1_000_000;
      expect(await reported({ phase: 'Failed', ...worker({ terminated }) }, { memoryBytes })).toEqual({
        state: 'exited', exitCode: null, signal: 'SIGKILL', outOfMemory: true,
        reason: 'It exceeded its limit of 1000000 bytes of memory.',
      });
    });

    it('tells an eviction, whatever its containers are said to do', async () => {
      const status = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on disk.' };
      expect(await reported({ ...status, ...worker({ running: {} }) })).toEqual({
        state: 'exited', exitCode: null, signal: null, outOfMemory: false, reason: 'Evicted: The node was low on disk.',
      });
    });

    it('tells that the agent could not be copied', async () => {
      const terminated = { exitCode: 1, reason: 'Error', message: 'cp: no space left on device' };
      const initContainerStatuses = [{ name: 'copy-agent', state: { terminated } }];
      const waiting = worker({ waiting: { reason: 'PodInitializing' } });
      expect(await reported({ phase: 'Failed', initContainerStatuses, ...waiting })).toMatchObject({
        state: 'exited', exitCode: null,
        reason: 'The agent could not be copied into the pod: cp: no space left on device',
      });
    });

    it('claims no exit code for a container that the node has lost', async () => {
      const terminated = { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'could not be located' };
      expect(await reported({ phase: 'Failed', ...worker({ terminated }) })).toMatchObject({
        state: 'exited', exitCode: null, signal: null, reason: 'could not be located',
      });
    });

    it('tells that its time is over while the container is still said to run', async () => {
      const provider = open({}, 'sleep 60');
      await provider.provision({ ...spec, lifetimeMs: 500 }, signal);
      await ended(provider).toMatchObject({ state: 'exited', reason: expect.stringContaining('DeadlineExceeded') });
    });
  });

  describe('a watch', () => {
    it('tells of a pod that was never seen running', async () => {
      cluster.node.skipsRunning = true;
      const provider = open({}, 'exit 6');
      const { first } = watching(provider);
      await provider.provision(spec, signal);
      expect(await first).toMatchObject({ state: 'exited', exitCode: 6 });
    });

    it('tells an end once, also of a pod that seems to run again while it is deleted', async () => {
      cluster.node.wavers = true;
      const provider = open({}, 'trap "exit 5" TERM; while :; do sleep 0.05; done');
      const { told, first } = watching(provider);
      await provider.provision(spec, signal);
      await ended(provider).toEqual({ state: 'running' });
      await provider.terminate(spec.workerId, { graceMs: 10_000 }, signal);
      expect(await first).toMatchObject({ state: 'exited', exitCode: 5 });
      // The deletion has come to the same watch by then.
      const witness = watching(open({ providerId: spec.workerId }));
      await open({}, 'exit 1').provision(spec, signal);
      await witness.first;
      expect(told.filter((status) => status.state !== 'exited' || status.exitCode === 5)).toHaveLength(1);
    });

    it('reads everything again when the API server has forgotten where it was', async () => {
      const provider = open({}, 'exit 7');
      const expired = asked((request) => {
        if (!isWatch(request)) return false;
        cluster.pods.forget();
        return true;
      });
      const { first } = watching(provider);
      await expired;
      const again = asked(isWatch);
      await again;
      await provider.provision(spec, signal);
      expect(await first).toMatchObject({ exitCode: 7 });
    });

    it('finds out what has ended and gone while it was not connected', async () => {
      const provider = open({}, 'sleep 60');
      await provider.provision(spec, signal);
      const connected = asked(isWatch);
      const { first } = watching(provider);
      await connected;
      const refused = { matches: ({ url }: SeenRequest) => url.includes('/pods?'),
        answer: (response: { destroy(): unknown }) => void response.destroy() };
      cluster.faults.push(refused, refused, refused);
      cluster.breakConnections();
      cluster.pods.remove(pod()?.metadata.uid ?? '');
      expect(await first).toEqual({ state: 'gone' });
    });

    it('does not trust a connection that is silent', async () => {
      const silent = { matches: isWatch, answer: (response: { flushHeaders(): void }) => response.flushHeaders() };
      cluster.faults.push(silent, silent);
      const provider = open({ watchIntervalMs: 100 }, 'exit 8');
      const { first } = watching(provider);
      await provider.provision(spec, signal);
      expect(await first).toMatchObject({ exitCode: 8 });
    });
  });

  describe('ending', () => {
    const stubborn = 'trap "" TERM; while :; do sleep 0.05; done';

    it('deletes the very pod that it found, with its grace in whole seconds', async () => {
      const provider = open({}, 'sleep 60');
      await provider.provision(spec, signal);
      const uid = pod()?.metadata.uid;
      await provider.terminate(spec.workerId, { graceMs: 1_500 }, signal);
      const deleted = cluster.requests.find(({ method, url }) => method === 'DELETE' && url.includes('/pods/'));
      expect(deleted?.body).toEqual({ gracePeriodSeconds: 2, preconditions: { uid } });
    });

    it('says what to do when the node does not answer', async () => {
      const provider = open({ removalTimeoutMs: 100 }, stubborn);
      await provider.provision(spec, signal);
      await ended(provider).toEqual({ state: 'running' });
      cluster.node.isLost = true;
      await expect(provider.terminate(spec.workerId, { graceMs: 0 }, signal)).rejects.toMatchObject({
        code: 'failed', retryable: true,
        message: expect.stringMatching(/node-1 has not ended.*kubectl delete pod --force -n behavior-workers waybill-/),
      });
      expect(await provider.list(signal)).toHaveLength(1);
    });

    it('can be asked again after the connection broke', async () => {
      const provider = open({}, stubborn);
      await provider.provision(spec, signal);
      await ended(provider).toEqual({ state: 'running' });
      const waits = asked(isWatch);
      const stopping = provider.terminate(spec.workerId, { graceMs: 60_000 }, signal).then(() => null, (error) => error);
      await waits;
      cluster.breakConnections();
      expect(await stopping).toMatchObject({ code: 'unreachable', retryable: true });
      await provider.terminate(spec.workerId, { graceMs: 0 }, signal);
      expect([...cluster.pods.all(), ...cluster.secrets.all()]).toEqual([]);
    });

    it('goes on waiting when the API server ends the watch', async () => {
      const provider = open({}, 'trap "sleep 0.5; exit 0" TERM; while :; do sleep 0.05; done');
      await provider.provision(spec, signal);
      await ended(provider).toEqual({ state: 'running' });
      cluster.faults.push({ matches: isWatch, answer: (response) => void response.writeHead(200).end() });
      await provider.terminate(spec.workerId, { graceMs: 60_000 }, signal);
      expect(await provider.inspect(spec.workerId, signal)).toEqual({ state: 'gone' });
    });
  });

  describe('the health', () => {
    it('names the version, and the rights that are missing', async () => {
      expect(await open().test(signal)).toMatchObject({
        healthy: true, message: 'Kubernetes v1.20.2, namespace behavior-workers.',
      });
      const rights = 'create pods, get pods, list pods, watch pods, delete pods, create secrets, delete secrets';
      expect(await open({}, '', 'nobody').test(signal)).toMatchObject({
        healthy: false, message: expect.stringContaining(`${rights}. The role in deploy/kubernetes/rbac.yaml`),
      });
    });

    it('is bad where a pod would be refused, and makes none to find out', async () => {
      cluster.quota = 0;
      expect(await open().test(signal)).toMatchObject({ healthy: false, message: expect.stringMatching(/quota/) });
      cluster.quota = 1;
      expect(await open().test(signal)).toMatchObject({ healthy: true });
      cluster.removeNamespace();
      expect(await open().test(signal)).toMatchObject({ healthy: false, message: expect.stringMatching(/not found/) });
      expect(cluster.pods.all()).toEqual([]);
    });

    it('does not depend on webhooks that cannot say beforehand', async () => {
      const message = 'admission webhook "a" does not support dry run';
      cluster.faults.push({
        matches: creates('pods'), answer: (response) => refuse(response, 400, 'BadRequest', message),
      });
      expect(await open().test(signal)).toMatchObject({ healthy: true });
    });
  });

  describe('a connection', () => {
    it('that is silent is given up', async () => {
      cluster.faults.push({ matches: () => true, answer: () => {} });
      await expect(open({ timeoutMs: 100 }).list(signal)).rejects.toMatchObject({
        code: 'unreachable', retryable: true, message: expect.stringMatching(/within 0.1 s/),
      });
    });

    it('needs a kubeconfig that can be read, and a context that it has', async () => {
      for (const [settings, why] of [
        [{ kubeconfig: '/no/such/file' }, /The kubeconfig \/no\/such\/file cannot be used: .*ENOENT/],
        [{ context: 'other' }, /it has no context other; it has test/],
      ] as const) {
        await expect(open(settings).list(signal)).rejects.toMatchObject({
          code: 'invalid', retryable: false, message: expect.stringMatching(why),
        });
      }
      expect(await open({ context: 'test' }).list(signal)).toEqual([]);
    });

    it('does not know the address of a server outside of the cluster', () => {
      expect(open().serverHost(null)).toBeNull();
      expect(open({ serverHost: 'waybill.example' }).serverHost(null)).toBe('waybill.example');
    });

    it('lists more pods than come with one answer', async () => {
      cluster.node.isLost = true;
      const labels = { 'waybill-managed': 'true', 'waybill-provider': spec.workerId };
      for (let index = 0; index < 501; index += 1) {
        const metadata = { name: `p${index}`, labels: { ...labels, 'waybill-worker': String(index) } };
        cluster.pods.create(namespace, { metadata } as never);
      }
      expect(await open().list(signal)).toHaveLength(501);
    });
  });

  it('uses every right that the role gives, and no other', async () => {
    const provider = open({}, 'sleep 60');
    const watched = asked(isWatch);
    watching(provider);
    await watched;
    await provider.provision(spec, signal);
    await provider.list(signal);
    await provider.terminate(spec.workerId, { graceMs: 0 }, signal);
    expect([...cluster.usedRights].sort()).toEqual([...grantedRights()].sort());
  });
});
