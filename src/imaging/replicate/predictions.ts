/** Predictions of Replicate, as replicate.com/docs/reference/http has them, and the photos that are sent for them. */
import { z } from 'zod';
import { maxProviderBytes } from '../../domain/picture-limits.ts';
import { RequestError } from '../../http/request-error.ts';
import type { Clock } from '../../ports/world.ts';
import type { ImageCall, SegmentCall } from '../../ports/image-provider.ts';
import type { ReplicateApi } from './api.ts';
import { backgroundsInput, fileNameOf, type Model } from './models.ts';

const prediction = z.object({
  id: z.string(),
  model: z.string().nullish(),
  version: z.string().nullish(),
  /** `aborted`: its deadline came before it was started. */
  status: z.enum(['starting', 'processing', 'succeeded', 'failed', 'canceled', 'aborted']),
  input: z.record(z.string(), z.unknown()).nullish(),
  output: z.unknown(),
  error: z.unknown(),
  created_at: z.string().nullish(),
  data_removed: z.boolean().nullish(),
  metrics: z.object({ predict_time: z.number().nonnegative().nullish() }).nullish(),
});
export type Prediction = z.infer<typeof prediction>;

const file = z.object({ id: z.string(), name: z.string(), urls: z.object({ get: z.string() }) });
const predictions = z.object({ results: z.array(prediction), next: z.string().nullish() });
const files = z.object({ results: z.array(file), next: z.string().nullish() });

/** Inputs are deleted an hour after the end of a prediction, which takes minutes; older ones cannot be told apart. */
const oldestMs = 2 * 3_600_000;
/** Of 100 entries, newest first. */
const maxPages = 10;

export interface PredictionParts {
  readonly api: ReplicateApi;
  readonly clock: Clock;
  /** After which Replicate itself ends a prediction. */
  readonly deadlineMinutes: number;
}

/**
 * One try to begin a prediction: unless one of the same key is there already, in any state but a failed one.
 *
 * The key is in what both lists of Replicate show. A photo is sent as a file, whose name is made of the key; the URL of
 * that file is then the prediction's input. Backgrounds have a seed that is made of the key. So a begin whose answer
 * got lost is found by the next one, and not paid twice, as long as Replicate keeps the input.
 */
export async function begin(
  parts: PredictionParts,
  { call, key, model }: { readonly call: ImageCall; readonly key: string; readonly model: Model },
  signal: AbortSignal,
): Promise<string> {
  if (call.purpose === 'backgrounds') {
    const input = backgroundsInput(call, key);
    return (await find(parts, model, input, signal)) ?? create(parts, model, input, signal);
  }
  const name = fileNameOf(key, call.contentType);
  const known = await findFile(parts.api, name, signal);
  if (known !== null) {
    const input = { image: known };
    return (await find(parts, model, input, signal)) ?? create(parts, model, input, signal);
  }
  return create(parts, model, { image: await sendPhoto(parts.api, call, name, signal) }, signal);
}

export function read(api: ReplicateApi, id: string, signal: AbortSignal): Promise<Prediction> {
  return api.send({ method: 'GET', path: `/predictions/${encodeURIComponent(id)}`, shape: prediction }, signal);
}

export function cancel(api: ReplicateApi, id: string, signal: AbortSignal): Promise<Prediction> {
  const path = `/predictions/${encodeURIComponent(id)}/cancel`;
  return api.send({ method: 'POST', path, shape: prediction }, signal);
}

type Input = Readonly<Record<string, unknown>>;

async function create(parts: PredictionParts, { name, version }: Model, input: Input, signal: AbortSignal) {
  const { api, deadlineMinutes } = parts;
  const path = version === null ? `/models/${name}/predictions` : '/predictions';
  const body = version === null ? { input } : { version, input };
  const headers = { 'cancel-after': `${deadlineMinutes}m` };
  return (await api.send({ method: 'POST', path, body, headers, shape: prediction }, signal)).id;
}

async function find({ api, clock }: PredictionParts, model: Model, input: Input, signal: AbortSignal) {
  const since = clock.now() - oldestMs;
  for await (const each of entries(api, '/predictions', predictions, signal)) {
    const createdAt = Date.parse(each.created_at ?? '');
    if (createdAt < since) return null;
    const isOurs = model.version === null ? each.model === model.name : each.version === model.version;
    const isGood = each.status === 'starting' || each.status === 'processing' || each.status === 'succeeded';
    if (isOurs && isGood && !each.data_removed && holds(each.input ?? {}, input)) return each.id;
  }
  return null;
}

function holds(given: Input, wanted: Input): boolean {
  return Object.entries(wanted).every(([name, value]) => given[name] === value);
}

async function findFile(api: ReplicateApi, name: string, signal: AbortSignal): Promise<string | null> {
  for await (const each of entries(api, '/files', files, signal)) if (each.name === name) return each.urls.get;
  return null;
}

async function* entries<T>(
  api: ReplicateApi,
  path: string,
  shape: z.ZodType<{ results: T[]; next?: string | null | undefined }>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  let query = '';
  for (let page = 1; page <= maxPages; page++) {
    const { results, next } = await api.send({ method: 'GET', path: `${path}${query}`, shape }, signal);
    yield* results;
    if (!next || !URL.canParse(next)) return;
    query = new URL(next).search;
  }
}

async function sendPhoto(api: ReplicateApi, call: SegmentCall, name: string, signal: AbortSignal): Promise<string> {
  const bytes = await call.bytes();
  if (bytes.length > maxProviderBytes) {
    throw new RequestError(`takes photos of at most ${maxProviderBytes} bytes`, { retryable: false });
  }
  const body = new FormData();
  body.append('content', new Blob([bytes], { type: call.contentType }), name);
  return (await api.send({ method: 'POST', path: '/files', body, shape: file }, signal)).urls.get;
}
