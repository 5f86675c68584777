import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProcessProvider } from '../../src/providers/process/index.ts';
import { providerSuite } from '../../src/testing/provider-suite.ts';

/** bash, which every Debian has, opens connections itself. */
const send = `send() { bash -c 'cat >/dev/tcp/$0/$1' "$@"; }`;

function processesNaming(workerId: string): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return false;
    try {
      const isZombie = /\) Z /.test(readFileSync(`/proc/${name}/stat`, 'latin1'));
      return !isZombie && readFileSync(`/proc/${name}/environ`, 'latin1').includes(workerId);
    } catch {
      return false;
    }
  });
}

/** Folders may be removed while they are read. */
function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    try {
      return [name, ...filesIn(join(folder, name))];
    } catch {
      return [name];
    }
  });
}

providerSuite('process', async () => {
  const stateFolder = mkdtempSync(join(tmpdir(), 'waybill-process-'));
  const providerId = randomUUID();
  const another = (id: string) => createProcessProvider({
    providerId: id, stateFolder, agentCommand: ['/bin/sh', '-c', 'eval "$SUITE_SCRIPT"'],
  });
  const provider = another(providerId);
  return {
    providerId,
    provider,
    another,
    unreachable: () => provider,
    listenOn: '127.0.0.1',
    send,
    async kill(workerId) {
      const worker = (await provider.list(AbortSignal.timeout(5_000))).find((each) => each.workerId === workerId);
      process.kill(-Number(worker?.resourceId), 'SIGKILL');
    },
    async leftOf(workerId) {
      return [...filesIn(stateFolder).filter((file) => file.includes(workerId)), ...processesNaming(workerId)];
    },
    labelsOf: async () => ({}),
    async close() {
      await provider.close();
      rmSync(stateFolder, { recursive: true });
    },
  };
}, { outOfMemory: false, images: false, refusesMissingImages: false, killsAtOnce: true, remote: false, watches: true });
