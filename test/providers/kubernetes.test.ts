import { randomUUID } from 'node:crypto';
import { workerName } from '../../src/ports/provider.ts';
import { createKubernetesProvider } from '../../src/providers/kubernetes/index.ts';
import { providerSuite } from '../../src/testing/provider-suite.ts';
import { processesNaming } from './kubernetes-api/node.ts';
import { startTestCluster } from './kubernetes-api/server.ts';

providerSuite('kubernetes', async () => {
  const namespace = 'suite-workers';
  const cluster = await startTestCluster(namespace);
  cluster.node.images.set('worker:1', []);
  const providerId = randomUUID();
  const another = (id: string, kubeconfig = cluster.kubeconfig()) => createKubernetesProvider({
    providerId: id, kubeconfig, namespace, image: 'worker:1', serverHost: '127.0.0.1', watchIntervalMs: 600_000,
    agentCommand: ['/bin/sh', '-c', 'eval "$SUITE_SCRIPT"'],
  });
  const provider = another(providerId);
  return {
    providerId,
    provider,
    another,
    unreachable: () => another(providerId, cluster.kubeconfig('waybill', { port: 9 })),
    listenOn: '127.0.0.1',
    // bash, which every Debian has, opens connections itself.
    send: `send() { bash -c 'cat >/dev/tcp/$0/$1' "$@"; }`,
    kill: async (workerId) => cluster.node.kill(workerName(workerId)),
    async leftOf(workerId) {
      const objects = [...cluster.pods.all(), ...cluster.secrets.all()].map(({ metadata }) => metadata.name);
      return [...objects.filter((name) => name.includes(workerId)), ...processesNaming(workerId).map(String)];
    },
    labelsOf: async (workerId) => cluster.pods.get(namespace, workerName(workerId))?.metadata.labels ?? {},
    addedVariables: ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'],
    async close() {
      await provider.close();
      await cluster.close();
    },
  };
}, {
  outOfMemory: false, images: true, refusesMissingImages: false, killsAtOnce: false, remote: true, watches: true,
});
