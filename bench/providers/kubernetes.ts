/** What a cluster is measured by: a worker of the provider, in the worker image and in another, beside a bare pod. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import type { Provider } from '../../src/ports/provider.ts';
import { createKubernetesProvider } from '../../src/providers/kubernetes/index.ts';

export interface MeasuredCluster {
  readonly provider: Provider;
  /** Creates a pod as kubectl does, and returns what removes it. */
  createBarePod(server: string): Promise<() => Promise<unknown>>;
  close(): Promise<void>;
}

/** Null if the environment names no cluster. `otherImage`: a tag for the same image, to count as a job's own. */
export async function measuredCluster(image: string, otherImage: string): Promise<MeasuredCluster | null> {
  const { KUBECONFIG: kubeconfig, WAYBILL_TEST_KUBERNETES_HOST: serverHost } = process.env;
  const [load, ...args] = process.env['WAYBILL_TEST_KUBERNETES_LOAD']?.split(/\s+/) ?? [];
  if (kubeconfig === undefined || serverHost === undefined || load === undefined) return null;
  execFileSync('docker', ['tag', image, otherImage]);
  for (const tag of [image, otherImage]) execFileSync(load, [...args, tag], { stdio: 'ignore' });
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const namespace = `waybill-bench-${randomUUID().slice(0, 8)}`;
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  const provider = createKubernetesProvider({
    providerId: randomUUID(), kubeconfig, namespace, image, pull: 'never', serverHost,
  });
  return {
    provider,
    async createBarePod(server) {
      const name = `bare-${randomUUID()}`;
      const env = [{ name: 'BENCH_SERVER', value: server }];
      const containers = [{ name: 'main', image, imagePullPolicy: 'Never', env }];
      const spec = { restartPolicy: 'Never', automountServiceAccountToken: false, containers };
      await core.createNamespacedPod({ namespace, body: { metadata: { name }, spec } });
      return () => core.deleteNamespacedPod({ namespace, name, body: { gracePeriodSeconds: 1 } });
    },
    async close() {
      await provider.close();
      await core.deleteNamespace({ name: namespace });
    },
  };
}
