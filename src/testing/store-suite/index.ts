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

/** `factory` is called for each test and gives it a store with nothing in it but `sampleTable`, empty. */
export function storeSuite(name: string, factory: () => Promise<StoreUnderTest>): void {
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
    describe('a commit', () => commitTests(context));
    describe('a commit in conflict', () => atomicityTests(context));
    describe('concurrent commits', () => concurrencyTests(context));
    describe('what owners use', () => usageTests(context));
    describe('stored objects of ended jobs', () => endedObjectTests(context));
    describe('events', () => eventTests(context));
    describe('the feed of events', () => feedTests(context));
    describe('accounts', () => accountTests(context));
    describe('records of declared tables', () => recordTests(context));
    describe('lists of jobs', () => listTests(context));
    describe('labels of jobs', () => labelTests(context));
    describe('places of jobs', () => placeTests(context));
    describe('counts of jobs', () => countTests(context));
    describe('overdue jobs', () => overdueTests(context));
    describe('the outbox', () => outboxTests(context));
    describe('message queues', () => queueTests(context));
    describe('the end of a message', () => queueEndTests(context));
    describe('history', () => historyTests(context));
    describe('API keys', () => tokenTests(context));
    describe('work', () => claimTests(context));
    describe('leases', () => leaseTests(context));
    describe('work that is assigned', () => assignmentTests(context));
    describe('admission of work', () => admissionTests(context));
    describe('rate limits of work', () => rateTests(context));
    describe('types of work', () => typeTests(context));
    describe('types that workers ask for', () => askedTypeTests(context));
    describe('workers', () => workerTests(context));
    describe('limits of work under load', () => underLoadTests(context));
    describe('logs', () => logTests(context));
    describe('sealed logs', () => sealedLogTests(context));
    describe('users', () => userTests(context));
    describe('counts of login attempts', () => attemptTests(context));
    describe('schedules', () => scheduleTests(context));
    describe('webhooks', () => webhookTests(context));
    describe('healing after a clock was ahead', () => healingTests(context));
    describe('retention', () => retentionTests(context));
    describe('retention of jobs', () => jobRetentionTests(context));
    describe('a store that was opened again', () => reopenTests(context));
    describe('the check of the store', () => checkTests(context));
  });
}
