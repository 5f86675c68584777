import { randomUUID } from 'node:crypto';
import { describe, it } from 'vitest';
import { workerName } from '../../src/ports/provider.ts';
import { createDockerProvider } from '../../src/providers/docker/index.ts';
import { providerSuite } from '../../src/testing/provider-suite.ts';
import { bridgeAddress, findDockerEngine, importBusybox } from './docker-engine.ts';

const { docker, host, missing } = await findDockerEngine();
const image = 'waybill-test-busybox:1';

if (missing !== null) {
  describe('docker', () => {
    it('keeps the contract of providers on a real Docker Engine', ({ skip }) => skip(true, missing));
  });
} else {
  providerSuite('docker', async () => {
    await importBusybox(docker, image);
    const providerId = randomUUID();
    const another = (id: string, address = host) => createDockerProvider({
      providerId: id, host: address, defaultImage: image, pull: 'never', watchIntervalMs: 600_000,
      agentCommand: ['/bin/sh', '-c', 'eval "$SUITE_SCRIPT"'],
    });
    const provider = another(providerId);
    const container = (workerId: string) => docker.getContainer(workerName(workerId));
    return {
      providerId,
      provider,
      another,
      unreachable: () => another(providerId, 'unix:///no/such/docker.sock'),
      listenOn: await bridgeAddress(docker),
      send: 'send() { nc "$@"; }',
      kill: async (workerId) => {
        await container(workerId).kill();
      },
      async leftOf(workerId) {
        const all = await docker.listContainers({ all: true, filters: { label: [`waybill-worker=${workerId}`] } });
        const named = await docker.listContainers({ all: true, filters: { name: [workerName(workerId)] } });
        return [...all, ...named].map(({ Id }) => Id);
      },
      labelsOf: async (workerId) => (await container(workerId).inspect()).Config.Labels,
      close: () => provider.close(),
    };
  }, { outOfMemory: true, images: true, refusesMissingImages: true, killsAtOnce: true, remote: true, watches: true });
}
