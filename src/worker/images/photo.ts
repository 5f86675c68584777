import type { ImageWorkerLimits } from './limits.ts';
import type { WorkerLogger } from '../server/log.ts';
import type { ImageSetMessage, MessageItem } from './message.ts';
import type { ItemResult, Reporter } from './report.ts';
import { tooManyBytes } from '../server/request.ts';
import type { Restyle } from './restyle.ts';
import type { Storage } from './storage.ts';
import { Trouble } from '../server/trouble.ts';

export interface PhotoTools {
  readonly storage: Storage;
  readonly reporter: Reporter;
  readonly restyle: Restyle;
  readonly limits: ImageWorkerLimits;
  readonly logger: WorkerLogger;
}

export interface PhotoSituation {
  readonly message: ImageSetMessage;
  readonly attempts: number;
  /** Aborted when there is no use in going on with the photo. */
  readonly work: AbortSignal;
  /** Aborted when there is no use in reporting that it is done: later, since a result that is there may still count. */
  readonly report: AbortSignal;
}

export type PhotoOutcome =
  /** The server has the result; `jobStatus` is the job's state with it. */
  | { readonly kind: 'reported'; readonly status: 'done' | 'failed'; readonly jobStatus: string }
  /** The server knows of no such job. */
  | { readonly kind: 'gone' }
  /** The storage or the server did not answer; the photo is for another delivery. */
  | { readonly kind: 'stuck' }
  | { readonly kind: 'interrupted' };

/** A photo that fails, with what its owner is told. Named by its idx, as everywhere in the API. */
class PhotoFailed extends Error {}
class PhotoStuck extends Error {}

/** Downloads, restyles, uploads and reports one photo. Never throws. */
export async function doPhoto(
  tools: PhotoTools,
  situation: PhotoSituation,
  item: MessageItem,
): Promise<PhotoOutcome> {
  const { message, work, report } = situation;
  const at = { jobId: message.job_id, idx: item.idx };
  try {
    const result = await makeResult(tools, situation, item);
    // A failure is not said any more once the lease is lost: whoever has the message now may do better.
    const wanted = result.status === 'failed' ? work : report;
    const jobStatus = await tools.reporter.report(message, item, result, wanted);
    tools.logger.info(`photo ${result.status}`, result.status === 'failed' ? { ...at, error: result.error } : at);
    return { kind: 'reported', status: result.status, jobStatus };
  } catch (error) {
    if (error instanceof PhotoStuck) return { kind: 'stuck' };
    if (work.aborted || report.aborted) return { kind: 'interrupted' };
    if (error instanceof Trouble && error.status === 404) return { kind: 'gone' };
    if (error instanceof Trouble) {
      tools.logger.error('result not reported', { ...at, trouble: `the server ${error.message}` });
    } else {
      tools.logger.error('photo broke off', { ...at, error: error instanceof Error ? error.stack : String(error) });
    }
    return { kind: 'stuck' };
  }
}

async function makeResult(tools: PhotoTools, situation: PhotoSituation, item: MessageItem): Promise<ItemResult> {
  const { storage } = tools;
  const { work } = situation;
  try {
    const image = await storage.get(item.input_url, work).catch((error: unknown) => {
      throw explain(error, tools, situation, item, 'downloaded');
    });
    const { result, preview, masks } = await restyleInTime(tools, situation, item, image);
    tools.logger.info('photo restyled', { jobId: situation.message.job_id, idx: item.idx, masks });
    try {
      await storage.put(item.preview_url, preview, 'image/jpeg', work);
      await storage.put(item.output_url, result, 'image/png', work);
    } catch (error) {
      throw explain(error, tools, situation, item, 'stored');
    }
    return { status: 'done' };
  } catch (error) {
    if (error instanceof PhotoFailed) {
      return { status: 'failed', error: error.message.slice(0, tools.limits.maxErrorCharacters).toWellFormed() };
    }
    throw error;
  }
}

function explain(
  error: unknown,
  { limits, logger }: PhotoTools,
  { message, attempts }: PhotoSituation,
  { idx }: MessageItem,
  what: 'downloaded' | 'stored',
): unknown {
  if (!(error instanceof Trouble)) return error;
  logger.warn(`photo not ${what}`, { jobId: message.job_id, idx, attempts, trouble: `the storage ${error.message}` });
  if (error.retryable && attempts < limits.failFromDelivery) return new PhotoStuck();
  if (what === 'stored') {
    return new PhotoFailed(`the result of photo ${idx} was not stored: the storage ${error.message}`);
  }
  if (error.status === 404) return new PhotoFailed(`photo ${idx} was not uploaded`);
  if (error.code === tooManyBytes) return new PhotoFailed(`photo ${idx} has more than ${limits.maxInputBytes} bytes`);
  return new PhotoFailed(`photo ${idx} could not be downloaded: the storage ${error.message}`);
}

async function restyleInTime(
  { restyle, limits, logger }: PhotoTools,
  { message, work }: PhotoSituation,
  { idx }: MessageItem,
  image: Uint8Array,
): ReturnType<Restyle> {
  const { concepts, protect, job_id: jobId } = message;
  const time = AbortSignal.timeout(limits.restyleMs);
  const signal = AbortSignal.any([work, time]);
  try {
    return await unlessAborted(restyle({ image, concepts, protect, signal }), signal);
  } catch (error) {
    work.throwIfAborted();
    if (time.aborted) {
      logger.error('restyling took too long', { jobId, idx, limitMs: limits.restyleMs });
      throw new PhotoFailed(`restyling photo ${idx} took longer than ${limits.restyleMs / 1000} s`);
    }
    if (error instanceof Error && error.name === 'ImageRejected') throw new PhotoFailed(error.message);
    logger.error('restyling failed', { jobId, idx, error: error instanceof Error ? error.stack : String(error) });
    throw new PhotoFailed(`photo ${idx} could not be restyled because of an unexpected error, which the worker logged`);
  }
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
