import { placeOf } from '../../domain/job/id.ts';
import type { Job } from '../../domain/job/job.ts';
import type { JsonParts } from '../../ports/store/json-parts.ts';
import { bigint, integer, text, type Column } from './statement.ts';
import { offeredColumns, type Put } from './work-columns.ts';

/** A job with its JSON as it is stored. */
export interface Written {
  readonly job: Job;
  readonly fields: JsonParts;
}
export const changing: readonly Column<Written>[] = [
  text('state', ({ job }) => job.state),
  text('phase', ({ job }) => job.phase),
  integer('version', ({ job }) => job.version),
  bigint('updated_at', ({ job }) => job.updatedAt),
  bigint('started_at', ({ job }) => job.startedAt),
  bigint('ended_at', ({ job }) => job.endedAt),
  bigint('deadline_at', ({ job }) => job.deadlineAt),
  integer('items_recorded', ({ job }) => job.items.size),
  integer('attempt', ({ job }) => job.attempt),
  bigint('cost_micro_usd', ({ job }) => job.costMicroUsd),
  integer('lease_token', ({ job }) => job.lease?.token ?? null),
  text('lease_worker', ({ job }) => job.lease?.workerId ?? null),
  text('fields', ({ fields }) => fields.small),
  text('fields_large', ({ fields }) => fields.large),
];
export interface Born extends Written {
  readonly input: JsonParts | null;
  readonly put: Put | null;
}
/** What stays as it is: what is large of it moves with its row. */
export const lasting: readonly Column<Born>[] = [
  text('id', ({ job }) => job.id),
  // Null where it is the id, as mostly.
  text('place', ({ job }) => otherThan(job.id, placeOf(job))),
  text('kind', ({ job }) => job.kind),
  text('type', ({ job }) => job.type),
  text('owner_id', ({ job }) => job.ownerId),
  bigint('created_at', ({ job }) => job.createdAt),
  text('traceparent', ({ job }) => job.traceparent),
  text('labels', ({ job: { labels } }) => (Object.keys(labels).length === 0 ? null : JSON.stringify(labels))),
  text('parent_id', ({ job }) => job.parentId),
  text('input', ({ input }) => input?.small ?? null),
  text('input_large', ({ input }) => input?.large ?? null),
];
/** Of a row of either partition. */
export const columns: readonly Column<Born>[] = [...lasting, text('listed_state', ({ job }) => job.state), ...changing];
export const putOf = ({ put }: { readonly put: Put | null }): Put | null => put;
export const offered = offeredColumns<{ readonly put: Put | null }>(putOf);

export function namesIn(some: readonly { readonly name: string }[], table: string): string {
  return some.map(({ name }) => `${table}.${name}`).join(', ');
}

function otherThan(value: string, text: string): string | null {
  return text === value ? null : text;
}
