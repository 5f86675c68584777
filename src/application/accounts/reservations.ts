import { settle, shrink, type AccountChange } from '../../domain/account/decide.ts';
import type { Account, Reservation } from '../../domain/account/account.ts';
import { ok, type Result } from '../../domain/errors.ts';
import type { Effect } from '../../domain/job/kind.ts';
import type { Dependencies } from '../dependencies.ts';
import { unknownJob } from '../operation.ts';
import { ref } from '../write-path/refs.ts';

type ReservationEffect = Extract<Effect, { readonly type: 'shrink-reservation' | 'settle-reservation' }>;

/**
 * What a job's commit has to say to its account, where that is in another store: the payload of its outbox
 * message. Said again, it changes nothing.
 */
export type ToAccount = ReservationEffect & { readonly accountId: string };

/** Returns the reservation afterwards, with all its movements. */
export function applyToAccount(
  { writePath }: Pick<Dependencies, 'writePath'>,
  jobId: string,
  said: ToAccount,
): Promise<Result<Reservation>> {
  const { accountId } = said;
  return writePath.run({
    actor: 'system',
    correlationId: jobId,
    reads: [ref.account(accountId), ref.reservation(jobId)],
    decide: (draft) => {
      const reservation = draft.reservation(jobId);
      if (reservation === null || reservation.accountId !== accountId) return unknownJob(jobId);
      const change = changeOf(draft.account(accountId), reservation, said, draft.now);
      draft.applyAccount(change);
      return ok(change.reservation ?? reservation);
    },
  });
}

function changeOf(account: Account, reservation: Reservation, said: ToAccount, now: number): AccountChange {
  return said.type === 'shrink-reservation'
    ? shrink(account, reservation, said.keep, now)
    : settle(account, reservation, said, now);
}
