import { InvariantViolation } from '../../domain/errors.ts';
import { RequestError } from '../../http/request-error.ts';
import type { Fetch } from '../../http/request.ts';
import { realTime, retryUntilAnswered, type RetryTime } from '../../http/retry.ts';
import {
  ImageProviderFailure, type ImageCall, type ImageProvider, type ImageProviderFailureCode, type ImageResult,
} from '../../ports/image-provider.ts';
import type { Clock } from '../../ports/world.ts';
import { createReplicateApi, retries, type ReplicateApi } from './api.ts';
import { checkHealth } from './health.ts';
import { assertCall, parseModel, type Model } from './models.ts';
import { download, outputUrls } from './outputs.ts';
import { begin, cancel, read, type Prediction } from './predictions.ts';
import { costMicroUsd, estimateMicroUsd, type Prices } from './prices.ts';

export type { Prices };

export interface ReplicateSettings {
  /** `https://api.replicate.com`. */
  readonly baseUrl: string;
  readonly token: string;
  /** Each `owner/name`, or `owner/name:version`. */
  readonly segmentModel: string;
  readonly backgroundsModel: string;
  /** Where they differ from what is known here. */
  readonly prices: Prices;
}

export interface ReplicateWorld {
  readonly clock: Clock;
  readonly fetch?: Fetch;
  readonly time?: RetryTime;
  /** For all tries of one request, 60 s unless given. */
  readonly patienceMs?: number;
  /** How long a call may take, 5 minutes unless given. */
  readonly timeLimitMs?: number;
}

const pollMs = { first: 500, max: 5_000 };

/** Models that run at Replicate, by its HTTP API. */
export function createReplicate(settings: ReplicateSettings, world: ReplicateWorld): ImageProvider {
  const { baseUrl, token, prices } = settings;
  const { clock, fetch = globalThis.fetch, time = realTime, patienceMs = 60_000, timeLimitMs = 300_000 } = world;
  const api = createReplicateApi({ baseUrl, token, fetch });
  const models = { segment: parseModel(settings.segmentModel), backgrounds: parseModel(settings.backgroundsModel) };
  const tries = { ...retries, patienceMs, time };
  const parts: CallParts = {
    api, fetch, time, prices, models, timeLimitMs, allowHttp: baseUrl.startsWith('http:'),
    attempt: (purpose, once, signal) => retryUntilAnswered(once, { ...tries, signal }).catch((error: unknown) => {
      throw asFailure(error, purpose);
    }),
  };
  // Replicate ends by itself what nobody has fetched, a little later than the call's own time limit.
  const deadlineMinutes = Math.ceil(timeLimitMs / 60_000) + 1;
  const estimate = (purpose: ImageCall['purpose'], images: number) =>
    estimateMicroUsd(prices, models[purpose].name, images);
  return {
    name: 'replicate',
    test: (signal) => checkHealth({ api, tries, models, estimate }, signal),
    estimateMicroUsd: (call) => estimate(call.purpose, call.purpose === 'segment' ? 1 : call.variants),
    async begin(call, key, signal) {
      assertCall(call, key);
      const order = { call, key, model: models[call.purpose] };
      const once = () => begin({ api, clock, deadlineMinutes }, order, signal);
      return { providerJobId: await parts.attempt(call.purpose, once, signal) };
    },
    result: async (providerJobId, call, signal) => result(parts, idOf(providerJobId), call, signal),
    async cancel(providerJobId, signal) {
      const id = idOf(providerJobId);
      await parts.attempt('segment', () => cancel(api, id, signal), signal);
    },
  };
}

