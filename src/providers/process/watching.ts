import type { ProviderWatch, WorkerStatus } from '../../ports/provider.ts';

/** Called with the id of a worker whose supervisor was a child of this process and has exited. */
export type EndListeners = Set<(workerId: string) => void>;

interface Watched {
  workerIds(): Promise<string[]>;
  status(workerId: string): Promise<WorkerStatus>;
  readonly listeners: EndListeners;
  readonly intervalMs: number;
  onEnded(workerId: string, status: WorkerStatus): void;
}

/** The exit of a child process is an event; workers that other servers started are polled. */
export function watchFolders(watched: Watched): ProviderWatch {
  const { intervalMs, listeners, onEnded } = watched;
  /** Workers seen alive, and workers that were reported. */
  let alive = new Set<string>();
  let told = new Set<string>();
  let stopped = false;

  const lookAt = async (workerId: string): Promise<void> => {
    const status = await watched.status(workerId);
    if (stopped || told.has(workerId)) return;
    if (status.state === 'starting' || status.state === 'running') {
      alive.add(workerId);
      return;
    }
    told.add(workerId);
    alive.delete(workerId);
    onEnded(workerId, status);
  };
  const lookAtAll = async (): Promise<void> => {
    const present = new Set(await watched.workerIds());
    const ids = new Set([...present, ...alive].filter((id) => !told.has(id)));
    for (const id of ids) await lookAt(id);
    told = new Set([...told].filter((id) => present.has(id)));
  };

  // What cannot be read now is retried by the next tick.
  let looking: Promise<void> = Promise.resolve();
  const enqueue = (look: () => Promise<void>): void => {
    looking = looking.then(() => (stopped ? undefined : look())).catch(() => {});
  };
  const listener = (workerId: string): void => enqueue(() => lookAt(workerId));
  let isLookingAtAll = false;
  const tick = (): void => {
    if (isLookingAtAll) return;
    isLookingAtAll = true;
    enqueue(() => lookAtAll().finally(() => (isLookingAtAll = false)));
  };
  const timer = setInterval(tick, intervalMs).unref();
  listeners.add(listener);
  tick();
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      listeners.delete(listener);
      await looking;
    },
  };
}
