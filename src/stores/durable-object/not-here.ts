import { InvariantViolation } from '../../domain/errors.ts';
import type { Commit } from '../../ports/store/commit.ts';
import type { Store } from '../../ports/store/store.ts';

/** A part of a store that the object has no use for: whatever is asked of it is a mistake of the code, and says so. */
export function notHere<Part extends object>(part: string): Part {
  const refuse = (method: string | symbol) => async (): Promise<never> => {
    throw new InvariantViolation(`this object's store does not have ${part}.${String(method)}`);
  };
  return new Proxy({} as Part, { get: (_, method) => refuse(method) });
}

const parts = [
  'jobs', 'accounts', 'records', 'outbox', 'queue', 'tokens', 'work', 'askedTypes', 'workers', 'logs', 'users',
  'attempts', 'schedules', 'webhooks', 'retention', 'usage', 'measures', 'endedObjects', 'keptTime',
] as const satisfies readonly (keyof Store)[];

/** Every part of the port, each refusing: for a store that brings some of its own. */
export function partsNotHere(): Pick<Store, (typeof parts)[number]> {
  return Object.fromEntries(parts.map((part) => [part, notHere(part)])) as never;
}

/** Throws when a commit changes what the object does not keep. */
export function assertOnly(changes: Commit, kept: readonly (keyof Commit)[]): void {
  for (const [name, rows] of Object.entries(changes) as [keyof Commit, readonly unknown[]][]) {
    if (rows.length > 0 && !kept.includes(name)) {
      throw new InvariantViolation(`this object's store keeps no ${name}`);
    }
  }
}
