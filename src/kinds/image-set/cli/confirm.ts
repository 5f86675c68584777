import { defineCommand, jobArgument } from '../../../transports/cli/command.ts';
import { optional, toggle, wholeNumber } from '../../../transports/cli/flag.ts';
import type { ImageSetRoutes } from './client.ts';

export default defineCommand({
  name: 'job confirm',
  summary: 'Confirm the upload',
  description: 'Credits reserved for photos that were not uploaded are returned at once.',
  arguments: { id: jobArgument },
  flags: {
    total: optional('N', wholeNumber(1, 200), 'Number of photos. Default: as many as the job was created for.'),
    verify: toggle('Let the server check that the files exist; exit status 75 if some are missing.'),
  },
  examples: [['job confirm "$JOB_ID" --total 3 --verify', 'three photos, checked by the server']],
  async run(context, { args: { id }, flags: { total, verify } }) {
    const { output, signal } = context;
    const body = { ...(total === undefined ? {} : { totalItems: total }), ...(verify ? { verify } : {}) };
    const answer = await context.client<ImageSetRoutes>().confirmUpload({ params: { id }, body }, { signal });
    if (output.json) output.printJson(answer);
    else output.note(`Job ${id} is ${answer.status}.`);
  },
});
