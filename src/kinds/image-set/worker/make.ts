import type { WorkerLogger } from '../../../worker/server/log.ts';
import type { ImageWorkerLimits } from './limits.ts';
import type { ImageSetMessage, MessageItem } from './message.ts';
import type { ItemResult } from './report.ts';
import { messageOf, property, thrownOf } from '../../../worker/thrown.ts';
import { tooManyBytes } from '../../../http/request.ts';
import type { Restyle } from './restyle.ts';
import type { Storage } from './storage.ts';
import { RequestError } from '../../../http/request-error.ts';

/** What is to be made of one photo. Plain data: it may be told to another process. */
export interface PhotoOrder {
  readonly jobId: string;
  readonly item: MessageItem;
  readonly concepts: ImageSetMessage['concepts'];
  readonly protect: readonly string[];
  readonly force: boolean;
  readonly output: ImageSetMessage['output'];
  /** Which delivery of its message this is, from 1. */
  readonly attempts: number;
}

/** `stuck`: the storage did not answer, or there was nobody to do it; the photo is for another delivery. */
export type PhotoMade = ItemResult | { readonly status: 'stuck' };

/** Downloads, restyles and uploads one photo. Rejects with the signal's reason once that is aborted. */
export type MakePhoto = (order: PhotoOrder, signal: AbortSignal) => Promise<PhotoMade>;

export interface MakeTools {
  readonly storage: Storage;
  readonly restyle: Restyle;
  readonly limits: ImageWorkerLimits;
  readonly logger: WorkerLogger;
}

/** A photo that fails, with what its owner is told. Named by its idx, as everywhere in the API. */
class PhotoFailed extends Error {
  readonly code: string;
  /** WebP: what shows why. */
  readonly preview: Uint8Array | undefined;
  /** WebP: the photo. */
  readonly inputPreview: Uint8Array | undefined;
  /** How doubtful it was, 0..1. */
  readonly confidence: number | undefined;

  constructor(code: string, message: string, shown: Pick<PhotoFailed, keyof typeof none> = none) {
    super(message);
    this.code = code;
    this.preview = shown.preview;
    this.inputPreview = shown.inputPreview;
    this.confidence = shown.confidence;
  }
}

const none = { preview: undefined, inputPreview: undefined, confidence: undefined };

class PhotoStuck extends Error {}

type Restyled = Awaited<ReturnType<Restyle>>;

/** Makes photos in this process. */
export function createPhotoMaker(tools: MakeTools): MakePhoto {
  return async (order, signal) => {
    try {
      return { status: 'done', ...(await make(tools, order, signal)) };
    } catch (error) {
      if (error instanceof PhotoStuck) return { status: 'stuck' };
      if (!(error instanceof PhotoFailed)) throw error;
      const { preview_url, input_preview_url } = order.item;
      const hasPreview = await storePreview(tools, order, preview_url, error.preview, signal);
      const hasInputPreview = await storePreview(tools, order, input_preview_url, error.inputPreview, signal);
      const text = error.message.slice(0, tools.limits.maxErrorCharacters).toWellFormed();
      const failed = { status: 'failed', error: text, errorCode: error.code, hasPreview } as const;
      return { ...failed, ...(hasInputPreview && { hasInputPreview }), ...toldConfidence(error.confidence) };
    }
  };
}

type Made = Pick<ItemResult, 'hasInputPreview' | 'confidence'>;

async function make(tools: MakeTools, order: PhotoOrder, signal: AbortSignal): Promise<Made> {
  const { storage, logger } = tools;
  const { jobId, item } = order;
  const image = await storage.get(item.input_url, signal).catch((error: unknown) => {
    throw explain(error, tools, order, 'downloaded');
  });
  const restyled = await restyleInTime(tools, order, image, signal);
  const { result, resultType = 'image/png', preview, inputPreview, masks, confidence } = restyled;
  logger.info('photo restyled', { jobId, idx: item.idx, masks, confidence });
  try {
    await storage.put(item.preview_url, preview, 'image/webp', signal);
    await storage.put(item.output_url, result, resultType, signal);
  } catch (error) {
    throw explain(error, tools, order, 'stored');
  }
  const hasInputPreview = await storePreview(tools, order, item.input_preview_url, inputPreview, signal);
  return { ...(hasInputPreview && { hasInputPreview }), ...toldConfidence(confidence) };
}

