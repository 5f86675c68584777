/**
 * The contract of Store as tests: feed it a store and it says whether it keeps its word. It assumes
 * neither SQL nor one process nor that anything runs synchronously; web standards and vitest only,
 * so that it runs in the Workers runtime too.
 */
import { afterEach, beforeEach, describe } from 'vitest';
import { accountTests } from './accounts.ts';
import { askedTypeTests } from './asked-types.ts';
import { attemptTests } from './attempts.ts';
import { atomicityTests, commitTests } from './commits.ts';
import { concurrencyTests } from './concurrency.ts';
import type { Context, StoreUnderTest } from './context.ts';
import { reopenTests } from './durability.ts';
import { endedObjectTests } from './ended-objects.ts';
import { eventTests } from './events.ts';
import { feedTests } from './feed.ts';
import { healingTests } from './healing.ts';
import { historyTests } from './history.ts';
import { countTests, listTests, overdueTests } from './lists.ts';
import { labelTests } from './labels.ts';
import { logTests } from './logs.ts';
import { sealedLogTests } from './sealed-logs.ts';
import { measureTests } from './measures.ts';
import { outboxTests } from './outbox.ts';
import { placeTests } from './places.ts';
import { queueEndTests, queueTests } from './queue.ts';
import { recordTests } from './records.ts';
import { jobRetentionTests } from './retention.ts';
import { scheduleTests } from './schedules.ts';
import { checkTests, retentionTests, tokenTests } from './tokens.ts';
import { usageTests } from './usage.ts';
import { userTests } from './users.ts';
import { webhookTests } from './webhooks.ts';
import { assignmentTests } from './work-assignment.ts';
import { admissionTests, typeTests } from './work-limits.ts';
import { rateTests, underLoadTests } from './work-rates.ts';
import { claimTests, leaseTests } from './work.ts';
import { workerTests } from './workers.ts';

export type { StoreUnderTest } from './context.ts';
export { sampleTable } from './sample-table.ts';

/** What a store promises, by what it is about. */
const groups = {
  'a commit': commitTests,
  'a commit in conflict': atomicityTests,
  'concurrent commits': concurrencyTests,
  'what owners use': usageTests,
  'stored objects of ended jobs': endedObjectTests,
  events: eventTests,
  'the feed of events': feedTests,
  accounts: accountTests,
  'records of declared tables': recordTests,
  'lists of jobs': listTests,
  'labels of jobs': labelTests,
  'places of jobs': placeTests,
  'counts of jobs': countTests,
  'overdue jobs': overdueTests,
  'the outbox': outboxTests,
  'message queues': queueTests,
  'the end of a message': queueEndTests,
  history: historyTests,
  'API keys': tokenTests,
  work: claimTests,
  leases: leaseTests,
  'work that is assigned': assignmentTests,
  'admission of work': admissionTests,
  'rate limits of work': rateTests,
  'types of work': typeTests,
  'types that workers ask for': askedTypeTests,
  workers: workerTests,
  'what metrics say of the store': measureTests,
  'limits of work under load': underLoadTests,
  logs: logTests,
  'sealed logs': sealedLogTests,
  users: userTests,
  'counts of login attempts': attemptTests,
  schedules: scheduleTests,
  webhooks: webhookTests,
  'healing after a clock was ahead': healingTests,
  retention: retentionTests,
  'retention of jobs': jobRetentionTests,
  'a store that was opened again': reopenTests,
  'the check of the store': checkTests,
} satisfies Readonly<Record<string, (context: Context) => void>>;

export type StoreGroup = keyof typeof groups;

/**
 * `factory` is called for each test and gives it a store with nothing in it but `sampleTable`, empty. `only`: for a
 * store that differs from one that is tested by all in how it gets to its database alone.
 */
export function storeSuite(
  name: string,
  factory: () => Promise<StoreUnderTest>,
  only: readonly StoreGroup[] = Object.keys(groups) as StoreGroup[],
): void {
  describe(`${name}: the contract of stores`, () => {
    let under: StoreUnderTest;
    const context: Context = {
      get store() {
        return under.store;
      },
      get under() {
        return under;
      },
    };
    beforeEach(async () => {
      under = await factory();
    });
    afterEach(() => under.close());
    for (const group of only) describe(group, () => groups[group](context));
  });
}
