/** Predictions on their documented way: starting, processing, and an end; and an hour later without their data. */
import type { TestModel } from './models.ts';

export interface TestPrediction {
  readonly id: string;
  readonly model: TestModel;
  readonly input: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly startsAt: number;
  /** When it would end by itself. */
  readonly endsAt: number;
  readonly error: string | null;
  /** When it has to have ended, by Cancel-After. */
  readonly deadline: number;
  /** When somebody canceled it; null if nobody did. */
  canceledAt: number | null;
}

const keptMs = 3_600_000;

/** As the API shows it at `now`. */
export function shown(each: TestPrediction, now: number, baseUrl: string): Readonly<Record<string, unknown>> {
  const { id, model, input, createdAt, startsAt } = each;
  const { status, endedAt } = stateOf(each, now);
  const isRemoved = endedAt !== null && now >= endedAt + keptMs;
  const ran = endedAt === null || endedAt < startsAt ? null : (endedAt - startsAt) / 1_000;
  return {
    id,
    model: model.name,
    version: model.version ?? 'hidden',
    status,
    source: 'api',
    input: isRemoved ? {} : input,
    output: status === 'succeeded' && !isRemoved ? outputOf(each, baseUrl) : null,
    error: status === 'failed' ? each.error : null,
    logs: '',
    data_removed: isRemoved,
    created_at: time(createdAt),
    started_at: now >= startsAt && status !== 'aborted' ? time(startsAt) : null,
    completed_at: endedAt === null ? null : time(endedAt),
    metrics: ran === null ? {} : { predict_time: ran, total_time: ((endedAt ?? now) - createdAt) / 1_000 },
    urls: { get: `${baseUrl}/v1/predictions/${id}`, cancel: `${baseUrl}/v1/predictions/${id}/cancel` },
  };
}

interface State {
  readonly status: string;
  readonly endedAt: number | null;
}

export function stateOf(each: TestPrediction, now: number): State {
  const { startsAt, endsAt, canceledAt, deadline, error } = each;
  const stoppedAt = Math.min(canceledAt ?? Infinity, deadline);
  if (stoppedAt <= now && stoppedAt < endsAt) {
    return { status: canceledAt === null && stoppedAt < startsAt ? 'aborted' : 'canceled', endedAt: stoppedAt };
  }
  if (now >= endsAt) return { status: error === null ? 'succeeded' : 'failed', endedAt: endsAt };
  return { status: now >= startsAt ? 'processing' : 'starting', endedAt: null };
}

function outputOf({ id, model, input }: TestPrediction, baseUrl: string): string | string[] {
  const count = model.outputs(input);
  const urlOf = (index: number): string => `${baseUrl}/delivery/${id}/${index}`;
  return count === 'one' ? urlOf(0) : Array.from({ length: count }, (_, index) => urlOf(index));
}

function time(at: number): string {
  return new Date(at).toISOString();
}
