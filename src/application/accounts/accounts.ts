import { repeatableOf, readsOfKey, madeBefore, rememberAs } from '../repeatable.ts';
import type { QuotaReport } from '../quotas/quotas.ts';
import type { Account, LedgerEntry } from '../../domain/account/account.ts';
import { grant, open, setPlan, unopened } from '../../domain/account/decide.ts';
import { plans, type PlanName } from '../../domain/account/plans.ts';
import { ok, refuse, type Result } from '../../domain/errors.ts';
import type { RequestContext } from '../request.ts';
import { maySee, requireRole, userIdProblem, type Caller } from '../caller.ts';
import type { Dependencies } from '../dependencies.ts';
import { originOf } from '../operation.ts';
import { storedId } from '../users/stored-id.ts';
import { ref } from '../write-path/refs.ts';

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
  ledger(
    context: RequestContext,
    accountId: string,
    options: { readonly after: number; readonly limit: number },
  ): Promise<Result<readonly LedgerEntry[]>>;
}

type Deps = Pick<Dependencies, 'store' | 'writePath' | 'clock' | 'quotas' | 'users'>;

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
    ledger: async ({ caller }, userId, options) => {
      const found = await findAccount(deps, caller, userId);
      return found.ok ? ok(await deps.store.accounts.ledger(found.value, options)) : found;
    },
  };
}

async function findAccount({ users }: Deps, caller: Caller, userId: string): Promise<Result<string>> {
  const accountId = await storedId(users, userId);
  return maySee(caller, accountId) ? ok(accountId) : unknownAccount(userId);
}

function unknownAccount(accountId: string): ReturnType<typeof refuse> {
  return refuse('not_found', `There is no account ${accountId}.`);
}

/** As stored, or as it would begin. */
async function view({ store, clock, quotas }: Deps, accountId: string): Promise<AccountView> {
  const now = clock.now();
  const [account, report] = await Promise.all([store.accounts.get(accountId), quotas?.show(accountId)]);
  const shown = toView(account ?? open(unopened(accountId, now), now).account);
  return report === undefined ? shown : { ...shown, quotas: report };
}

function toView(account: Account): AccountView {
  const { ruleSlots, runningJobs } = plans[account.plan];
  return { account, maxRuleSlots: ruleSlots, maxActiveJobs: runningJobs };
}

async function grantCredits(
  { writePath }: Deps,
  context: RequestContext,
  accountId: string,
  input: Parameters<Accounts['grant']>[2],
): Promise<Result<AccountView>> {
  const problem = userIdProblem(accountId);
  if (problem !== null) return refuse('invalid_request', `${problem}.`, { fields: { accountId: problem } });
  const { credits, plan, note = null, idempotencyKey } = input;
  const repeatable = await repeatableOf(accountId, 'grant', idempotencyKey, { credits, plan: plan ?? null, note });
  return writePath.run({
    ...originOf(context),
    reads: [ref.account(accountId), ...readsOfKey(repeatable)],
    decide: (draft) => {
      const before = madeBefore(draft, repeatable);
      if (before !== null) return before.ok ? ok(toView(draft.account(accountId))) : before;
      rememberAs(draft, repeatable, accountId);
      const opened = draft.account(accountId);
      const planned = plan === undefined ? opened : draft.applyAccount(setPlan(opened, plan, draft.now));
      if (credits === 0) return ok(toView(planned));
      const granted = grant(planned, credits, note, draft.now);
      return granted.ok ? ok(toView(draft.applyAccount(granted.value))) : granted;
    },
  });
}
