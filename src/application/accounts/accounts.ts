import { repeatableOf, readsOfKey, madeBefore, rememberAs } from '../repeatable.ts';
import type { QuotaReport } from '../quotas/quotas.ts';
import { movementDirections, type Account, type LedgerEntry } from '../../domain/account/account.ts';
import { dayMs, type AccountDay, type DaySums } from '../../domain/account/days.ts';
import { grant, open, setPlan, unopened } from '../../domain/account/decide.ts';
import { plans as shippedPlans, type PlanName } from '../../domain/account/plans.ts';
import { ok, refuse, type Result } from '../../domain/errors.ts';
import type { RequestContext } from '../request.ts';
import { maySee, requireRole, userIdProblem, type Caller } from '../caller.ts';
import type { Dependencies } from '../dependencies.ts';
import { originOf } from '../operation.ts';
import { createPlans, type Plans } from './plan-limits.ts';
import { storedId } from '../users/stored-id.ts';
import { ref } from '../write-path/refs.ts';
import type { Job } from '../../domain/job/job.ts';

export interface AccountView {
  readonly account: Account;
  readonly maxRuleSlots: number;
  readonly maxActiveJobs: number;
  /** Absent if there are no quotas, and after a grant. */
  readonly quotas?: QuotaReport;
}

export interface Accounts {
  /** The caller's own; the one that it would get, if it has none yet. */
  me(context: RequestContext): Promise<Result<AccountView>>;
  /** Admin, or the user itself. */
  show(context: RequestContext, accountId: string): Promise<Result<AccountView>>;
  /** Admin. A repeated `idempotencyKey` grants nothing more. */
  grant(
    context: RequestContext,
    accountId: string,
    input: {
      readonly credits: number;
      readonly plan?: PlanName;
      readonly note?: string;
      readonly idempotencyKey?: string;
    },
  ): Promise<Result<AccountView>>;
  ledger(context: RequestContext, accountId: string, asked: LedgerQuery): Promise<Result<readonly ShownEntry[]>>;
  /** The last days, today included; `count` is 1 to 366. Oldest first, those without a movement among them. */
  days(context: RequestContext, accountId: string, count: number): Promise<Result<readonly AccountDay[]>>;
  /** Absent where accounts are not in one place. */
  readonly plans?: Plans;
  /** Admin. Absent where accounts are not in one place. */
  list?(
    context: RequestContext,
    options: { readonly prefix?: string; readonly after: string | null; readonly limit: number },
  ): Promise<Result<readonly AccountView[]>>;
}

export interface LedgerQuery {
  /** The number of the last entry of the page before; 0: none. */
  readonly after: number;
  /** 1 to 1,000. */
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  /** Only what was moved for this job. */
  readonly jobId?: string;
}

/** With what the job is that it was moved for; null: it is not kept any more, or there is none. */
export interface ShownEntry extends LedgerEntry {
  readonly job: NamedJob | null;
}

type NamedJob = Pick<Job, 'kind' | 'type'>;

type Deps = Pick<Dependencies, 'store' | 'writePath' | 'clock' | 'quotas' | 'users' | 'plans'> & {
  /** What jobs are, by their ids. */
  readonly jobKinds: (ids: readonly string[]) => Promise<ReadonlyMap<string, NamedJob>>;
};

export function createAccounts(deps: Deps): Accounts {
  return {
    me: async ({ caller }) => ok(await view(deps, caller.userId)),
    show: async ({ caller }, userId) => {
      const found = await findAccount(deps, caller, userId);
      return found.ok ? ok(await view(deps, found.value)) : found;
    },
    grant: async (context, userId, input) => {
      const denied = requireRole(context.caller, 'admin');
      return denied ?? grantCredits(deps, context, await storedId(deps.users, userId), input);
    },
    ledger: async ({ caller }, userId, asked) => {
      const found = await findAccount(deps, caller, userId);
      return found.ok ? ok(await withJobs(deps, await readLedger(deps, found.value, asked))) : found;
    },
    days: async ({ caller }, userId, count) => {
      const found = await findAccount(deps, caller, userId);
      return found.ok ? ok(await lastDays(deps, found.value, count)) : found;
    },
    list: async ({ caller }, { prefix = '', ...page }) => {
      const denied = requireRole(caller, 'admin');
      if (denied !== null) return denied;
      await deps.plans?.refresh();
      return ok((await deps.store.accounts.list({ prefix, ...page })).map((one) => toView(one, deps.plans)));
    },
    ...(deps.plans && { plans: createPlans({ writePath: deps.writePath, plans: deps.plans }) }),
  };
}