interface CallParts {
  readonly api: ReplicateApi;
  readonly fetch: Fetch;
  readonly time: RetryTime;
  readonly prices: Prices;
  readonly models: Readonly<Record<ImageCall['purpose'], Model>>;
  readonly timeLimitMs: number;
  readonly allowHttp: boolean;
  attempt<T>(purpose: ImageCall['purpose'], once: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

async function result(parts: CallParts, id: string, call: ImageCall, signal: AbortSignal): Promise<ImageResult> {
  const { api, time, prices, models, timeLimitMs, attempt } = parts;
  const costOf = ({ status, metrics }: Prediction, images: number): number =>
    status === 'aborted' ? 0 : costMicroUsd(prices, models[call.purpose].name, metrics?.predict_time ?? null, images);
  const until = time.now() + timeLimitMs;
  for (let pauseMs = pollMs.first; ; pauseMs = Math.min(pauseMs * 2, pollMs.max)) {
    const prediction = await attempt(call.purpose, () => read(api, id, signal), signal).catch((error: unknown) => {
      throw asGone(error);
    });
    if (prediction.status === 'succeeded') return fetchOutputs(parts, prediction, call, costOf, signal);
    if (prediction.status !== 'starting' && prediction.status !== 'processing') {
      throw unsuccessful(prediction, call, costOf(prediction, 0));
    }
    if (time.now() + pauseMs > until) {
      const ended = await attempt(call.purpose, () => cancel(api, id, signal), signal);
      const message = `the prediction ${id} did not end within ${timeLimitMs / 1_000} s, and was canceled`;
      const facts = { retryable: true, callEnded: true, costMicroUsd: costOf(ended, 0) };
      throw new ImageProviderFailure('PROVIDER_TIMEOUT', message, facts);
    }
    await time.pause(pauseMs, signal);
  }
}

async function fetchOutputs(
  parts: CallParts,
  prediction: Prediction,
  call: ImageCall,
  costOf: (prediction: Prediction, images: number) => number,
  signal: AbortSignal,
): Promise<ImageResult> {
  const most = call.purpose === 'segment' ? 1 : call.variants;
  if (prediction.data_removed || prediction.output === null || prediction.output === undefined) {
    throw vanished(prediction, call, costOf(prediction, most));
  }
  try {
    const urls = outputUrls(prediction.output, parts.allowHttp);
    const outputs = [];
    for (const url of urls) outputs.push(await download(url, parts, signal));
    if (outputs.length === 0) throw new RequestError('made no picture', { retryable: false });
    return { outputs, costMicroUsd: costOf(prediction, outputs.length) };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const cost = costOf(prediction, most);
    if (error.status === 404 || error.status === 410) throw vanished(prediction, call, cost);
    throw asFailure(error, call.purpose, error.retryable ? {} : { callEnded: true, costMicroUsd: cost });
  }
}

function unsuccessful({ id, status, error }: Prediction, { purpose }: ImageCall, cost: number): ImageProviderFailure {
  const reason = typeof error === 'string' && error !== '' ? `: ${error.slice(0, 300)}` : '';
  // The model looks at what it made, and would make the same again.
  const isRefused = /nsfw/i.test(reason);
  const facts = { retryable: !isRefused, callEnded: true, costMicroUsd: cost };
  return new ImageProviderFailure(codes[purpose], `the prediction ${id} is ${status}${reason}`, facts);
}

function vanished({ id }: Prediction, { purpose }: ImageCall, cost: number): ImageProviderFailure {
  const message = `what the prediction ${id} made is gone: Replicate deletes it after an hour`;
  return new ImageProviderFailure(codes[purpose], message, { retryable: true, callEnded: true, costMicroUsd: cost });
}

const codes = { segment: 'SEGMENT_FAILED', backgrounds: 'BG_GENERATION_FAILED' } as const;

function asFailure(
  error: unknown,
  purpose: ImageCall['purpose'],
  ended: { readonly callEnded?: boolean; readonly costMicroUsd?: number } = {},
): unknown {
  if (!(error instanceof RequestError)) return error;
  const { retryable, retryAfterMs, status, timedOut } = error;
  const code: ImageProviderFailureCode =
    timedOut ? 'PROVIDER_TIMEOUT' : status === 429 ? 'PROVIDER_RATE_LIMITED' : codes[purpose];
  const facts = { retryable, retryAfterMs, cause: error, ...ended };
  return new ImageProviderFailure(code, `Replicate ${error.message}`, facts);
}

/** A prediction that Replicate does not know is over, however it ended. */
function asGone(error: unknown): unknown {
  const isGone = error instanceof ImageProviderFailure && (error.cause as RequestError | undefined)?.status === 404;
  if (!isGone) return error;
  const { code, cause } = error;
  const message = 'Replicate does not know the prediction: it was deleted, or belongs to another account';
  return new ImageProviderFailure(code, message, { retryable: true, callEnded: true, cause });
}

function idOf(providerJobId: string): string {
  if (/^[a-z0-9]{1,64}$/.test(providerJobId)) return providerJobId;
  throw new InvariantViolation(`${JSON.stringify(providerJobId)} is no id of a prediction`);
}
