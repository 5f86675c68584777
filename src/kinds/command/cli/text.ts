import { isAbsolute, join, normalize } from 'node:path';
import { CommandFailure } from '../../../transports/cli/failure.ts';
import { saveFile } from '../../../transports/cli/job/save-file.ts';
import { plain, table } from '../../../transports/cli/output.ts';
import type { KindText } from '../../../transports/cli/job/kind-text.ts';
import type { CommandRoutes, CommandView } from './client.ts';

export const commandText: KindText<CommandView> = {
  status: ({ state, stateNumber }) => `Status: ${state} (Status Code: ${stateNumber})`,
  fields: (job) => {
    const { name, command, requirements, assignment, exitCode, signal, failure, cancelReason, waitsFor } = job;
    return [
      ['name', plain(name)],
      ['command', plain([command, ...job.arguments].join(' '))],
      ['provider', requirements.provider],
      ['image', requirements.image],
      ['waits', waitsFor.length === 0 ? null : `for ${waitsFor.join(', ')}`],
      ['worker', assignment === null ? null : `${assignment.workerId} (${plain(assignment.providerType)})`],
      ['attempt', `${job.attempt} of ${job.maxAttempts}`],
      ['exit code', exitCode],
      ['signal', signal],
      ['failure', failure === null ? null : `${failure.reason}: ${plain(failure.message)}`],
      ['reason', cancelReason === null ? null : plain(cancelReason)],
    ];
  },
  outcome({ exitCode, failure, cancelReason }) {
    if (failure !== null) return `${failure.reason}, ${plain(failure.message)}`;
    if (cancelReason !== null) return plain(cancelReason);
    return exitCode === null ? null : `exit code ${exitCode}`;
  },
  details: ({ artifacts }) =>
    artifacts.length === 0
      ? ''
      : table(['FILE', 'BYTES'], artifacts.map(({ path, size }) => [plain(path), String(size)])),
  async download(context, { id }, folder) {
    const { signal } = context;
    const client = context.client<CommandRoutes>();
    const { artifacts, purgedAt } = await client.listArtifacts({ params: { id } }, { signal });
    if (purgedAt !== null) throw new CommandFailure(`the files of job ${id} were deleted at ${purgedAt}`);
    const saved: string[] = [];
    for (const { path, url } of artifacts) {
      if (url === null) continue;
      const inside = normalize(path);
      if (isAbsolute(inside) || inside.startsWith('..')) {
        throw new CommandFailure(`${plain(path)} is not saved: it would be outside of the folder`);
      }
      await saveFile(client, url, join(folder, inside), signal);
      saved.push(join(folder, inside));
    }
    return saved;
  },
};
