import type { ImageSets } from '../application/image-sets.ts';
import type { ItemResultInput, JobStatus } from '../application/commands.ts';
import type { listFirstPictures } from '../contract/first-pictures.ts';
import type { confirmUpload, imageSetRoutes, recordItemResult } from '../contract/image-set.ts';
import type { RouteAnswer, RouteRequest } from '../../../contract/route.ts';
import { archiveOf } from './archive.ts';
import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';

export function imageSetHandlers(imageSets: ImageSets): HandlersFor<typeof imageSetRoutes> {
  return {
    listPresets: async () => ({ ok: true, value: { presets: imageSets.presets() } }),
    getPreset: async ({ params }) => imageSets.preset(params.name),
    createImageSet: ({ context, body, idempotencyKey }) =>
      imageSets.submit(context, idempotencyKey === undefined ? body : { ...body, idempotencyKey }),
    confirmUpload: ({ context, params, body }) =>
      answering(imageSets.confirmUpload(context, params.id, body), statusOf),
    executeImageSet: ({ context, params, body }) => answering(imageSets.execute(context, params.id, body), statusOf),
    listInputs: ({ context, params }) => answering(imageSets.inputs(context, params.id), (inputs) => ({ inputs })),
    listFirstPictures: ({ context, query: { ids, first } }) =>
      answering(imageSets.firstPictures(context, ids, first), (sets) => ({ sets: sets as FirstOfSets })),
    downloadResults: ({ context, params, signal }) =>
      answering(imageSets.results(context, params.id), (results) => archiveOf(results, signal())),
    recordItemResult: ({ params, body, idempotencyKey, correlationId }) =>
      answering(imageSets.recordItemResult(params.id, itemResult(body, idempotencyKey), correlationId), (value) => ({
        ...statusOf(value),
        progress: value.progress,
      })),
  };
}

type FirstOfSets = RouteAnswer<typeof listFirstPictures>['sets'];

type Status = RouteAnswer<typeof confirmUpload>['status'];

/** The application names states as text; that they are the contract's is what its tests are for. */
function statusOf({ jobId, status }: JobStatus): { readonly jobId: string; readonly status: Status } {
  return { jobId, status: status as Status };
}

function itemResult(
  body: RouteRequest<typeof recordItemResult>['body'],
  keyOfHeader: string | undefined,
): ItemResultInput {
  const { idx, status, output_key, preview_key, input_preview, error, error_code, confidence, idempotency_key } = body;
  const idempotencyKey = idempotency_key || keyOfHeader;
  return {
    idx,
    status,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(output_key !== null && { outputKey: output_key }),
    ...(preview_key !== null && { previewKey: preview_key }),
    ...(input_preview && { hasInputPreview: true }),
    ...(error !== null && { error }),
    ...(error_code !== null && { errorCode: error_code }),
    ...(confidence !== null && { confidence }),
  };
}
