import { defineCommand, jobArgument, restArguments } from '../../../transports/cli/command.ts';
import { CommandFailure, exits } from '../../../transports/cli/failure.ts';
import { createProgress } from '../../../transports/cli/terminal/progress.ts';
import type { ImageSetRoutes } from './client.ts';
import { recallRequest } from './created-here.ts';
import { openPhotos } from './photos.ts';
import { uploadPhotos } from './uploads.ts';

export default defineCommand({
  name: 'job upload',
  summary: 'Upload the photos of an image set',
  description:
    'For a job created with --count. The first file becomes item 0, the second item 1, and so on. Gets the URLs by ' +
    'repeating the request that created the job, which `job create` stores on this machine for seven days; on ' +
    'another machine, PUT the files to the URLs that `job create --json` printed.',
  arguments: { id: jobArgument, files: restArguments('FILE', 'The photos, in the order of the items.') },
  examples: [['job upload "$JOB_ID" sofa.jpg chair.jpg', 'two photos']],
  async run(context, { args: { id, files } }) {
    const { output, env, signal, server } = context;
    const request = recallRequest(env, id);
    if (request === null) {
      throw new CommandFailure(
        `job ${id} was not created on this machine with --count, so its upload URLs are not known here`,
      );
    }
    if (request.server !== server) {
      throw new CommandFailure(`job ${id} was created on ${request.server}, not ${server}`);
    }
    const { body, idempotencyKey } = request;
    if (files.length > body.itemCount) {
      throw new CommandFailure(`job ${id} takes ${body.itemCount} photos, and these are ${files.length}`, exits.usage);
    }
    const photos = await openPhotos(files);
    const client = context.client<ImageSetRoutes>();
    const { jobId, urls } = await client.createImageSet({ body, idempotencyKey }, { signal });
    // Somebody else's token, or a server that forgot: the repeated request has made a new job.
    if (jobId !== id.toLowerCase()) {
      await client.cancelJob({ params: { id: jobId } });
      throw new CommandFailure(`the server does not know job ${id} by the request that made it: is it another user's?`);
    }
    const progress = createProgress(output, env);
    try {
      await uploadPhotos(client, urls, photos, progress, signal);
    } finally {
      progress.end();
    }
    if (output.json) output.printJson({ jobId, uploaded: photos.map(({ path }, idx) => ({ idx, path })) });
    else output.note(`Uploaded ${photos.length}. Next: waybill job confirm ${jobId} --total ${photos.length}`);
  },
});
