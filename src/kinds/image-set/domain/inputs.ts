import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { ImageSetFields, ImageSetJob, InputSource } from './types.ts';

/** Photos for another set, and what their files were called. */
export type FoundInputs = InputSource & Pick<ImageSetFields, 'names'>;

/**
 * The photos of a set, for another one that is to be made of them: all of them, or those at `items` in that order.
 * Photos are never copied. A set made of photos of a set that was made so itself refers to the job that they were
 * uploaded for, so that `fields.inputs` of open sets says all there is to know before an upload may be deleted.
 */
export function inputsOf(job: ImageSetJob, items?: readonly number[]): Result<FoundInputs> {
  if (job.state === 'created') {
    return refuse('invalid_state', `The photos of job ${job.id} are not confirmed yet: confirm its upload first.`, {
      state: job.state,
    });
  }
  const { total, itemCount, inputs, names } = job.fields;
  const size = total ?? itemCount;
  const outside = items?.find((idx) => idx < 0 || idx >= size);
  if (outside !== undefined) {
    const allowed = `0 to ${size - 1}`;
    return refuse('invalid_request', `Job ${job.id} has ${size} items: there is no item ${outside}.`, {
      fields: { items: allowed },
    });
  }
  const picked = items ?? Array.from({ length: size }, (_, idx) => idx);
  return ok({
    jobId: inputs?.jobId ?? job.id,
    items: picked.map((idx) => inputs?.items[idx] ?? idx),
    names: names.length === 0 ? [] : picked.map((idx) => names[idx] ?? ''),
  });
}
