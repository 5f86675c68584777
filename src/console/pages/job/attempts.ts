import type { JobEventView } from '../../../contract/job-event.ts';
import type { ListedJob } from '../../page.ts';

type Phase = ListedJob['phase'];

/** A time that a job waited or ran. */
export interface Stretch {
  readonly is: 'wait' | 'run';
  readonly from: number;
  /** Null: it still does. */
  readonly to: number | null;
}

export interface Attempt {
  readonly number: number;
  readonly wait: Stretch;
  /** Null: it has not begun. */
  readonly run: Stretch | null;
  /** `waiting`: it is to be tried again; null: it goes on. */
  readonly end: Phase | null;
  /** What went wrong. */
  readonly problem: string | null;
  readonly workerId: string | null;
}

type Timed = Pick<ListedJob, 'createdAt' | 'startedAt' | 'endedAt' | 'phase'>;

/** How often a job was tried, by its events. Without phases, what its times say of it. */
export function attemptsOf(
  job: Timed,
  events: readonly JobEventView[],
  phaseOf: (status: string) => Phase | undefined,
): readonly Attempt[] {
  const known = events.filter(({ status }) => status !== null);
  if (known.length === 0 || known.some(({ status }) => phaseOf(status!) === undefined)) return [byTimes(job)];
  const attempts: Attempt[] = [];
  let phase: Phase | null = null;
  for (const event of known) {
    const next = phaseOf(event.status!)!;
    const at = Date.parse(event.at);
    const last = attempts.at(-1);
    if (next === phase) continue;
    if (next === 'active') {
      const begun = last ?? waitingFrom(at, 1);
      const number = typeof event.data['attempt'] === 'number' ? event.data['attempt'] : begun.number;
      const workerId = typeof event.data['workerId'] === 'string' ? event.data['workerId'] : null;
      const run = { is: 'run', from: at, to: null } as const;
      attempts.splice(-1, 1, { ...begun, number, wait: { ...begun.wait, to: at }, run, workerId });
    } else {
      if (last !== undefined) attempts.splice(-1, 1, ended(last, next, at, problemIn(event)));
      if (next === 'waiting') attempts.push(waitingFrom(at, (last?.number ?? 0) + 1));
    }
    phase = next;
  }
  return attempts;
}

function waitingFrom(at: number, number: number): Attempt {
  return { number, wait: { is: 'wait', from: at, to: null }, run: null, end: null, problem: null, workerId: null };
}

function ended(attempt: Attempt, end: Phase, at: number, problem: string | null): Attempt {
  // After its end, until somebody retries it, a job does not wait.
  if (attempt.end !== null) return attempt;
  if (attempt.run === null) return { ...attempt, wait: { ...attempt.wait, to: at }, end, problem };
  return { ...attempt, run: { ...attempt.run, to: at }, end, problem };
}

function byTimes({ createdAt, startedAt, endedAt, phase }: Timed): Attempt {
  const [created, started, end] = [createdAt, startedAt, endedAt].map((at) => (at === null ? null : Date.parse(at)));
  return {
    ...waitingFrom(created!, 1),
    wait: { is: 'wait', from: created!, to: started ?? end ?? null },
    run: started === null ? null : { is: 'run', from: started!, to: end ?? null },
    end: end === null ? null : phase,
  };
}

function problemIn({ data }: JobEventView): string | null {
  for (const name of ['error', 'failure', 'reason']) {
    const value = data[name];
    if (typeof value === 'string') return value;
    const message = (value as { readonly message?: unknown } | null | undefined)?.message;
    if (typeof message === 'string') return message;
  }
  return null;
}
