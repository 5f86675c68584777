import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createProcessProvider } from '../../src/providers/process/index.ts';

/** The processes that run the commands of a server. */
export interface Workers {
  /** Ends those that were not there before, with all that they have started. */
  end(graceMs: number): Promise<void>;
}

/** Looks which workers a data folder has; called before its server starts. */
export async function workersOf(dataDir: string): Promise<Workers> {
  const stateFolder = join(dataDir, 'workers');
  const { signal } = new AbortController();
  const providers = async () => {
    const ids = await readdir(stateFolder).catch(() => []);
    const agentCommand = [process.execPath] as const;
    return ids.map((providerId) => createProcessProvider({ providerId, stateFolder, agentCommand }));
  };
  const before = new Set<string>();
  for (const provider of await providers()) {
    for (const { workerId } of await provider.list(signal)) before.add(workerId);
  }
  return {
    async end(graceMs) {
      for (const provider of await providers()) {
        const own = (await provider.list(signal)).filter(({ workerId }) => !before.has(workerId));
        await Promise.all(own.map(({ workerId }) => provider.terminate(workerId, { graceMs }, signal)));
      }
    },
  };
}
