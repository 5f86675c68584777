import type { Concepts } from '../domain/concepts.ts';
import type { Output } from '../domain/output.ts';
import { inputKeysOf, inputPreviewKey, outputKey, previewKey } from '../domain/keys.ts';
import type { ImageSetJob } from '../domain/types.ts';
import type { Dependencies, Settings } from '../../../application/dependencies.ts';
import { inputKeyAt } from '../../../domain/job/input-keys.ts';

/** The message of one executed job, in the wire contract's own spelling. */
export interface ImageSetMessage {
  readonly job_id: string;
  readonly user_id: string;
  readonly preset: string;
  readonly concepts: Concepts;
  readonly protect: readonly string[];
  readonly force: boolean;
  readonly output: Output;
  readonly items: readonly {
    readonly idx: number;
    readonly input_key: string;
    readonly input_url: string;
    readonly output_key: string;
    readonly output_url: string;
    readonly preview_key: string;
    readonly preview_url: string;
    readonly input_preview_key: string;
    readonly input_preview_url: string;
  }[];
  readonly callback_url: string;
  /** For several callbacks in one request. */
  readonly callbacks_url: string;
  readonly idempotency_prefix: string;
  readonly batch_concurrency: number;
  readonly rule_id?: string;
  readonly output_template?: string;
}

/** How much longer than the job the URLs of its message live, for results that come at the last moment. */
const graceSeconds = 3600;

/** How long the URLs of a message live that is sent now. */
export function messageSeconds({ executionTimeLimitMs }: Pick<Settings, 'executionTimeLimitMs'>): number {
  return Math.min(604_800, Math.ceil(executionTimeLimitMs / 1000) + graceSeconds);
}

/** What a worker is told of an executed job. Signed when it is sent; the URLs outlive the job's time limit. */
export async function imageSetMessage(
  { objects, settings }: Pick<Dependencies, 'objects' | 'settings'>,
  job: ImageSetJob,
): Promise<ImageSetMessage> {
  const { id: jobId, ownerId, fields } = job;
  const inputs = inputKeysOf(job);
  const expiresInSeconds = messageSeconds(settings);
  const pending = Array.from({ length: fields.total ?? 0 }, (_, idx) => idx).filter((idx) => !job.items.has(idx));
  const items = await Promise.all(
    pending.map(async (idx) => {
      const of = [ownerId, jobId, idx] as const;
      const input_key = inputKeyAt(inputs, idx);
      const output_key = outputKey(...of, fields.output.format);
      const [preview_key, input_preview_key] = [previewKey(...of), inputPreviewKey(...of)];
      const [input_url, output_url, preview_url, input_preview_url] = await Promise.all([
        objects.presignGet(input_key, { expiresInSeconds }),
        objects.presignPut(output_key, { expiresInSeconds }),
        objects.presignPut(preview_key, { expiresInSeconds }),
        objects.presignPut(input_preview_key, { expiresInSeconds }),
      ]);
      return {
        idx, input_key, input_url, output_key, output_url, preview_key, preview_url, input_preview_key,
        input_preview_url,
      };
    }),
  );
  return {
    job_id: jobId,
    user_id: ownerId,
    preset: fields.preset,
    concepts: fields.concepts ?? {},
    protect: fields.protect,
    force: fields.force,
    output: fields.output,
    items,
    callback_url: `${settings.publicUrl}/api/jobs/${jobId}/callback`,
    callbacks_url: `${settings.publicUrl}/api/jobs/${jobId}/callbacks`,
    idempotency_prefix: jobId,
    batch_concurrency: settings.batchConcurrency,
    ...(fields.ruleId === null ? {} : { rule_id: fields.ruleId }),
    ...(fields.outputTemplate === null ? {} : { output_template: fields.outputTemplate }),
  };
}
