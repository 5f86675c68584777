/** Namespaces on a real cluster, with the role that Waybill ships, and a service account that has nothing else. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CoreV1Api, KubeConfig, KubernetesObjectApi, loadAllYaml, type KubernetesObject,
} from '@kubernetes/client-node';
import { rbacFile } from '../kubernetes-api/access.ts';

export const kubeconfig = process.env['WAYBILL_TEST_KUBECONFIG'];
export const hostAddress = process.env['WAYBILL_TEST_KUBERNETES_HOST'] ?? '';
export const missing = kubeconfig === undefined
  ? 'npm run test:kubernetes runs it on a cluster: scripts/test-kubernetes.ts says how'
  : null;

export interface TestNamespace {
  readonly name: string;
  readonly config: KubeConfig;
  /** With the rights of an administrator. */
  readonly core: CoreV1Api;
  /** Path of a kubeconfig for the service account. */
  readonly kubeconfig: string;
  readonly adminKubeconfig: string;
  /** Of one for a cluster that does not answer. */
  readonly unreachableKubeconfig: string;
  close(): Promise<void>;
}

export async function openNamespace(): Promise<TestNamespace> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig ?? '');
  const core = config.makeApiClient(CoreV1Api);
  const name = `waybill-test-${randomBytes(4).toString('hex')}`;
  const home = `${name}-server`;
  const text = readFileSync(rbacFile, 'utf8').replaceAll(/(?<=name(?:space)?: )waybill-workers$/gm, name)
    .replaceAll(/(?<=namespace: )waybill$/gm, home);
  const manifests = loadAllYaml(text) as KubernetesObject[];
  const objects = KubernetesObjectApi.makeApiClient(config);
  for (const manifest of manifests) {
    const isHome = manifest.kind === 'Namespace' && manifest.metadata?.name === 'waybill';
    await objects.create(isHome ? { ...manifest, metadata: { name: home } } : manifest);
  }
  const account = { name: 'waybill', namespace: home };
  const request = { spec: { audiences: [], expirationSeconds: 7_200 } };
  const { status } = await core.createNamespacedServiceAccountToken({ ...account, body: request });
  const folder = mkdtempSync(join(tmpdir(), 'waybill-kubeconfig-'));
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig has no current context');
  const write = (file: string, server: string): string => {
    const limited = new KubeConfig();
    limited.loadFromClusterAndUser({ ...cluster, server }, { name: 'waybill', token: status?.token ?? '' });
    const path = join(folder, file);
    writeFileSync(path, limited.exportConfig(), { mode: 0o600 });
    return path;
  };
  return {
    name, config, core,
    kubeconfig: write('kubeconfig', cluster.server),
    adminKubeconfig: kubeconfig ?? '',
    unreachableKubeconfig: write('unreachable', 'https://127.0.0.1:9'),
    async close() {
      rmSync(folder, { recursive: true });
      await Promise.all([name, home].map((each) => core.deleteNamespace({ name: each })));
    },
  };
}
