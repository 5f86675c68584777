import { plain, table } from '../../../transports/cli/output.ts';
import type { KindText } from '../../../transports/cli/job/kind-text.ts';
import type { CommandView } from './client.ts';

export const commandText: KindText<CommandView> = {
  status: ({ state, stateNumber }) => `Status: ${state} (Status Code: ${stateNumber})`,
  fields: (job) => {
    const { name, command, requirements, assignment, exitCode, signal, failure, cancelReason } = job;
    return [
      ['name', plain(name)],
      ['command', plain([command, ...job.arguments].join(' '))],
      ['provider', requirements.provider],
      ['image', requirements.image],
      ['worker', assignment === null ? null : `${assignment.workerId} (${plain(assignment.providerType)})`],
      ['attempt', `${job.attempt} of ${job.maxAttempts}`],
      ['exit code', exitCode],
      ['signal', signal],
      ['failure', failure === null ? null : `${failure.reason}: ${plain(failure.message)}`],
      ['reason', cancelReason === null ? null : plain(cancelReason)],
    ];
  },
  details: ({ artifacts }) =>
    artifacts.length === 0
      ? ''
      : table(['FILE', 'BYTES'], artifacts.map(({ path, size }) => [plain(path), String(size)])),
};
