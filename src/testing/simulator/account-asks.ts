import type { AccountView } from '../../application/accounts/accounts.ts';
import type { PlanName } from '../../domain/account/plans.ts';
import type { Result } from '../../domain/errors.ts';
import type { Ask, Evidence } from './ask.ts';
import { shown } from './invariant.ts';
import type { Act } from './kind-model.ts';
import { weighted } from './weighted.ts';

/** What an administrator and the users themselves do with accounts. Made anew for each scenario. */
export function createAccountAct(): Act {
  let grants = 0;
  const granting: Act = ({ users }, random) => {
    const isKeyed = random.chance(0.5);
    const key = isKeyed ? `grant-${random.integer(1, 2)}` : `grant-without-key-${++grants}`;
    return grantAsk({ accountId: random.pick(users), key, isKeyed, credits: isKeyed ? 7 : random.integer(1, 9) });
  };
  const planned = new Set<string>();
  const planning: Act = ({ users }, random) => {
    const accountId = random.pick(users);
    // One at a time: of an account whose plan changes twice in one commit nobody could tell what it allowed.
    return planned.has(accountId) ? null : planAsk(accountId, random.chance(0.7) ? 'pro' : 'free', planned);
  };
  return weighted([[4, granting], [3, planning]]);
}

/** By its note the ledger tells how often it was granted. */
function grantAsk(grant: { accountId: string; key: string; isKeyed: boolean; credits: number }): Ask {
  const { accountId, key, isKeyed, credits } = grant;
  const times = (evidence: Evidence): number => evidence.ledger(accountId).filter(({ note }) => note === key).length;
  return {
    label: `grant ${credits} to ${accountId}, ${key}`,
    userId: 'admin',
    role: 'admin',
    send: ({ application }, context) =>
      application.accounts.grant(context, accountId, {
        credits, note: key, ...(isKeyed ? { idempotencyKey: key } : {}),
      }),
    judge: (result: Result<AccountView>, _asked, evidence) => {
      if (!result.ok) return result.refusal.code;
      return times(evidence) === 1 ? null : `${key} was granted ${times(evidence)} times`;
    },
    judgeUnknown: (_asked, evidence) => (times(evidence) <= 1 ? null : `${key} was granted ${times(evidence)} times`),
  } satisfies Ask<AccountView> as Ask;
}

function planAsk(accountId: string, plan: PlanName, planned: Set<string>): Ask {
  return {
    label: `plan ${plan} for ${accountId}`,
    userId: 'admin',
    role: 'admin',
    send: ({ application }, context) => {
      planned.add(accountId);
      return application.accounts.grant(context, accountId, { credits: 0, plan });
    },
    judge: (result: Result<AccountView>, { from, to }, { truth }) => {
      planned.delete(accountId);
      if (!result.ok) return result.refusal.code;
      const accounts = truth.accountDuring(accountId, from, to);
      // What an account was between two commands of one batch is not known.
      return accounts.length > 1 || accounts[0]?.plan === plan ? null : shown(accounts);
    },
    judgeUnknown: () => {
      planned.delete(accountId);
      return null;
    },
  } satisfies Ask<AccountView> as Ask;
}
