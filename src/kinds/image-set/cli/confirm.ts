import { defineCommand, jobArgument } from '../../../transports/cli/command.ts';
import { optional, toggle, wholeNumber } from '../../../transports/cli/flag.ts';
import type { ImageSetRoutes } from './client.ts';

export default defineCommand({
  name: 'job confirm',
  summary: 'Say that the photos are uploaded',
  description: 'The credits of those that were not uploaded come back at once.',
  arguments: { id: jobArgument },
  flags: {
    total: optional('N', wholeNumber(1, 200), 'How many there are; as many as the job was created for unless given.'),
    verify: toggle('Have the server look whether the files are there; exit status 75 when some are not.'),
  },
  examples: [['job confirm "$JOB_ID" --total 3 --verify', 'three photos, looked at']],
  async run(context, { args: { id }, flags: { total, verify } }) {
    const { output, signal } = context;
    const body = { ...(total === undefined ? {} : { totalItems: total }), ...(verify ? { verify } : {}) };
    const answer = await context.client<ImageSetRoutes>().confirmUpload({ params: { id }, body }, { signal });
    if (output.json) output.printJson(answer);
    else output.note(`Job ${id} is ${answer.status}.`);
  },
});
