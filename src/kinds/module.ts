import type { ScheduledContract } from '../contract/schedules.ts';
import type { KindParts } from '../services/kind-runtime.ts';
import type { Mounted } from '../transports/rest/serve.ts';

/** A kind of job as a server has it: one folder here, and one line in main/kinds.ts. */
export interface KindModule<A = unknown> extends KindParts<A> {
  /** What its routes are about, by their tag. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What schedules say of its jobs; absent where they cannot be scheduled (see `KindRuntime.submitScheduled`). */
  readonly scheduled?: ScheduledContract;
  /** Its routes with what answers them, for as much of the application as is there. */
  mount(application: Partial<A>): readonly Mounted[];
}
