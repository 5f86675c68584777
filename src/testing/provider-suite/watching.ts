import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { staying, type Context } from './context.ts';
import type { Provider, ProviderWatch, WorkerStatus } from '../../ports/provider.ts';

interface Watching extends ProviderWatch {
  told(workerId: string): Promise<WorkerStatus>;
  readonly all: ReadonlyMap<string, WorkerStatus>;
}

function watch(provider: Provider): Watching {
  const all = new Map<string, WorkerStatus>();
  const listeners = new Set<() => void>();
  const watching = provider.watch?.((workerId, status) => {
    all.set(workerId, status);
    for (const listener of listeners) listener();
  });
  if (watching === undefined) throw new Error(`the ${provider.type} provider sees no ends`);
  const told = (workerId: string) =>
    new Promise<WorkerStatus>((resolve) => {
      const look = (): void => {
        const status = all.get(workerId);
        if (status === undefined) return;
        listeners.delete(look);
        resolve(status);
      };
      listeners.add(look);
      look();
    });
  return { all, told, stop: () => watching.stop() };
}

export function watchTests(c: Context): void {
  it('tells who has ended and how, and not who runs', async () => {
    const watching = watch(c.provider);
    const [running, exited, killed] = await Promise.all([
      c.start(staying), c.start('say ready; sleep 0.3; exit 5'), c.start(staying),
    ]);
    await c.under.kill(killed);
    expect(await watching.told(exited)).toMatchObject({ state: 'exited', exitCode: 5 });
    expect(await watching.told(killed)).toMatchObject({ state: 'exited', exitCode: null });
    expect(watching.all.has(running)).toBe(false);
    await watching.stop();
  });

  it('tells also of those that had ended before, or that another server started', async () => {
    const workerId = await c.start('say ready; exit 6');
    await c.ended(workerId);
    const again = c.under.another(c.under.providerId);
    try {
      const watching = watch(again);
        expect(await watching.told(workerId)).toMatchObject({ state: 'exited', exitCode: 6 });
      const later = await c.start('say ready; exit 7');
      expect(await watching.told(later)).toMatchObject({ state: 'exited', exitCode: 7 });
    } finally {
      await again.close();
    }
  });

  it('tells nothing of other providers, and nothing once it was stopped', async () => {
    const other = c.under.another(randomUUID());
    const [foreign, stopped, witness] = [watch(other), watch(c.provider), watch(c.provider)];
    try {
      await stopped.stop();
      const workerId = await c.start('say ready; exit 1');
      await witness.told(workerId);
      expect(foreign.all.size).toBe(0);
      expect(stopped.all.has(workerId)).toBe(false);
    } finally {
      await Promise.all([witness.stop(), other.close()]);
    }
  });

  it('tells all of many that end at once', async () => {
    const watching = watch(c.provider);
    const ids = await Promise.all(Array.from({ length: 8 }, () => c.start('say ready; exit 2')));
    const statuses = await Promise.all(ids.map((id) => watching.told(id)));
    expect(statuses.map((status) => status?.state === 'exited' && status.exitCode)).toEqual(ids.map(() => 2));
    await watching.stop();
  }, 60_000);
}
