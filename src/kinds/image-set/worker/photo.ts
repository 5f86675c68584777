import type { WorkerLogger } from '../../../worker/server/log.ts';
import type { ImageSetMessage, MessageItem } from './message.ts';
import type { Reporter } from './report.ts';
import type { MakePhoto } from './make.ts';
import { RequestError } from '../../../http/request-error.ts';

export interface PhotoTools {
  readonly make: MakePhoto;
  readonly reporter: Reporter;
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

/** Has one photo made and reports what became of it. Never throws. */
export async function doPhoto(
  tools: PhotoTools,
  situation: PhotoSituation,
  item: MessageItem,
): Promise<PhotoOutcome> {
  const { message, attempts, work, report } = situation;
  const at = { jobId: message.job_id, idx: item.idx };
  try {
    const { job_id: jobId, concepts, protect, force, output } = message;
    const made = await tools.make({ jobId, item, concepts, protect, force, output, attempts }, work);
    if (made.status === 'stuck') return { kind: 'stuck' };
    // A failure is not said any more once the lease is lost: whoever has the message now may do better.
    const wanted = made.status === 'failed' ? work : report;
    const jobStatus = await tools.reporter.report(message, item, made, wanted);
    const why = made.status === 'failed' ? { code: made.errorCode, error: made.error } : {};
    tools.logger.info(`photo ${made.status}`, { ...at, ...why });
    return { kind: 'reported', status: made.status, jobStatus };
  } catch (error) {
    if (work.aborted || report.aborted) return { kind: 'interrupted' };
    if (error instanceof RequestError && error.status === 404) return { kind: 'gone' };
    if (error instanceof RequestError) {
      tools.logger.error('result not reported', { ...at, trouble: `the server ${error.message}` });
    } else {
      tools.logger.error('photo broke off', { ...at, error: error instanceof Error ? error.stack : String(error) });
    }
    return { kind: 'stuck' };
  }
}
