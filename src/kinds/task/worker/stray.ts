import type { WorkerLogger } from '../../../worker/server/log.ts';
import { current } from './current.ts';
import { thrownOf } from '../../../worker/thrown.ts';

/**
 * Keeps errors that nobody catches (a promise that nobody awaits, a timer that throws) from ending the process. The
 * attempt whose handler left it behind fails with it, as far as Node knows whose it is; when that has ended already,
 * or nobody is known, it is logged. For processes that do nothing but run handlers. Returns what undoes it.
 */
export function catchStray(logger: Pick<WorkerLogger, 'error'>): () => void {
  const caught = (error: unknown): void => {
    const held = current.getStore();
    if (held !== undefined && held.stray(error)) return;
    const { id, type, attempt } = held?.task ?? {};
    const { message, ...rest } = thrownOf(error);
    const whose = id === undefined ? {} : { taskId: id, type, attempt, note: 'the attempt had ended' };
    logger.error('nobody caught an error', { ...whose, error: message, ...rest });
  };
  process.on('uncaughtException', caught).on('unhandledRejection', caught);
  return () => void process.off('uncaughtException', caught).off('unhandledRejection', caught);
}
