import type { Duration } from '@bufbuild/protobuf/wkt';
import { badFields, refusal, type Result } from '../../../contract/errors.ts';
import type { Read } from '../../../contract/input/reader.ts';

type Refused = Extract<Result<never>, { ok: false }>;

/** Where a field of REST stands in a message, by its path. */
export type PathOf = (field: string) => string;

/**
 * Paths by the beginnings of others, the longest that fits: with `{ retry: 'retry', 'retry.on': 'retry.on_failure' }`,
 * `retry.on` becomes `retry.on_failure`, and `retry.backoff` stays. What fits none stays as it is.
 */
export function pathsBy(table: Readonly<Record<string, string>>, parent = ''): PathOf {
  return (field) => {
    const segments = field.split('.');
    for (let length = segments.length; length > 0; length--) {
      const known = table[segments.slice(0, length).join('.')];
      if (known === undefined) continue;
      return inside(parent, [known, ...segments.slice(length)].join('.'));
    }
    return field === '' || field === whole ? parent || 'message' : inside(parent, field);
  };
}

/** What readers call the whole that they read. */
const whole = 'it';

function inside(parent: string, path: string): string {
  return parent === '' ? path : `${parent}.${path}`;
}

/** What a reader of REST has read. */
export function taken<T>(read: Read<T>, path: PathOf): Result<T> {
  return read.ok ? { ok: true, value: read.value } : badMessage(read.fields, path);
}

/** A result of the application, whose refusal names fields of REST. */
export async function under<T>(path: PathOf, result: Promise<Result<T>>): Promise<Result<T>> {
  const settled = await result;
  if (settled.ok || settled.refusal.code !== 'invalid_request') return settled;
  const fields = settled.refusal.details?.['fields'];
  return isFields(fields) ? badMessage(fields, path) : settled;
}

function isFields(fields: unknown): fields is Readonly<Record<string, string>> {
  return typeof fields === 'object' && fields !== null;
}

export function badMessage(fields: Readonly<Record<string, string>>, path: PathOf = (field) => field): Refused {
  const told = Object.entries(fields).map(([field, problem]) => [path(field), withUnit(field, problem)]);
  return { ok: false, refusal: badFields(Object.fromEntries(told) as Record<string, string>) };
}

/** Durations are numbers of milliseconds for REST. */
function withUnit(field: string, problem: string): string {
  return /Ms$/.test(field) && /\d$/.test(problem) ? `${problem} milliseconds` : problem;
}

/** For requests on something that exists, where ALREADY_EXISTS would be misleading. */
export async function ofExisting<T>(result: Promise<Result<T>>): Promise<Result<T>> {
  const settled = await result;
  if (settled.ok || settled.refusal.code !== 'conflict') return settled;
  const { message, details } = settled.refusal;
  return { ok: false, refusal: refusal('invalid_state', message, details) };
}

/** Milliseconds; undefined when there is none. */
export function msOf(duration: Duration | undefined): number | undefined {
  if (duration === undefined) return undefined;
  return Number(duration.seconds) * 1_000 + Math.round(duration.nanos / 1_000_000);
}

/** What proto3 has for nothing. */
export function given<T>(name: string, value: T, nothing: T): Readonly<Record<string, T>> {
  return value === nothing ? {} : { [name]: value };
}
