import type { Concepts } from '../domain/concepts.ts';
import { freeRuleSlot, takeRuleSlot } from '../../../domain/account/decide.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { Store } from '../../../ports/store/store.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { originOf } from '../../../application/operation.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { ruleTable, type Rule } from './rule.ts';

export interface RuleInput {
  readonly name: string;
  /** The preset that it was made from; null: none. */
  readonly presetId: string | null;
  readonly concepts: Concepts;
  readonly protect: readonly string[];
}

export interface Rules {
  list(context: RequestContext): Promise<Result<readonly Rule[]>>;
  create(context: RequestContext, input: RuleInput): Promise<Result<Rule>>;
  get(context: RequestContext, ruleId: string): Promise<Result<Rule>>;
  /** Changes what is given, and leaves the rest. */
  update(context: RequestContext, ruleId: string, changes: Partial<RuleInput>): Promise<Result<Rule>>;
  delete(context: RequestContext, ruleId: string): Promise<Result<null>>;
}

type Deps = Pick<Dependencies, 'store' | 'writePath' | 'ids' | 'plans'>;

/** Saved concepts. They belong to the account: their number is limited by its plan. */
export function createRules(deps: Deps): Rules {
  const onRule = <T>(
    context: RequestContext,
    ruleId: string,
    decide: (draft: Draft, rule: Rule) => Result<T>,
  ): Promise<Result<T>> => {
    const { userId } = context.caller;
    return deps.writePath.run({
      ...originOf(context),
      reads: [ref.account(userId), ref.record(ruleTable, [ruleId])],
      decide: (draft) => {
        const rule = draft.record(ruleTable, [ruleId]);
        return rule === null || rule.accountId !== userId ? unknownRule(ruleId) : decide(draft, rule);
      },
    });
  };
  return {
    list: async ({ caller }) => ok(await rulesOf(deps.store, caller.userId)),
    get: async ({ caller }, ruleId) => {
      const rule = await deps.store.records.get(ruleTable, [ruleId]);
      return rule === null || rule.accountId !== caller.userId ? unknownRule(ruleId) : ok(rule);
    },
    create: (context, input) => createRule(deps, context, input),
    update: (context, ruleId, changes) =>
      onRule(context, ruleId, (draft, rule) =>
        ok(draft.putRecord(ruleTable, { ...rule, ...changes, updatedAt: draft.now })),
      ),
    delete: (context, ruleId) =>
      onRule(context, ruleId, (draft, rule) => {
        draft.putAccount(freeRuleSlot(draft.account(rule.accountId), draft.now));
        draft.deleteRecord(ruleTable, [ruleId]);
        return ok(null);
      }),
  };
}

/** Oldest first. An account has few: its plan limits them. */
export function rulesOf({ records }: Pick<Store, 'records'>, accountId: string): Promise<readonly Rule[]> {
  return records.list(ruleTable, { where: { accountId }, orderBy: ['createdAt', 'id'], limit: 1_000 });
}

async function createRule(deps: Deps, context: RequestContext, input: RuleInput): Promise<Result<Rule>> {
  const accountId = context.caller.userId;
  const id = deps.ids.uuid();
  await deps.plans?.refresh();
  return deps.writePath.run({
    ...originOf(context),
    reads: [ref.account(accountId), ref.record(ruleTable, [id])],
    decide: (draft) => {
      const account = takeRuleSlot(draft.account(accountId), draft.now, draft.plans);
      if (!account.ok) return account;
      const { name, presetId, concepts, protect } = input;
      const at = { createdAt: draft.now, updatedAt: draft.now };
      draft.putAccount(account.value);
      return ok(draft.putRecord(ruleTable, { id, accountId, name, presetId, concepts, protect, ...at }));
    },
  });
}

function unknownRule(ruleId: string): ReturnType<typeof refuse> {
  return refuse('not_found', `There is no rule ${ruleId}.`);
}
