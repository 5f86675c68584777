import { InvariantViolation } from '../../domain/errors.ts';
import type { Commit } from '../../ports/store/commit.ts';

/** A part of a store that the object has no use for: whatever is asked of it is a mistake of the code, and says so. */
export function notHere<Part extends object>(part: string): Part {
  const refuse = (method: string | symbol) => async (): Promise<never> => {
    throw new InvariantViolation(`this object's store does not have ${part}.${String(method)}`);
  };
  return new Proxy({} as Part, { get: (_, method) => refuse(method) });
}

/** Throws when a commit changes what the object does not keep. */
export function assertOnly(changes: Commit, kept: readonly (keyof Commit)[]): void {
  for (const [name, rows] of Object.entries(changes) as [keyof Commit, readonly unknown[]][]) {
    if (rows.length > 0 && !kept.includes(name)) {
      throw new InvariantViolation(`this object's store keeps no ${name}`);
    }
  }
}
