import { plain, table } from '../../../transports/cli/output.ts';
import type { KindText } from '../../../transports/cli/job/kind-text.ts';
import type { TaskView } from './client.ts';

export const taskText: KindText<TaskView> = {
  fields: ({ waitingFor = null, attempt, maxAttempts, cancelReason, result }) => [
    ['waits', waitingFor === null ? null : plain(waitingFor.message)],
    ['attempt', `${attempt} of ${maxAttempts}`],
    ['reason', cancelReason === null ? null : plain(cancelReason)],
    ['result', result === null ? null : plain(JSON.stringify(result))],
  ],
  outcome({ phase, errorLog, cancelReason }) {
    if (cancelReason !== null) return plain(cancelReason);
    const last = phase === 'failed' ? errorLog.at(-1) : undefined;
    return last === undefined ? null : plain(last.message);
  },
  details: ({ errorLog }) =>
    errorLog.length === 0
      ? ''
      : table(
          ['AT', 'ITEM', 'ERROR'],
          errorLog.map(({ at, item, message }) => [at, plain(item ?? '-'), plain(message)]),
        ),
};
