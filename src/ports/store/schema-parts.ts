/**
 * The parts of a store's schema, in the order of their numbers: `migrations/<dialect>/<number>_<name>.sql`, the same in
 * each dialect. A later change of the schema is one more part. A database that serves everything has all of them; one
 * that needs less (a Durable Object) has those that it names, and its store asks for nothing else.
 */
export const schemaParts = [
  'core', 'jobs', 'lists', 'accounts', 'history', 'rules', 'queue', 'work', 'logs', 'people', 'schedules', 'webhooks',
  'counters', 'views', 'commands', 'step_times', 'ended_in_hours', 'plans', 'requests',
  'themes',
] as const;

export type SchemaPart = (typeof schemaParts)[number];

/** One part as a script. */
export interface Migration {
  /** From 1. */
  readonly version: number;
  readonly name: string;
  readonly script: string;
}

/**
 * What parts mean that only a newer version knows. `refused`: nothing is served from the database. `served`: they only
 * add, which is kept to where versions run side by side and a database cannot be restored (CONTRIBUTING, "The schema").
 */
export type NewerParts = 'refused' | 'served';

/** Throws when one was applied that `known` does not have: by a newer Waybill, or by other scripts than these. */
export function assertKnown(
  applied: readonly PartNumber[],
  known: readonly PartNumber[],
  newer: NewerParts = 'refused',
): void {
  const newest = known.at(-1)?.version ?? 0;
  for (const { version, name } of applied) {
    if (version > newest && newer === 'served') continue;
    if (version > newest) {
      throw new Error(
        `The database has part ${version} of the schema, but this version knows only ${newest}: it was written by ` +
          'a newer Waybill. Start that version, or restore an older backup.',
      );
    }
    const own = known.find((one) => one.version === version)?.name ?? 'not there';
    if (own === name) continue;
    throw new Error(
      `Part ${version} of this database's schema is ${name}, but this version of Waybill expects ${own}.`,
    );
  }
}

/** Throws when the schema is not what a store of these parts needs. */
export function assertParts(
  applied: readonly PartNumber[],
  parts: readonly SchemaPart[],
  newer: NewerParts = 'refused',
): void {
  assertKnown(applied, schemaParts.map((name, index) => ({ version: index + 1, name })), newer);
  const there = new Set(applied.map(({ name }) => name));
  const missing = parts.filter((part) => !there.has(part));
  if (missing.length === 0) return;
  throw new Error(`The database's schema lacks ${missing.join(', ')}: migrate it.`);
}

interface PartNumber {
  readonly version: number;
  readonly name: string;
}
