import { call } from '../../../worker/server/call.ts';
import { limits as contractLimits } from '../../../contract/fields.ts';
import { Gathered } from './gathered.ts';
import type { ImageWorkerLimits } from './limits.ts';
import type { ImageSetMessage, MessageItem } from './message.ts';
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

/** Results of one set that are ready together go in one request, where the server takes that. */
export function createReporter(
  fetch: Fetch,
  secret: string,
  limits: ImageWorkerLimits,
  onTrouble: (what: string, trouble: Error, tries: number) => void,
): Reporter {
  const { requestMs: timeLimitMs, maxAnswerBytes, reportPatienceMs: patienceMs, backoff, maxRetryAfterMs } = limits;
  const headers = { 'x-gpu-callback-secret': secret };
  const post = (url: string, body: unknown, signal: AbortSignal): Promise<unknown> =>
    call(fetch, url, { headers, body, signal, timeLimitMs, maxAnswerBytes }).catch(notYetQueued);
  const open = new Map<string, Gathered<unknown>>();
  const gatheredFor = ({ callback_url: one, callbacks_url: several }: ImageSetMessage): Gathered<unknown> => {
    const known = open.get(one);
    if (known !== undefined) return known;
    const gathered = new Gathered<unknown>({
      patienceMs, backoff, maxRetryAfterMs,
      most: several === undefined ? 1 : contractLimits.items,
      onTrouble: (trouble, tries) => onTrouble('report', trouble, tries),
      onIdle: () => open.delete(one),
      say: async (bodies, signal) => {
        if (several === undefined || bodies.length === 1) return [jobStatus(await post(one, bodies[0], signal))];
        return outcomes(await post(several, { callbacks: bodies }, signal), bodies.length);
      },
    });
    open.set(one, gathered);
    return gathered;
  };
  return {
    report: (message, item, result, signal) =>
      gatheredFor(message).say(callbackBody(message, item, result), signal),
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

/** What became of each of several. */
function outcomes(answer: unknown, count: number): readonly (string | RequestError)[] {
  const status = jobStatus(answer);
  const { outcomes: all } = answer as { outcomes?: unknown };
  if (!Array.isArray(all) || all.length !== count) {
    throw new RequestError('answered without what became of each', { status: 200, retryable: true });
  }
  return all.map((one: { ok?: unknown; error?: { code?: unknown; message?: unknown } } | null) => {
    if (one?.ok === true) return status;
    const { code = 'internal', message = 'without a reason' } = one?.error ?? {};
    return new RequestError(`refused it: ${message}`, {
      status: 200, code: String(code), reason: String(message), retryable: false,
    });
  });
}

function jobStatus(answer: unknown): string {
  const status = (answer as { status?: unknown } | null | undefined)?.status;
  if (typeof status === 'string') return status;
  throw new RequestError('answered without a status', { status: 200, retryable: true });
}
