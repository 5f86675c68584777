/** What tests of the Kubernetes provider on the API server of tests work with. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect } from 'vitest';
import { workerName, type Provider, type WorkerSpec, type WorkerStatus } from '../../../src/ports/provider.ts';
import { createKubernetesProvider, type KubernetesProviderSettings } from '../../../src/providers/kubernetes/index.ts';
import type { User } from './access.ts';
import { startTestCluster, type SeenRequest, type TestCluster } from './server.ts';

export const namespace = 'behavior-workers';
export const image = 'worker:1';
export const { signal } = new AbortController();

export const isWatch = ({ url }: SeenRequest): boolean => url.includes('watch=true');
export const creates = (resource: string) => ({ method, url }: SeenRequest): boolean =>
  method === 'POST' && url.includes(`/${resource}`);

/** Gives each test a cluster of its own. */
export function useTestCluster() {
  const opened: Provider[] = [];
  const h = {
    cluster: null as unknown as TestCluster,
    spec: null as unknown as WorkerSpec,
    open(settings: Partial<KubernetesProviderSettings> = {}, script = 'exit 0', user: User = 'waybill'): Provider {
      const made = createKubernetesProvider({
        providerId: h.spec.workerId, kubeconfig: h.cluster.kubeconfig(user), namespace, image,
        agentCommand: ['/bin/sh', '-c', script], ...settings,
      });
      opened.push(made);
      return made;
    },
    pod: () => h.cluster.pods.get(namespace, workerName(h.spec.workerId)),
    watching(provider: Provider) {
      const told: WorkerStatus[] = [];
      const first = Promise.withResolvers<WorkerStatus>();
      provider.watch?.((workerId, status) => {
        if (workerId !== h.spec.workerId) return;
        told.push(status);
        first.resolve(status);
      });
      return { told, first: first.promise };
    },
    /** Resolves with the first request from now on that matches. */
    asked: (matches: (request: SeenRequest) => boolean) => new Promise<SeenRequest>((resolve) => {
      h.cluster.onRequest = (request) => matches(request) && resolve(request);
    }),
    /** Polls the worker's status. */
    ended: (provider: Provider) => expect.poll(() => provider.inspect(h.spec.workerId, signal), { timeout: 5_000 }),
  };
  beforeEach(async () => {
    h.cluster = await startTestCluster(namespace);
    h.cluster.node.images.set(image, ['/bin/sh', '-c', 'exit 9']).set('job:1', []);
    h.spec = {
      workerId: randomUUID(), image: null, cpuCores: null, memoryBytes: null, diskBytes: null, gpuCount: 0,
      networkMode: null, labels: {}, agentEnvironment: {}, lifetimeMs: null,
    };
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await h.cluster.close();
  });
  return h;
}