/** In thousandths, rounded down: what is just below a limit must not be told as being on it. */
function toldConfidence(confidence: unknown): Pick<ItemResult, 'confidence'> {
  if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1)) return {};
  return { confidence: Math.floor(confidence * 1_000) / 1_000 };
}

/** Whether there is one, and a place for it, and it was stored. What became of the photo does not depend on it. */
async function storePreview(
  { storage, logger }: MakeTools,
  { jobId, item }: PhotoOrder,
  url: string | undefined,
  preview: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (url === undefined || preview === undefined) return false;
  try {
    await storage.put(url, preview, 'image/webp', signal);
    return true;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    logger.warn('preview not stored', { jobId, idx: item.idx, trouble: `the storage ${error.message}` });
    return false;
  }
}

function explain(
  error: unknown,
  { limits, logger }: MakeTools,
  { jobId, item: { idx }, attempts }: PhotoOrder,
  what: 'downloaded' | 'stored',
): unknown {
  if (!(error instanceof RequestError)) return error;
  logger.warn(`photo not ${what}`, { jobId, idx, attempts, trouble: `the storage ${error.message}` });
  if (error.retryable && attempts < limits.failFromDelivery) return new PhotoStuck();
  if (what === 'stored') {
    return new PhotoFailed('not_stored', `the result of photo ${idx} was not stored: the storage ${error.message}`);
  }
  if (error.status === 404) return new PhotoFailed('not_uploaded', `photo ${idx} was not uploaded`);
  if (error.code === tooManyBytes) {
    return new PhotoFailed('too_large', `photo ${idx} has more than ${limits.maxInputBytes} bytes`);
  }
  return new PhotoFailed('not_downloaded', `photo ${idx} could not be downloaded: the storage ${error.message}`);
}

async function restyleInTime(
  { restyle, limits, logger }: MakeTools,
  { jobId, item: { idx }, concepts, protect, force, output }: PhotoOrder,
  image: Uint8Array,
  work: AbortSignal,
): Promise<Restyled> {
  const time = AbortSignal.timeout(limits.restyleMs);
  const signal = AbortSignal.any([work, time]);
  try {
    return bytesOf(await unlessAborted(restyle({ image, concepts, protect, force, output, signal }), signal));
  } catch (error) {
    work.throwIfAborted();
    if (time.aborted) {
      logger.error('restyling took too long', { jobId, idx, limitMs: limits.restyleMs });
      throw new PhotoFailed('timeout', `restyling photo ${idx} took longer than ${limits.restyleMs / 1000} s`);
    }
    // Anything can be thrown, and looking at it can throw again.
    if (property(error, 'name') === 'ImageRejected') throw rejected(error);
    const { message, stack = message } = thrownOf(error);
    logger.error('restyling failed', { jobId, idx, error: stack });
    const said = `photo ${idx} could not be restyled because of an unexpected error, which the worker logged`;
    throw new PhotoFailed('internal', said);
  }
}

function rejected(error: unknown): PhotoFailed {
  const [code, ...previews] = [property(error, 'code'), property(error, 'preview'), property(error, 'inputPreview')];
  const [preview, inputPreview] = previews.map((bytes) => (bytes instanceof Uint8Array ? bytes : undefined));
  return new PhotoFailed(
    typeof code === 'string' && /^[a-z0-9_]{1,64}$/.test(code) ? code : 'rejected',
    messageOf(error),
    { preview, inputPreview, confidence: toldConfidence(property(error, 'confidence')).confidence },
  );
}

/** What restyling gave, if that is what it has to give. */
function bytesOf({ result, resultType, preview, inputPreview, masks = {}, confidence = null }: Restyled): Restyled {
  for (const [name, bytes] of Object.entries({ result, preview })) {
    if (!(bytes instanceof Uint8Array)) throw new TypeError(`restyle returned no bytes for ${name}`);
  }
  const photo = inputPreview instanceof Uint8Array ? { inputPreview } : {};
  return { result, ...(resultType !== undefined && { resultType }), preview, ...photo, masks, confidence };
}

/** Some parts of restyling do not look at the signal; their result comes too late for anybody. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
