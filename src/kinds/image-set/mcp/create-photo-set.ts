import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ApiError } from '../../../client/index.ts';
import { CommandFailure } from '../../../transports/cli/failure.ts';
import { defineTool, ToolProblem } from '../../../transports/mcp/tool.ts';
import type { ImageSetRoutes } from '../cli/client.ts';
import { openPhotos } from '../cli/photos.ts';
import { submitPhotos, uploadOf } from '../cli/submit-photos.ts';
import { photosAt } from './photos-at.ts';

const text = z.string().min(1).max(200);

/** For a program on the machine that has the photos. */
export const createPhotoSet = defineTool({
  name: 'create_photo_set',
  title: 'Process photos of this machine',
  description:
    'Uploads photos of this machine and has them processed, as an image set. Answers its job id at once. Then ' +
    'wait_for_job waits for the end, and get_job has the URLs of the results. Costs one credit per delivered photo: ' +
    'look at get_account first, and ask the person. Without an idempotencyKey, every call creates another set.',
  hints: { readOnly: false, destructive: false, idempotent: false },
  input: z.strictObject({
    paths: z.array(z.string().min(1).max(4_096)).min(1).max(200).describe(
      'Absolute paths of photos, or of folders whose photos are all taken (not those of folders in them). At most ' +
        '200 photos: JPEG, PNG, WebP, AVIF, HEIC, TIFF or GIF.',
    ),
    preset: text.describe('remove-background, interior or seller.'),
    concepts: z.record(z.string(), z.unknown()).exactOptional().describe(
      'What to do with each part of the picture: {"background": {"action": "remove", "value": ""}}. Default: as the ' +
        'preset says.',
    ),
    protect: z.array(text).max(50).exactOptional().describe('Parts that must not change, such as person or face.'),
    force: z.boolean().exactOptional().describe('Deliver results also where the cut-out is doubtful.'),
    format: z.enum(['png', 'webp', 'jpeg']).exactOptional().describe('Of the results. Default: png.'),
    idempotencyKey: text.exactOptional().describe('A repeat with the same key and photos goes on with the same set.'),
  }),
  output: z.object({
    jobId: z.string(),
    status: z.string(),
    photos: z.array(z.object({ idx: z.number(), path: z.string() })).describe('Which item of the set each photo is.'),
  }),
  async run({ paths, preset, idempotencyKey, format, concepts, ...others }, { client, signal, progress }) {
    const photos = await openPhotos(await photosAt(paths)).catch(asProblem);
    const orders = {
      ...others,
      ...(concepts !== undefined && { concepts: concepts as never }),
      ...(format !== undefined && { output: { format } }),
    };
    const order = {
      body: { preset, itemCount: photos.length, files: photos.map(uploadOf) },
      photos, orders, idempotencyKey: idempotencyKey ?? randomUUID(), mayBeThere: idempotencyKey !== undefined,
    };
    let undone = '';
    const { jobId, status } = await submitPhotos(client<ImageSetRoutes>(), order, {
      signal,
      progress: {
        update: ({ done, total }) => void (done > 0 && progress(done, total, `${done} of ${total} photos uploaded`)),
        end: () => {},
      },
      onCreated: () => {},
      onUndone: (id, ok) => {
        undone = ok ? `Job ${id} is canceled; it cost nothing.` : `Job ${id} may still hold credits: cancel_job.`;
      },
    }).catch((error: unknown) => {
      if (error instanceof ApiError && undone !== '') {
        const { code, message, status: http, details, requestId, retryAfterSeconds } = error;
        const facts = { status: http, details, requestId, retryAfterSeconds };
        throw new ApiError(code, `${message} ${undone}`, facts);
      }
      return asProblem(error, undone);
    });
    return { data: { jobId, status, photos: photos.map(({ path }, idx) => ({ idx, path })) } };
  },
});

function asProblem(error: unknown, undone = ''): never {
  if (error instanceof CommandFailure) throw new ToolProblem(`${error.message}. ${undone}`.trim());
  throw error;
}
