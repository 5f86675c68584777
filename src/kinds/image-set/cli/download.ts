import { defineCommand, jobArgument } from '../../../transports/cli/command.ts';
import { anyText, optional } from '../../../transports/cli/flag.ts';
import { createProgress } from '../../../transports/cli/terminal/progress.ts';
import type { ImageSetRoutes } from './client.ts';
import { getImageSet } from './get.ts';
import { saveResults } from './results.ts';

export default defineCommand({
  name: 'job download',
  summary: 'Download the results of a job',
  description: 'Downloads the results that exist so far. Prints the path of each file on standard output.',
  arguments: { id: jobArgument },
  flags: { out: optional('DIR', anyText, 'Folder for the files. Default: the current folder.') },
  examples: [['job download "$JOB_ID" --out results', 'into a folder']],
  async run(context, { args: { id }, flags: { out = '.' } }) {
    const { output, env, signal } = context;
    const client = context.client<ImageSetRoutes>();
    const job = await getImageSet(client, id, signal);
    const progress = createProgress(output, env);
    try {
      const saved = await saveResults(client, job, [], out, progress, signal);
      progress.end();
      if (output.json) output.printJson({ jobId: job.jobId, saved });
      else if (saved.length > 0) output.print(saved.join('\n'));
      else output.note(`Job ${job.jobId} is ${job.status} and has no results${job.endedAt === null ? ' yet' : ''}.`);
    } finally {
      progress.end();
    }
  },
});
