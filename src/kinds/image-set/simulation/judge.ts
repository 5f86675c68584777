import type { Refusal, Result } from '../../../domain/errors.ts';
import type { ImageSetJob } from '../domain/types.ts';
import type { SeededRandom } from '../../../testing/seeded-random.ts';
import type { Asked, Evidence, Scene } from '../../../testing/simulator/ask.ts';
import { shown } from '../../../testing/simulator/invariant.ts';

/** A set for which the request makes sense, mostly. */
export function anySet(scene: Scene, random: SeededRandom, states: readonly string[]): ImageSetJob | null {
  const sets = scene.truth.jobs().filter(({ kind }) => kind === 'image-set') as ImageSetJob[];
  const among = random.chance(0.1) ? sets : sets.filter(({ state }) => states.includes(state));
  return among.length === 0 ? null : random.pick(among);
}

/** Everything that the set was while it was asked about; null for not there. */
export function setDuring(evidence: Evidence, jobId: string, { from, to }: Asked): (ImageSetJob | null)[] {
  return evidence.truth.jobDuring(jobId, from, to) as (ImageSetJob | null)[];
}

export function causedBy({ correlationId }: Asked, evidence: Evidence): string[] {
  return evidence.eventsOf(correlationId).map(({ body }) => body.type);
}

/** A refusal leaves nothing behind, and what it says was so at some moment. */
export function judgeRefusal(refusal: Refusal, asked: Asked, evidence: Evidence, wasSo: boolean): string | null {
  const caused = causedBy(asked, evidence);
  if (caused.length > 0) return `refused as ${refusal.code}, and yet ${shown(caused)} was stored`;
  return wasSo ? null : `refused as ${refusal.code} ${shown(refusal.details)}, which was so at no moment`;
}

/** For commands that move a set from one state: said to be done, it was done by this request and by no other. */
export function judgeMove(
  move: { readonly jobId: string; readonly userId: string; readonly event: string; readonly from: readonly string[] },
  result: Result<{ readonly status: string }>,
  asked: Asked,
  evidence: Evidence,
): string | null {
  const sets = setDuring(evidence, move.jobId, asked);
  if (result.ok) {
    const [event, ...more] = evidence.eventsOf(asked.correlationId);
    const done = event?.body.type === move.event && event.body.state === result.value.status && more.length === 0;
    return done ? null : `said to be ${result.value.status}, and stored was ${shown(event)}`;
  }
  const { code, details } = result.refusal;
  if (code === 'not_found') return judgeRefusal(result.refusal, asked, evidence, isHidden(sets, move.userId));
  const state = details?.['state'];
  const wasSo = sets.some((set) => set?.state === state && !move.from.includes(String(state)));
  return judgeRefusal(result.refusal, asked, evidence, code === 'invalid_state' && wasSo);
}

/** Whether the set was not there, or not the user's, at some moment. */
export function isHidden(sets: readonly (ImageSetJob | null)[], userId: string): boolean {
  return sets.some((set) => set === null || set.ownerId !== userId);
}

export function judgeOnceAtMost(asked: Asked, evidence: Evidence): string | null {
  const caused = causedBy(asked, evidence);
  return new Set(caused).size === caused.length ? null : `${shown(caused)} were stored`;
}

export function isAsToldIn(
  sets: readonly (ImageSetJob | null)[],
  told: { readonly status: string; readonly progress: { done: number; failed: number; total: number } },
): boolean {
  const { status, progress } = told;
  return sets.some((set) => {
    if (set === null) return false;
    const { done, failed, total, itemCount } = set.fields;
    const same = done === progress.done && failed === progress.failed && (total ?? itemCount) === progress.total;
    return same && set.state === status;
  });
}
