import type { Accounts, AccountView } from '../../../application/accounts/accounts.ts';
import type { Plans, PlanView } from '../../../application/accounts/plan-limits.ts';
import type {
  accountListRoutes, accountRoutes, listLedger, me, putPlan, showAccountDays,
} from '../../../contract/accounts.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { HandlersFor } from '../serve.ts';
import { answering, nextAfter } from './results.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';

type Account = RouteAnswer<typeof me>;
type Day = RouteAnswer<typeof showAccountDays>['days'][number];
type Entry = RouteAnswer<typeof listLedger>['entries'][number];
type Value<T> = T extends Promise<infer R> ? Extract<R, { ok: true }> extends { value: infer V } ? V : never : never;
type StoredEntry = Value<ReturnType<Accounts['ledger']>>[number];
type StoredDay = Value<ReturnType<Accounts['days']>>[number];

export function accountHandlers(accounts: Accounts): HandlersFor<typeof accountRoutes> {
  return {
    me: ({ context }) => answering(accounts.me(context), accountOf),
    showAccount: ({ context, params }) => answering(accounts.show(context, params.id), accountOf),
    listLedger: ({ context, params, query }) =>
      answering(accounts.ledger(context, params.id, query), (entries) => ({
        entries: entries.map(entryOf),
        nextAfter: nextAfter(entries, query.limit),
      })),
    showAccountDays: ({ context, params, query }) =>
      answering(accounts.days(context, params.id, query.days), (days) => ({ days: days.map(dayOf) })),
    grantCredits: ({ context, params, body, idempotencyKey }) => {
      const input = idempotencyKey === undefined ? body : { ...body, idempotencyKey };
      return answering(accounts.grant(context, params.id, input), accountOf);
    },
  };
}

export function accountListHandlers(
  { list, plans }: { readonly list: NonNullable<Accounts['list']>; readonly plans: Plans },
): HandlersFor<typeof accountListRoutes> {
  return {
    listPlans: ({ context }) => answering(plans.list(context), (all) => ({ plans: all.map(planOf) })),
    putPlan: ({ context, params, body }) => answering(plans.put(context, params.plan, body), planOf),
    listAccounts: ({ context, query: { after = null, ...query } }) =>
      answering(list(context, { after, ...query }), (page) => ({
        accounts: page.map(accountOf),
        nextAfter: page.length < query.limit ? null : (page.at(-1)?.account.id ?? null),
      })),
  };
}

function planOf({ name, updatedAt, ...rest }: PlanView): RouteAnswer<typeof putPlan> {
  return { plan: name, ...rest, updatedAt: isoOrNull(updatedAt) };
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

function entryOf({ sequence, type, amount, debit, credit, jobId, job, note, at }: StoredEntry): Entry {
  const named = { jobId, jobKind: job?.kind ?? null, jobType: job?.type ?? null };
  return { sequence, type, amount, debit, credit, ...named, note, at: iso(at) };
}

function dayOf({ day, granted, held, spent, returned }: StoredDay): Day {
  return { date: iso(day * 86_400_000).slice(0, 10), granted, held, spent, returned };
}
