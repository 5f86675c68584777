import type { TaskWorker } from './worker.ts';

/** SIGTERM and SIGINT stop the worker and then end the process; the second one ends it at once. */
export function stopOnSignals(worker: TaskWorker): void {
  let stopping = false;
  const on = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143);
    stopping = true;
    void worker.stop();
  };
  process.on('SIGTERM', on).on('SIGINT', on);
  const forget = (): void => void process.off('SIGTERM', on).off('SIGINT', on);
  worker.done.then(
    () => {
      forget();
      if (stopping) process.exit(0);
    },
    () => {
      forget();
      // Not an exit: the process may have more to do than this worker.
      process.exitCode = 1;
      if (stopping) process.exit();
    },
  );
}
