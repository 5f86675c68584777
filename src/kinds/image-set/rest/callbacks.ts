import { ok, type Result } from '../../../domain/errors.ts';
import type { RouteAnswer, RouteRequest } from '../../../contract/route.ts';
import { answering, unreadableEntry } from '../../../transports/rest/handlers/results.ts';
import type { HandlersFor } from '../../../transports/rest/serve.ts';
import type { ItemResultInput } from '../application/commands.ts';
import type { ImageSets } from '../application/image-sets.ts';
import { readCallback, type callbackRoutes, type recordItemResult, type recordItemResults } from
  '../contract/callbacks.ts';
import { statusOf } from './status.ts';

export function callbackHandlers(imageSets: ImageSets): HandlersFor<typeof callbackRoutes> {
  return {
    recordItemResult: ({ params, body, idempotencyKey, correlationId }) =>
      answering(imageSets.recordItemResult(params.id, itemResult(body, idempotencyKey), correlationId), (value) => ({
        ...statusOf(value),
        progress: value.progress,
      })),
    recordItemResults: ({ params, body, correlationId }) =>
      recordEach(imageSets, params.id, body.callbacks, correlationId),
  };
}

async function recordEach(
  imageSets: ImageSets,
  jobId: string,
  sent: readonly unknown[],
  correlationId: string,
): Promise<Result<RouteAnswer<typeof recordItemResults>>> {
  const read = sent.map(readCallback);
  const inputs = read.flatMap((one) => (one.ok ? [itemResult(one.value, undefined)] : []));
  const recorded = await imageSets.recordItemResults(jobId, inputs, correlationId);
  if (!recorded.ok) return recorded;
  const { progress, refusals } = recorded.value;
  let next = 0;
  const outcomes = read.map((one) => {
    if (!one.ok) return unreadableEntry(one.fields);
    const refusal = refusals[next++] ?? null;
    return refusal === null
      ? { ok: true }
      : { ok: false, error: { code: refusal.code, message: refusal.message } };
  });
  return ok({ ...statusOf(recorded.value), progress, outcomes });
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
