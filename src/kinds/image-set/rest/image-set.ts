import type { ImageSets } from '../application/image-sets.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { listFirstPictures } from '../contract/first-pictures.ts';
import type { imageSetRoutes } from '../contract/image-set.ts';
import { archiveOf } from './archive.ts';
import { statusOf } from './status.ts';
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
  };
}

type FirstOfSets = RouteAnswer<typeof listFirstPictures>['sets'];
