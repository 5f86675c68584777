import type { Dependencies } from '../../../application/dependencies.ts';
import type { TypeLimits } from './type-limits.ts';

/** Schemas of what tasks of a type are given: JSON Schema, for which rules there is a library. */
export interface DataSchemas {
  /** What is wrong with a schema, or null. */
  problem(schema: unknown): string | null;
  /** What of the data does not fit, by the path of the field, or null. */
  problemsOf(schema: DataSchema, data: unknown): Readonly<Record<string, string>> | null;
}

export type DataSchema = Readonly<Record<string, unknown>>;

/** What the use cases of tasks are given. */
export interface TaskDependencies
  extends Pick<
    Dependencies,
    | 'store' | 'writePath' | 'kinds' | 'clock' | 'ids' | 'logger' | 'signals' | 'types' | 'random' | 'closed'
    | 'quotas' | 'webhookUrlProblem' | 'users' | 'objects' | 'gzip'
  > {
  readonly typeLimits: TypeLimits;
  readonly schemas: DataSchemas;
}
