import { CommitAborted, type Commit } from '../../ports/store/commit.ts';
import { recordRef } from '../../ports/store/tables.ts';
import type { Call } from './gate.ts';

/**
 * What becomes of a call. `conflict` and `nothing stored` are of commits alone: answers that a store may give
 * at any time. `lost` is performed and `cut off` is not, and both are answered by an error; `unanswered` is
 * performed for a server that dies before it hears of it.
 */
export const fates = ['performed', 'conflict', 'nothing stored', 'lost', 'cut off', 'unanswered'] as const;
export type Fate = (typeof fates)[number];

/** An error that the simulation has made up: those who ask may see it. */
export class SimulatedFailure extends Error {
  override readonly name = 'SimulatedFailure';

  static caused(error: Error): boolean {
    return error instanceof SimulatedFailure || error.cause instanceof SimulatedFailure;
  }
}

/** Performs the call or not, has what was performed looked at, and answers it. */
export async function callFate(
  call: Call,
  fate: Fate,
  look: (result: unknown) => Promise<void>,
): Promise<void> {
  const failure = (): Error => new SimulatedFailure(`${call.name} ${fate}`);
  switch (fate) {
    case 'conflict':
      return call.resolve({ ok: false, conflicts: refsOf(call.args[0] as Commit) });
    case 'nothing stored':
      return call.reject(new CommitAborted('simulated', { cause: failure() }));
    case 'cut off':
      return call.reject(failure());
    case 'lost':
    case 'unanswered':
    case 'performed': {
      const [performed] = await Promise.allSettled([call.perform()]);
      if (performed.status === 'rejected') return call.reject(performed.reason);
      await look(performed.value);
      if (fate === 'lost') call.reject(failure());
      if (fate === 'performed') call.resolve(performed.value);
      return;
    }
  }
}

/** What a conflict may name: here, all of it. */
function refsOf({ jobs, accounts, records, idempotency }: Commit): string[] {
  return [
    ...jobs.map(({ job }) => `job:${job.id}`),
    ...accounts.map(({ account }) => `account:${account.id}`),
    ...records.map(({ table, key }) => recordRef(table, key)),
    ...idempotency.map(({ scope, key }) => `idempotency:${scope} ${key}`),
  ];
}

/** For the trace. */
export function describeCall({ name, args }: Call): string {
  if (name === 'commit') {
    const { jobs, accounts, records, idempotency } = args[0] as Commit;
    const parts = [
      ...jobs.map(({ job, expectedVersion }) => `job ${job.id} ${expectedVersion}→${job.version} ${job.state}`),
      ...accounts.map(({ account: { id, version }, expectedVersion }) => `account ${id} ${expectedVersion}→${version}`),
      ...records.map(({ table, key, row }) => `${recordRef(table, key)} ${row === null ? 'goes' : row.version}`),
      ...idempotency.map(({ key }) => `key ${key}`),
    ];
    return `commit ${parts.join(', ')}`;
  }
  return `${name} ${JSON.stringify(args)}`;
}
