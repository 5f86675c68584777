import * as z from 'zod';
import type { Bucket, MovementType } from '../domain/account/account.ts';
import { after, count, jobId, limits, line, namesOf, nextAfter, pageSize, plan, time, userId } from './fields.ts';
import { defineRoute, table } from './route.ts';

/** Credits and what they bought. At all times granted = credits + reserved + spent. */

const credits = count(limits.credits);

function quota(description: string) {
  return z
    .object({
      used: z.number().nullable().describe('Null where it is not known now.'),
      limit: z.number().nullable().describe('Null: none.'),
    })
    .describe(description);
}

export const account = z
  .object({
    userId,
    plan,
    credits: credits.describe('Available now.'),
    reserved: credits.describe('Held by jobs that have not ended.'),
    spent: credits,
    granted: credits.describe('All that was ever given: credits + reserved + spent.'),
    activeJobs: count(1_000_000).describe('Jobs that hold a slot: from create until their end.'),
    maxActiveJobs: count(1_000_000),
    usedRuleSlots: count(1_000_000),
    maxRuleSlots: count(1_000_000),
    quotas: z
      .object({
        jobs: z
          .record(
            z.string(),
            z.object({
              unfinished: quota('Jobs that have not ended.').exactOptional(),
              stored: quota('All jobs, those that have ended included.').exactOptional(),
              bytes: quota('Of what jobs were given and what they answered.').exactOptional(),
            }),
          )
          .describe('By kind, what each limits.'),
        objectBytes: quota('Of objects in storage.'),
      })
      .exactOptional()
      .describe('What is kept for you at most, and what is; not where nothing limits it.'),
  })
  .meta({ id: 'Account' });

const byAccount = z.object({ id: userId });
const exampleAccount = {
  userId: 'mira',
  plan: 'free',
  credits: 6,
  reserved: 3,
  spent: 1,
  granted: 10,
  activeJobs: 1,
  maxActiveJobs: 1,
  usedRuleSlots: 1,
  maxRuleSlots: 2,
} as const;

export const me = defineRoute({
  name: 'me',
  method: 'GET',
  path: '/api/user/me',
  auth: 'user',
  tag: 'Account',
  summary: 'Show your account',
  answer: account,
  example: { answer: exampleAccount },
});

export const showAccount = defineRoute({
  name: 'showAccount',
  method: 'GET',
  path: '/api/accounts/:id',
  auth: 'user',
  tag: 'Account',
  summary: 'Show an account',
  description: 'Your own, or anybody’s for an administrator.',
  params: byAccount,
  answer: account,
  example: { params: { id: 'mira' }, answer: exampleAccount },
});

export const listLedger = defineRoute({
  name: 'listLedger',
  method: 'GET',
  path: '/api/accounts/:id/ledger',
  auth: 'user',
  tag: 'Account',
  summary: "List an account's ledger",
  description:
    'Every movement of credits, oldest first unless `order` is `desc`. Your own, or anybody’s for an administrator.',
  params: byAccount,
  query: z.object({
    after: after.describe(
      'Return the entries that follow the one with this number in the order asked for: `nextAfter` of the previous ' +
        'page. 0: from the first one.',
    ),
    limit: pageSize,
    order: z.enum(['asc', 'desc']).default('asc').describe('`asc`: oldest first. `desc`: newest first.'),
    jobId: jobId.exactOptional().describe('Only what was moved for this job, as long as it is kept.'),
  }),
  answer: z.object({
    entries: z.array(
      z.object({
        sequence: count(Number.MAX_SAFE_INTEGER, 1).describe("Number in the account's ledger, from 1, without gaps."),
        type: z.enum(
          namesOf<MovementType>({ grant: true, reserve: true, return: true, commit: true, rollback: true }),
        ),
        amount: count(limits.credits, 1).describe('Credits.'),
        debit: bucket('Where they came from.'),
        credit: bucket('Where they went.'),
        jobId: z.string().nullable(),
        jobKind: z.string().nullable().describe('Null where there is no job, or it is not kept any more.'),
        jobType: z.string().nullable().describe('Of a job whose kind has types; else empty. Null as `jobKind`.'),
        note: z.string().nullable().describe('Why, for grants.'),
        at: time,
      }),
    ),
    nextAfter,
  }),
  example: {
    params: { id: 'mira' },
    query: { after: 0, limit: 50, order: 'asc' },
    answer: {
      entries: [
        {
          sequence: 1,
          type: 'grant',
          amount: 10,
          debit: 'granted',
          credit: 'available',
          jobId: null,
          jobKind: null,
          jobType: null,
          note: 'plan free',
          at: '2026-11-20T08:00:00.000Z',
        },
        {
          sequence: 2,
          type: 'reserve',
          amount: 3,
          debit: 'available',
          credit: 'reserved',
          jobId: '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41',
          jobKind: 'print',
          jobType: 'poster',
          note: null,
          at: '2026-11-22T09:30:00.000Z',
        },
      ],
      nextAfter: null,
    },
  },
});

function bucket(description: string) {
  return z
    .enum(namesOf<Bucket>({ granted: true, available: true, reserved: true, spent: true }))
    .describe(description);
}

