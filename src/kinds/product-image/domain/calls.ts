import type { Effect } from '../../../domain/job/kind.ts';
import type { ProductImageJob, ProviderCall } from './types.ts';

/** Micro-dollars that all jobs together have spent on a day, with what calls under way will probably cost. */
export const spendingCounter = 'product-image-spending';

/** In UTC: "2026-11-29". */
export function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

/** When the next day begins in UTC. Milliseconds since 1970. */
export function nextDay(now: number): number {
  return Date.parse(dayOf(now)) + 86_400_000;
}

export function spent(day: string, microUsd: number): readonly Effect[] {
  if (microUsd === 0) return [];
  return [{ type: 'count', counter: spendingCounter, scope: day, key: '', by: microUsd }];
}

/** What an end of a call, or of the wait for it, changes beside the job. */
interface Settled {
  /** The job's new total, if it changes. */
  readonly cost: { readonly costMicroUsd?: number };
  readonly effects: readonly Effect[];
}

/** What was done has cost so much. `call`: what did it, if a provider's call that was planned. */
export function charge(job: ProductImageJob, call: ProviderCall | null, microUsd: number, now: number): Settled {
  if (call === null) return { cost: costOf(job, microUsd), effects: spent(dayOf(now), microUsd) };
  const { estimateMicroUsd, isCharged, day } = call;
  return {
    cost: costOf(job, microUsd - (isCharged ? estimateMicroUsd : 0)), effects: spent(day, microUsd - estimateMicroUsd),
  };
}

/**
 * Nobody waits for the call any longer. What it costs is not known then: one that was begun is charged as estimated,
 * and kept, so that a retry of the job can ask what came of it and what it has cost. One that was not begun costs
 * nothing.
 */
export function leave(job: ProductImageJob): Settled & { readonly call: ProviderCall | null } {
  const { call } = job.fields;
  if (call === null || call.isCharged) return { cost: {}, effects: [], call };
  if (call.providerJobId === null) return { cost: {}, effects: spent(call.day, -call.estimateMicroUsd), call: null };
  return { cost: costOf(job, call.estimateMicroUsd), effects: [], call: { ...call, isCharged: true } };
}

function costOf({ costMicroUsd }: ProductImageJob, more: number): Settled['cost'] {
  return more === 0 ? {} : { costMicroUsd: costMicroUsd + more };
}
