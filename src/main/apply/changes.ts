import { isDeepStrictEqual } from 'node:util';
import type { Client } from '../client/index.ts';
import type { Section } from './file.ts';

/** One thing that applying a file does. */
export interface Change {
  readonly action: 'create' | 'update' | 'delete';
  readonly section: Section;
  readonly name: string;
  readonly fields: readonly FieldChange[];
  apply(): Promise<unknown>;
}

export interface FieldChange {
  readonly path: string;
  /** Undefined: is not there. */
  readonly from: unknown;
  readonly to: unknown;
}

/** What a section needs to find its changes. */
export interface Access {
  readonly client: Client;
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether what the file does not name goes, of the sections that it has. */
  readonly prune: boolean;
}

/** Those of the names that a file does not have, where they are to go. */
export function unnamed({ prune }: Pick<Access, 'prune'>, wanted: object, names: readonly string[]): readonly string[] {
  return prune ? names.filter((name) => !Object.hasOwn(wanted, name)) : [];
}

/** Null for each. */
export function toBeGone(names: readonly string[]): Readonly<Record<string, null>> {
  return Object.fromEntries(names.map((name) => [name, null] as const));
}

/** What of `want` is otherwise in `have`. What `want` does not say does not matter. */
export function differences(have: unknown, want: unknown, path = ''): readonly FieldChange[] {
  if (isObject(have) && isObject(want)) {
    return Object.entries(want).flatMap(([name, to]) => (
      differences(have[name], to, path === '' ? name : `${path}.${name}`)
    ));
  }
  return isDeepStrictEqual(have, want) ? [] : [{ path, from: have, to: want }];
}

/** The same where `want` is the whole: what it leaves out is to be gone. */
export function wholeDifferences(have: object, want: object): readonly FieldChange[] {
  const gone = Object.keys(have).filter((name) => !Object.hasOwn(want, name));
  return Object.entries({ ...want, ...Object.fromEntries(gone.map((name) => [name, undefined])) }).flatMap(
    ([name, to]) => {
      const from = (have as Record<string, unknown>)[name];
      return isDeepStrictEqual(from, to) ? [] : [{ path: name, from, to }];
    },
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
