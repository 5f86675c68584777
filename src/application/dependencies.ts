import type { Refusal } from '../domain/errors.ts';
import type { Kinds } from '../domain/kinds.ts';
import type { Tracer } from '../domain/trace.ts';
import type { ObjectPolicy } from '../domain/job/ended-objects.ts';
import type { Gzip } from '../ports/gzip.ts';
import type { FleetParts } from '../ports/fleet.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Store } from '../ports/store/store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { UserStore } from '../ports/store/user-store.ts';
import type { Clock, Ids, Logger } from '../ports/world.ts';
import type { Signals } from './signals.ts';
import type { TypeSettings } from './work/type-settings.ts';
import type { CurrentPlans } from './accounts/current-plans.ts';
import type { OwnerQuotas } from './quotas/quotas.ts';
import type { WritePath } from './write-path/write-path.ts';

/** What the use cases are given, once, by the composition root. */
export interface Dependencies {
  readonly store: Store;
  readonly writePath: WritePath;
  readonly kinds: Kinds;
  readonly signals: Signals;
  readonly types: TypeSettings;
  /** In [0, 1). */
  readonly random: () => number;
  readonly objects: ObjectStore;
  readonly gzip: Gzip;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly settings: Settings;
  /** Why nothing new is taken now (the disk is nearly full), or null. Where it is absent, everything is. */
  readonly closed?: () => Refusal | null;
  /** Where it is absent, no workers can be started. */
  readonly fleet?: FleetParts;
  /** What plans allow now; where it is absent, what they ship with. */
  readonly plans?: CurrentPlans;
  /** Absent if there are no quotas. */
  readonly quotas?: OwnerQuotas;
  /** Where they are absent, no users are stored. */
  readonly users?: Pick<UserStore, 'find'>;
  /** Where it is absent, nothing is counted. */
  readonly telemetry?: Telemetry;
  /** Where it is absent, nothing is traced. */
  readonly tracer?: Tracer;
  /** Why nothing is ever sent to the URL, or null. Where it is absent, every URL will do. */
  readonly webhookUrlProblem?: (url: string) => string | null;
}

export interface Settings {
  /** Where clients and workers reach this server; no trailing slash. */
  readonly publicUrl: string;
  /** Milliseconds from create until a job that was not executed expires; its upload URLs live as long. */
  readonly uploadTimeLimitMs: number;
  /** Milliseconds from execute until items without a result fail. */
  readonly executionTimeLimitMs: number;
  /** Seconds that the URLs of results live, 1 to 604,800. */
  readonly resultUrlSeconds: number;
  /** Largest file that an upload URL takes. Bytes. */
  readonly maxUploadBytes: number;
  /** Whether confirming looks for the files even when the request does not ask for it. */
  readonly verifyUploads: boolean;
  /** How long objects are kept after their job's end, by policy. Milliseconds; null: forever. */
  readonly objectRetention: Readonly<Record<ObjectPolicy, number | null>>;
  /** How long jobs that have objects are kept after their end. Milliseconds; null: forever. */
  readonly keepWithObjectsMs: number | null;
  /** How often a queue message is delivered without an acknowledgement before its job gives up. */
  readonly maxDeliveries: number;
  readonly maxLostDeliveries: number;
  /** Types of job of one owner, at most; null: no limit. */
  readonly typesPerOwner: number | null;
  /** The maximum number of items of one job that a worker should process at once. */
  readonly batchConcurrency: number;
}
