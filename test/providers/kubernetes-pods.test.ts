import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { workerName, type WorkerSpec } from '../../src/ports/provider.ts';
import { agentFlags } from '../../src/ports/worker-image.ts';
import type { KubernetesProviderSettings } from '../../src/providers/kubernetes/index.ts';
import { refuse } from './kubernetes-api/answers.ts';
import { creates, image, namespace, signal, useTestCluster } from './kubernetes-api/harness.ts';

describe('kubernetes', () => {
  const h = useTestCluster();
  const { open, pod, asked, ended } = h;
  const provisioned = async (settings: Partial<KubernetesProviderSettings>, overrides: Partial<WorkerSpec> = {}) => {
    await open(settings).provision({ ...h.spec, ...overrides }, signal);
    return pod()?.spec;
  };

  describe('a worker', () => {
    it('has only the privileges that its command needs', async () => {
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

    it('has the privileges that the provider is configured for', async () => {
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

    it('may run in any image, which gets the agent from the worker image', async () => {
      const made = await provisioned({ agentCommand: null }, { image: 'job:1', diskBytes: 1_000 });
      const storage = { 'ephemeral-storage': String(1_000 + 512 * 1024 ** 2) };
      expect(made).toMatchObject({
        initContainers: [{
          image, command: ['/bin/cp', '-RP', '/opt/waybill/.', '/copy'], resources: { limits: storage },
          volumeMounts: [{ name: 'agent', mountPath: '/copy' }],
        }],
        containers: [{
          image: 'job:1', command: ['/opt/waybill/lib/ld.so', '--library-path', '/opt/waybill/lib',
            '/opt/waybill/bin/node', ...agentFlags, '/opt/waybill/agent.cjs'],
          resources: { limits: storage },
        }],
      });
      expect(made.containers[0].volumeMounts).toContainEqual({
        name: 'agent', mountPath: '/opt/waybill', readOnly: true,
      });
    });

    it('is decided by the worker image itself where that runs', async () => {
      const provider = open({ agentCommand: null });
      await provider.provision({ ...h.spec, image: `${image}` }, signal);
      expect(pod()?.spec.initContainers).toBeUndefined();
      await ended(provider).toMatchObject({ state: 'exited', exitCode: 9 });
    });

    it('never shows in its pod what only its agent may know', async () => {
      const agentEnvironment = { WAYBILL_AGENT_TOKEN: 'c0ffee', SIGNS: '$(PATH) $$ \n' };
      const provider = open({}, 'printf "%s" "$SIGNS" | od -c; exit 1');
      await provider.provision({ ...h.spec, agentEnvironment }, signal);
      await ended(provider).toMatchObject({ reason: expect.stringContaining('$   (   P   A   T   H   )       $   $') });
      expect(JSON.stringify(h.cluster.pods.all())).not.toContain('c0ffee');
      const [secret, ...others] = h.cluster.secrets.all();
      expect(others).toEqual([]);
      expect(secret).toMatchObject({
        immutable: true, data: { WAYBILL_AGENT_TOKEN: Buffer.from('c0ffee').toString('base64') },
        metadata: { ownerReferences: [{ kind: 'Pod', name: workerName(h.spec.workerId), uid: pod()?.metadata.uid }] },
      });
    });

    it('is to live for its time, in whole seconds', async () => {
      for (const [lifetimeMs, seconds] of [[1, 1], [1_001, 2], [1e15, 2 ** 31 - 1]] as const) {
        const provider = open();
        await provider.provision({ ...h.spec, lifetimeMs }, signal);
        expect(pod()?.spec.activeDeadlineSeconds).toBe(seconds);
        await provider.terminate(h.spec.workerId, { graceMs: 0 }, signal);
      }
    });
  });

  describe('starting', () => {
    it('continues with a pod that has no secret yet', async () => {
      const provider = open({}, 'exit 3');
      h.cluster.faults.push({ matches: creates('secrets'), answer: (response) => void response.destroy() });
      await expect(provider.provision(h.spec, signal)).rejects.toMatchObject({ code: 'unreachable', retryable: true });
      const problem = expect.stringMatching(/CreateContainerConfigError.*not found/);
      await ended(provider).toEqual({ state: 'starting', problem });
      const uid = pod()?.metadata.uid;
      await provider.provision(h.spec, signal);
      await ended(provider).toMatchObject({ state: 'exited', exitCode: 3 });
      expect(pod()?.metadata.uid).toBe(uid);
    });

    it('leaves nothing of a worker that was deleted meanwhile', async () => {
      const provider = open({}, 'sleep 60');
      const made = asked(creates('secrets')).then(() => h.cluster.pods.remove(pod()?.metadata.uid ?? ''));
      await expect(provider.provision(h.spec, signal)).rejects.toMatchObject({ code: 'failed', retryable: true });
      await made;
      expect(h.cluster.secrets.all()).toEqual([]);
    });

    it('leaves alone a foreign object with the worker\'s name', async () => {
      const labels = { 'waybill-provider': 'another' };
      h.cluster.pods.create(namespace, {
        metadata: { name: workerName(h.spec.workerId), labels }, spec: { containers: [{ name: 'a', image: 'none' }] },
      } as never);
      const provider = open();
      await expect(provider.provision(h.spec, signal)).rejects.toMatchObject({ code: 'failed' });
      await provider.terminate(h.spec.workerId, { graceMs: 0 }, signal);
      expect(pod()).not.toBeNull();
      expect(await provider.inspect(h.spec.workerId, signal)).toEqual({ state: 'gone' });
    });

    it('creates the namespace only if configured to, and waits until it has its service account', async () => {
      h.cluster.removeNamespace();
      await expect(open().provision(h.spec, signal)).rejects.toMatchObject({
        code: 'invalid', retryable: false, message: expect.stringContaining(`namespaces "${namespace}" not found`),
      });
      const provider = open({ createNamespace: true }, 'exit 3', 'admin');
      expect(await provider.test(signal)).toMatchObject({ healthy: true });
      await provider.provision(h.spec, signal);
      const made = h.cluster.requests.filter(({ method, url }) => method === 'POST' && url.includes('namespaces'));
      expect(made.filter(({ url }) => url.endsWith('/namespaces'))).toHaveLength(1);
      await ended(provider).toMatchObject({ exitCode: 3 });
    });

    it.each([
      [403, 'pods "x" is forbidden: exceeded quota: pods', 'capacity', true],
      [403, 'pods "x" is forbidden: violates PodSecurity "restricted:latest": hostPath', 'invalid', false],
      [403, 'pods "x" is forbidden: maximum memory usage per Container is 1Gi', 'invalid', false],
      [403, 'pods "x" is forbidden: namespace n is being terminated', 'failed', true],
      [403, 'pods is forbidden: User "u" cannot create resource "pods"', 'forbidden', false],
      [401, 'Unauthorized', 'forbidden', false],
      [422, 'Pod "x" is invalid: h.spec.nodeSelector', 'invalid', false],
      [500, 'etcdserver: leader changed', 'failed', true],
    ])('says what the answer %i means: %s', async (code, message, expected, retryable) => {
      const answer = (response: ServerResponse): void => refuse(response, code, 'Some', message);
      h.cluster.faults.push({ matches: creates('pods'), answer });
      await expect(open().provision(h.spec, signal)).rejects.toMatchObject({ code: expected, retryable });
    });

    it('retries when the API server is busy, after the delay that it requests', async () => {
      for (const code of [429, 503]) {
        h.cluster.faults.push({
          matches: creates('pods'),
          answer: (response) => void response.writeHead(code, { 'Retry-After': '0' }).end('later'),
        });
      }
      await open().provision(h.spec, signal);
      expect(h.cluster.requests.filter(creates('pods'))).toHaveLength(3);
    });

    it('refuses what a stricter cluster would refuse', async () => {
      const asRoot = open({ user: '0:0' });
      await expect(asRoot.provision(h.spec, signal)).rejects.toMatchObject({
        code: 'invalid', message: expect.stringMatching(/PodSecurity.*runAsNonRoot/),
      });
    });
  });

  describe('a status', () => {
    const reported = async (status: object, overrides: Partial<WorkerSpec> = {}) => {
      h.cluster.node.isLost = true;
      const provider = open();
      await provider.provision({ ...h.spec, ...overrides }, signal);
      h.cluster.pods.update(pod()?.metadata.uid ?? '', (each) => void (each.status = status));
      return provider.inspect(h.spec.workerId, signal);
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

    it('reports an eviction, whatever the status of its containers', async () => {
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

    it('reports an exceeded deadline although the container is still reported as running', async () => {
      const provider = open({}, 'sleep 60');
      await provider.provision({ ...h.spec, lifetimeMs: 500 }, signal);
      await ended(provider).toMatchObject({ state: 'exited', reason: expect.stringContaining('DeadlineExceeded') });
    });
  });
});