async function readLedger(
  { store }: Deps,
  accountId: string,
  { after, limit, order, jobId }: LedgerQuery,
): Promise<readonly LedgerEntry[]> {
  const newestFirst = order === 'desc';
  if (jobId === undefined) return store.accounts.ledger(accountId, { after, limit, newestFirst });
  // The ledger has no index by job: the job's reservation names its movements, of which there are few.
  const reservation = await store.accounts.reservation(jobId);
  if (reservation?.accountId !== accountId) return [];
  const entries = reservation.movements.map((movement): LedgerEntry => {
    const { debit, credit } = movementDirections[movement.type];
    return { ...movement, accountId, jobId, note: null, debit, credit };
  });
  const inOrder = newestFirst ? entries.reverse() : entries;
  const isNext = ({ sequence }: LedgerEntry): boolean =>
    after === 0 || (newestFirst ? sequence < after : sequence > after);
  return inOrder.filter(isNext).slice(0, limit);
}

async function withJobs({ jobKinds }: Deps, entries: readonly LedgerEntry[]): Promise<readonly ShownEntry[]> {
  const ids = new Set(entries.flatMap(({ jobId }) => jobId ?? []));
  const jobs = await jobKinds([...ids]);
  return entries.map((entry) => ({ ...entry, job: jobs.get(entry.jobId ?? '') ?? null }));
}

async function lastDays({ store, clock }: Deps, accountId: string, count: number): Promise<readonly AccountDay[]> {
  const to = Math.floor(clock.now() / dayMs);
  const from = to - count + 1;
  const moved = new Map((await store.accounts.days(accountId, { from, to })).map((day) => [day.day, day]));
  const nothing: DaySums = { granted: 0, held: 0, spent: 0, returned: 0 };
  return Array.from({ length: count }, (_, at) => moved.get(from + at) ?? { accountId, day: from + at, ...nothing });
}

async function findAccount({ users }: Deps, caller: Caller, userId: string): Promise<Result<string>> {
  const accountId = await storedId(users, userId);
  return maySee(caller, accountId) ? ok(accountId) : unknownAccount(userId);
}

function unknownAccount(accountId: string): ReturnType<typeof refuse> {
  return refuse('not_found', `There is no account ${accountId}.`);
}

/** As stored, or as it would begin. */
async function view({ store, clock, quotas, plans }: Deps, accountId: string): Promise<AccountView> {
  const now = clock.now();
  const asked = [store.accounts.get(accountId), quotas?.show(accountId), plans?.refresh()] as const;
  const [account, report] = await Promise.all(asked);
  const shown = toView(account ?? open(unopened(accountId, now), now, plans?.table).account, plans);
  return report === undefined ? shown : { ...shown, quotas: report };
}

function toView(account: Account, plans: Deps['plans']): AccountView {
  const { ruleSlots, runningJobs } = (plans?.table ?? shippedPlans)[account.plan];
  return { account, maxRuleSlots: ruleSlots, maxActiveJobs: runningJobs };
}

async function grantCredits(
  { writePath, plans }: Deps,
  context: RequestContext,
  accountId: string,
  input: Parameters<Accounts['grant']>[2],
): Promise<Result<AccountView>> {
  const problem = userIdProblem(accountId);
  if (problem !== null) return refuse('invalid_request', `${problem}.`, { fields: { accountId: problem } });
  const { credits, plan, note = null, idempotencyKey } = input;
  await plans?.refresh();
  const repeatable = await repeatableOf(accountId, 'grant', idempotencyKey, { credits, plan: plan ?? null, note });
  return writePath.run({
    ...originOf(context),
    reads: [ref.account(accountId), ...readsOfKey(repeatable)],
    decide: (draft) => {
      const before = madeBefore(draft, repeatable);
      if (before !== null) return before.ok ? ok(toView(draft.account(accountId), plans)) : before;
      rememberAs(draft, repeatable, accountId);
      const opened = draft.account(accountId);
      const planned = plan === undefined ? opened : draft.applyAccount(setPlan(opened, plan, draft.now));
      if (credits === 0) return ok(toView(planned, plans));
      const granted = grant(planned, credits, note, draft.now);
      return granted.ok ? ok(toView(draft.applyAccount(granted.value), plans)) : granted;
    },
  });
}
