import type { Accounts, AccountView } from '../../../application/accounts/accounts.ts';
import type { accountRoutes, listLedger, me } from '../../../contract/accounts.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { HandlersFor } from '../serve.ts';
import { answering, nextAfter } from './results.ts';
import { iso } from '../../../contract/times.ts';

type Account = RouteAnswer<typeof me>;
type Entry = RouteAnswer<typeof listLedger>['entries'][number];
type StoredEntry = Extract<Awaited<ReturnType<Accounts['ledger']>>, { ok: true }>['value'][number];

export function accountHandlers(accounts: Accounts): HandlersFor<typeof accountRoutes> {
  return {
    me: ({ context }) => answering(accounts.me(context), accountOf),
    showAccount: ({ context, params }) => answering(accounts.show(context, params.id), accountOf),
    listLedger: ({ context, params, query }) =>
      answering(accounts.ledger(context, params.id, query), (entries) => ({
        entries: entries.map(entryOf),
        nextAfter: nextAfter(entries, query.limit),
      })),
    grantCredits: ({ context, params, body, idempotencyKey }) => {
      const input = idempotencyKey === undefined ? body : { ...body, idempotencyKey };
      return answering(accounts.grant(context, params.id, input), accountOf);
    },
  };
}

function accountOf({ account, maxActiveJobs, maxRuleSlots, quotas }: AccountView): Account {
  const { id, plan, available, reserved, spent, granted, activeJobs, usedRuleSlots } = account;
  return {
    userId: id,
    plan,
    credits: available,
    reserved,
    spent,
    granted,
    activeJobs,
    maxActiveJobs,
    usedRuleSlots,
    maxRuleSlots,
    ...(quotas !== undefined && { quotas }),
  };
}

function entryOf({ sequence, type, amount, debit, credit, jobId, note, at }: StoredEntry): Entry {
  return { sequence, type, amount, debit, credit, jobId, note, at: iso(at) };
}
