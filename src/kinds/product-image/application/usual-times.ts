import { atMostEvery } from '../../../application/at-most-every.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { declareTable } from '../../../ports/store/tables.ts';
import { productImage } from '../domain/kind.ts';
import type { ProductImageJob, StepResult, Timings } from '../domain/types.ts';

/** How long a step usually takes, as the jobs that ended have shown. */
interface StepTime {
  readonly kind: string;
  readonly step: string;
  /** Moving, of about the last 20. Milliseconds. */
  readonly meanMs: number;
  /** Of how many jobs. */
  readonly count: number;
  readonly version: number;
}

const stepTimes = declareTable<StepTime>('step_times', {
  key: ['kind', 'step'],
  columns: { kind: 'text', step: 'text', meanMs: 'bigint', count: 'bigint' },
});
const { name: kind } = productImage;

const span = 20;
const freshMs = 5_000;

/** To be called with the job before and after a report: the one that makes it DONE says how long its steps took. */
export function learnTimes(draft: Draft, before: ProductImageJob, after: ProductImageJob): void {
  if (after.state !== 'DONE' || before.state === 'DONE') return;
  for (const [step, tookMs] of Object.entries(after.fields.timings)) {
    const known = draft.record(stepTimes, [kind, step]);
    const count = (known?.count ?? 0) + 1;
    const meanMs = known === null ? tookMs : Math.round(known.meanMs + (tookMs - known.meanMs) / Math.min(count, span));
    draft.putRecord(stepTimes, { kind, step, meanMs, count });
  }
}

/** Those that are known. A few seconds old at most. */
export type UsualTimes = () => Promise<Timings>;

export function createUsualTimes({ store }: Pick<Dependencies, 'store'>): UsualTimes {
  return atMostEvery(freshMs, async () => {
    const rows = await store.records.list(stepTimes, { where: { kind }, orderBy: ['step'], limit: 100 });
    return Object.fromEntries(rows.map(({ step, meanMs }) => [step as StepResult['step'], meanMs]));
  });
}