export const showAccountDays = defineRoute({
  name: 'showAccountDays',
  method: 'GET',
  path: '/api/accounts/:id/days',
  auth: 'user',
  tag: 'Account',
  summary: "Show an account's last days",
  description:
    'What moved on each of the last days, today included, oldest first; days are in UTC. Your own, or anybody’s for ' +
    'an administrator.',
  params: byAccount,
  query: z.object({ days: count(366, 1).default(30).describe('So many days, today included.') }),
  answer: z.object({
    days: z.array(
      z.object({
        date: z.string().describe('`YYYY-MM-DD`'),
        granted: credits,
        held: credits.describe('Taken for jobs that were begun.'),
        spent: credits.describe('For what was delivered.'),
        returned: credits.describe('Held before, and not needed.'),
      }),
    ),
  }),
  example: {
    params: { id: 'mira' },
    query: { days: 2 },
    answer: {
      days: [
        { date: '2026-11-21', granted: 0, held: 0, spent: 0, returned: 0 },
        { date: '2026-11-22', granted: 10, held: 3, spent: 2, returned: 1 },
      ],
    },
  },
});

export const grantCredits = defineRoute({
  name: 'grantCredits',
  method: 'POST',
  path: '/api/accounts/:id/grants',
  auth: 'admin',
  tag: 'Administration',
  summary: 'Grant credits',
  description:
    'And, with `plan`, moves the account to that plan. Send an Idempotency-Key: a repeat grants nothing more.',
  params: byAccount,
  body: z
    .object({
      credits: credits.describe('0 only together with `plan`.'),
      plan: plan.exactOptional(),
      note: line(limits.noteLength).exactOptional().describe('Kept in the ledger.'),
    })
    .refine((body) => body.credits > 0 || body.plan !== undefined, {
      path: ['credits'],
      error: 'must be at least 1 unless a plan is given',
    }),
  answer: account,
  idempotent: true,
  example: {
    params: { id: 'mira' },
    body: { credits: 500, plan: 'pro', note: 'invoice 2026-0117' },
    answer: { ...exampleAccount, plan: 'pro', credits: 506, granted: 510, maxActiveJobs: 3, maxRuleSlots: 20 },
  },
});

export const accountRoutes = table(me, showAccount, listLedger, showAccountDays, grantCredits);

export const listAccounts = defineRoute({
  name: 'listAccounts',
  method: 'GET',
  path: '/api/accounts',
  auth: 'admin',
  tag: 'Administration',
  summary: 'List accounts',
  description: 'By user id. A user has an account from the first job or grant on.',
  query: z.object({
    prefix: userId.exactOptional().describe('Only those whose user ids begin with this.'),
    limit: pageSize,
    after: userId.exactOptional().describe('Return the accounts after this one: `nextAfter` of the previous page.'),
  }),
  answer: z.object({
    accounts: z.array(account.omit({ quotas: true })),
    nextAfter: userId.nullable().describe('Send it as `after` to get the next page; null on the last page.'),
  }),
  example: { query: { prefix: 'mi', limit: 50 }, answer: { accounts: [exampleAccount], nextAfter: null } },
});

const planLimits = z
  .object({
    startingCredits: credits.describe('Credits that a new account begins with.'),
    runningJobs: count(1_000_000).describe('Jobs that may hold a slot at once: from create until their end.'),
    ruleSlots: count(1_000).describe('Saved rules.'),
    failedItemsPerHour: count(1_000_000).describe('Items that may fail within an hour before no more jobs are taken.'),
  })
  .meta({ id: 'PlanLimits' });

const shownPlan = z
  .object({
    plan,
    limits: planLimits,
    shipped: planLimits.describe('What the plan has unless somebody changes it.'),
    updatedAt: time.nullable().describe('Null: nobody has changed it.'),
  })
  .meta({ id: 'Plan' });

const free = { startingCredits: 10, runningJobs: 1, ruleSlots: 2, failedItemsPerHour: 50 };
const examplePlan = {
  plan: 'free', limits: { ...free, runningJobs: 2 }, shipped: free, updatedAt: '2026-11-22T09:00:00.000Z',
} as const;

export const listPlans = defineRoute({
  name: 'listPlans',
  method: 'GET',
  path: '/api/plans',
  auth: 'user',
  tag: 'Account',
  summary: 'List plans',
  description: 'What accounts may, by their plan. How much is kept of them is configured (`QUOTA_JOBS`).',
  answer: z.object({ plans: z.array(shownPlan) }),
  example: { answer: { plans: [examplePlan] } },
});

export const putPlan = defineRoute({
  name: 'putPlan',
  method: 'PUT',
  path: '/api/plans/:plan',
  auth: 'admin',
  tag: 'Administration',
  summary: 'Change a plan',
  description:
    'Limits that are left out do not change. They hold on every server within two seconds, for what is begun from ' +
    'then on; credits for accounts that are opened then.',
  params: z.object({ plan }),
  body: z
    .object({
      startingCredits: planLimits.shape.startingCredits.exactOptional(),
      runningJobs: planLimits.shape.runningJobs.exactOptional(),
      ruleSlots: planLimits.shape.ruleSlots.exactOptional(),
      failedItemsPerHour: planLimits.shape.failedItemsPerHour.exactOptional(),
    })
    .refine((body) => Object.keys(body).length > 0, { error: 'must have at least one limit' }),
  answer: shownPlan,
  example: { params: { plan: 'free' }, body: { runningJobs: 2 }, answer: examplePlan },
});

/** Of a server whose accounts are in one place. */
export const accountListRoutes = table(listAccounts, listPlans, putPlan);
