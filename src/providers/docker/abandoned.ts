/** Containers of providers whose servers are gone for good, such as those of a deleted data folder. */
import { managedSelector, providerIdLabel, workerIdLabel } from '../../ports/provider.ts';
import type { Engine } from './engine.ts';

/** The most that one call removes. */
const mostAtOnce = 100;

export async function removeAbandonedContainers(
  engine: Engine,
  { providerId, before }: { readonly providerId: string; readonly before: number },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const filters = { label: [managedSelector], status: ['created', 'exited', 'dead'] };
  const found = await engine.call(signal, (abortSignal) =>
    engine.docker.listContainers({ all: true, filters, abortSignal }));
  const removed: string[] = [];
  for (const { Id, Created, Labels } of found ?? []) {
    const workerId = Labels[workerIdLabel];
    const isOwn = Labels[providerIdLabel] === providerId;
    if (isOwn || workerId === undefined || Created * 1_000 > before) continue;
    if (removed.length === mostAtOnce) break;
    const container = engine.docker.getContainer(Id);
    const info = await engine.call(signal, (abortSignal) => container.inspect({ abortSignal }), { accept: [404] });
    if (info === null || endOf(info.State.FinishedAt, info.Created) > before) continue;
    // Without force: one that has been started meanwhile stays.
    const remove = async (abortSignal: AbortSignal) => (await container.remove({ v: true, abortSignal }), true);
    if (await engine.call(signal, remove, { accept: [404, 409] })) removed.push(workerId);
  }
  return removed;
}

/** Docker writes the year 1 for one that was never started. */
function endOf(finishedAt: string, created: string): number {
  return Math.max(Date.parse(finishedAt) || 0, Date.parse(created));
}
