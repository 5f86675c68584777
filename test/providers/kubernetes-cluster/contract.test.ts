import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { Exec } from '@kubernetes/client-node';
import { describe, it, vi } from 'vitest';
import { workerName } from '../../../src/ports/provider.ts';
import { createKubernetesProvider } from '../../../src/providers/kubernetes/index.ts';
import { providerSuite } from '../../../src/testing/provider-suite.ts';
import { workerImage } from './images.ts';
import { hostAddress, missing, openNamespace } from './namespaces.ts';

// A node takes seconds to remove a pod.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

if (missing !== null) {
  describe('kubernetes', () => {
    it('keeps the contract of providers on a real cluster', ({ skip }) => skip(true, missing ?? ''));
  });
} else {
  providerSuite('kubernetes on a cluster', async () => {
    const { name: namespace, kubeconfig, unreachableKubeconfig, config, core, close } = await openNamespace();
    const providerId = randomUUID();
    const another = (id: string, path = kubeconfig) => createKubernetesProvider({
      providerId: id, kubeconfig: path, namespace, image: workerImage, pull: 'never', serverHost: hostAddress,
      cpuCores: 0.05, memoryBytes: 32 * 1024 ** 2, diskBytes: 16 * 1024 ** 2, watchIntervalMs: 600_000,
      agentCommand: ['/bin/sh', '-c', 'eval "$SUITE_SCRIPT"'],
    });
    const provider = another(providerId);
    return {
      providerId,
      provider,
      another,
      unreachable: () => another(providerId, unreachableKubeconfig),
      listenOn: '0.0.0.0',
      send: 'send() { nc "$@"; }',
      async kill(workerId) {
        // All processes of the pod that are the agent's user's.
        const command = ['sh', '-c', 'kill -9 -1'];
        const nothing = new PassThrough().resume();
        const exec = new Exec(config);
        await exec.exec(namespace, workerName(workerId), 'worker', command, nothing, nothing, null, false);
      },
      async leftOf(workerId) {
        const selector = { namespace, labelSelector: `waybill-worker=${workerId}` };
        const lists = await Promise.all([core.listNamespacedPod(selector), core.listNamespacedSecret(selector)]);
        return lists.flatMap(({ items }) => [...items]).map(({ metadata }) => metadata?.name ?? '');
      },
      async labelsOf(workerId) {
        const pod = await core.readNamespacedPod({ namespace, name: workerName(workerId) });
        return pod.metadata?.labels ?? {};
      },
      addedVariables: [
        'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT', 'KUBERNETES_SERVICE_PORT_HTTPS', 'KUBERNETES_PORT',
        'SSL_CERT_FILE',
      ],
      async close() {
        await provider.close();
        await close();
      },
    };
  }, {
    outOfMemory: true, images: true, refusesMissingImages: false, killsAtOnce: false, remote: true, watches: true,
  });
}
