import type { Operation } from '../../src/application/write-path/write-path.ts';
import { ref } from '../../src/application/write-path/refs.ts';
import { grant, reserve, setPlan, takeRuleSlot } from '../../src/domain/account/decide.ts';
import { ok, refuse } from '../../src/domain/errors.ts';
import { imageSet } from '../../src/kinds/image-set/domain/kind.ts';
import type { ImageSetCommand } from '../../src/kinds/image-set/domain/types.ts';
import { ruleTable, type Rule } from '../../src/kinds/image-set/application/rule.ts';

const by = { actor: 'ada', correlationId: 'test' };

/** Makes a set of the account, as the use case does. */
export function creating(jobId: string, ownerId: string, itemCount = 1): Operation<string> {
  return {
    ...by,
    reads: [ref.account(ownerId)],
    decide: (draft) => {
      const reserved = reserve(draft.account(ownerId), null, jobId, itemCount, draft.now);
      if (!reserved.ok) return reserved;
      draft.applyAccount(reserved.value);
      const created = draft.createJob(imageSet, jobId, {
        type: 'create', ownerId, preset: 'interior', itemCount, traceparent: null, uploadTimeLimitMs: 3_600_000,
      });
      return created.ok ? ok(jobId) : created;
    },
  };
}

/** Answers the state after the command. */
export function commanding(jobId: string, command: ImageSetCommand): Operation<string> {
  return {
    ...by,
    reads: [ref.job(jobId)],
    decide: (draft) => {
      const job = draft.job(imageSet, jobId);
      if (job === null) return refuse('not_found', 'no such set');
      const after = draft.changeJob(imageSet, job, command);
      return after.ok ? ok(after.value.state) : after;
    },
  };
}

/** Answers what is available after it. */
export function granting(accountId: string, credits: number): Operation<number> {
  return {
    ...by,
    reads: [ref.account(accountId)],
    decide: (draft) => {
      const granted = grant(draft.account(accountId), credits, null, draft.now);
      return granted.ok ? ok(draft.applyAccount(granted.value).available) : granted;
    },
  };
}

export function planning(accountId: string, plan: 'free' | 'pro'): Operation<null> {
  return {
    ...by,
    reads: [ref.account(accountId)],
    decide: (draft) => {
      draft.applyAccount(setPlan(draft.account(accountId), plan, draft.now));
      return ok(null);
    },
  };
}

export function savingRule(rule: Omit<Rule, 'version'>): Operation<string> {
  return {
    ...by,
    reads: [ref.account(rule.accountId)],
    decide: (draft) => {
      const account = takeRuleSlot(draft.account(rule.accountId), draft.now);
      if (!account.ok) return account;
      draft.putAccount(account.value);
      draft.putRecord(ruleTable, rule);
      return ok(rule.id);
    },
  };
}

export function failing(message: string): Operation<never> {
  return {
    ...by,
    reads: [],
    decide: () => {
      throw new Error(message);
    },
  };
}
