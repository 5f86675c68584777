import type { Concepts } from '../domain/concepts.ts';
import type { Rule } from '../../../domain/account/account.ts';
import { freeRuleSlot, takeRuleSlot } from '../../../domain/account/decide.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import { originOf } from '../../../application/operation.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref } from '../../../application/write-path/refs.ts';

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

type Deps = Pick<Dependencies, 'store' | 'writePath' | 'ids'>;

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
      reads: [ref.account(userId), ref.rule(ruleId)],
      decide: (draft) => {
        const rule = draft.rule(ruleId);
        return rule === null || rule.accountId !== userId ? unknownRule(ruleId) : decide(draft, rule);
      },
    });
  };
  return {
    list: async ({ caller }) => ok(await deps.store.accounts.rules(caller.userId)),
    get: async ({ caller }, ruleId) => {
      const rule = await deps.store.accounts.rule(ruleId);
      return rule === null || rule.accountId !== caller.userId ? unknownRule(ruleId) : ok(rule);
    },
    create: (context, input) => createRule(deps, context, input),
    update: (context, ruleId, changes) =>
      onRule(context, ruleId, (draft, rule) => {
        const changed: Rule = { ...rule, ...changes, updatedAt: draft.now };
        draft.putRule({ ...draft.account(rule.accountId), updatedAt: draft.now }, changed);
        return ok(changed);
      }),
    delete: (context, ruleId) =>
      onRule(context, ruleId, (draft, rule) => {
        draft.deleteRule(freeRuleSlot(draft.account(rule.accountId), draft.now), ruleId);
        return ok(null);
      }),
  };
}

function createRule(deps: Deps, context: RequestContext, input: RuleInput): Promise<Result<Rule>> {
  const accountId = context.caller.userId;
  const id = deps.ids.uuid();
  return deps.writePath.run({
    ...originOf(context),
    reads: [ref.account(accountId)],
    decide: (draft) => {
      const account = takeRuleSlot(draft.account(accountId), draft.now);
      if (!account.ok) return account;
      const { name, presetId, concepts, protect } = input;
      const at = { createdAt: draft.now, updatedAt: draft.now };
      const rule: Rule = { id, accountId, name, presetId, concepts, protect, ...at };
      draft.putRule(account.value, rule);
      return ok(rule);
    },
  });
}

function unknownRule(ruleId: string): ReturnType<typeof refuse> {
  return refuse('not_found', `There is no rule ${ruleId}.`);
}
