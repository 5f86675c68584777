import { call } from '../../../worker/server/call.ts';
import type { ImageWorkerLimits } from './limits.ts';
import type { ImageSetMessage, MessageItem } from './message.ts';
import { retryUntilAnswered } from '../../../http/retry.ts';
import type { Fetch } from '../../../http/request.ts';
import { RequestError } from '../../../http/request-error.ts';

/** What became of a photo. */
export type ItemResult = {
  /** The probability (0..1) that what was cut out is right; absent where nothing was. */
  readonly confidence?: number;
} & (
  | { readonly status: 'done'; readonly hasInputPreview?: boolean }
  | {
      readonly status: 'failed';
      readonly error: string;
      readonly errorCode: string;
      /** Whether there is a preview that shows why. */
      readonly hasPreview: boolean;
      /** Whether there is one of the photo itself. */
      readonly hasInputPreview?: boolean;
    }
);

export interface Reporter {
  /**
   * Says it until the server has it, and gives the job's state then. Saying it again changes nothing.
   *
   * @throws {RequestError} status 404 when there is no such job
   */
  report(message: ImageSetMessage, item: MessageItem, result: ItemResult, signal: AbortSignal): Promise<string>;
}

export function createReporter(
  fetch: Fetch,
  secret: string,
  limits: ImageWorkerLimits,
  onTrouble: (what: string, trouble: Error, tries: number) => void,
): Reporter {
  const { requestMs: timeLimitMs, maxAnswerBytes, reportPatienceMs: patienceMs, backoff, maxRetryAfterMs } = limits;
  return {
    report: (message, item, result, signal) =>
      retryUntilAnswered(
        async () => {
          const headers = { 'x-gpu-callback-secret': secret };
          const body = callbackBody(message, item, result);
          const options = { headers, body, signal, timeLimitMs, maxAnswerBytes };
          return jobStatus(await call(fetch, message.callback_url, options).catch(notYetQueued));
        },
        {
          patienceMs, backoff, maxRetryAfterMs, signal,
          onFailure: (trouble, tries) => onTrouble('report', trouble, tries),
        },
      ),
  };
}

function callbackBody(message: ImageSetMessage, item: MessageItem, result: ItemResult): unknown {
  const { idx, output_key, preview_key } = item;
  const { confidence, hasInputPreview } = result;
  const shared = {
    ...(hasInputPreview === true && { input_preview: true }),
    ...(confidence !== undefined && { confidence }),
    idempotency_key: `${message.idempotency_prefix}-item-${idx}`,
  };
  if (result.status === 'failed') {
    const { error, errorCode: error_code, hasPreview } = result;
    return { idx, status: 'failed', error, error_code, ...(hasPreview && { preview_key }), ...shared };
  }
  return { idx, status: 'done', output_key, preview_key, ...shared };
}

/** 409: the job is not queued yet, where its message went out before the server that is asked knows of it. */
function notYetQueued(error: unknown): never {
  if (!(error instanceof RequestError) || error.status !== 409) throw error;
  throw new RequestError(error.message, { status: 409, code: error.code, retryable: true });
}

function jobStatus(answer: unknown): string {
  const status = (answer as { status?: unknown } | null | undefined)?.status;
  if (typeof status === 'string') return status;
  throw new RequestError('answered without a status', { status: 200, retryable: true });
}
