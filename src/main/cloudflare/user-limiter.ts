import { DurableObject } from 'cloudflare:workers';
import type { RequestContext } from '../../application/request.ts';
import { applyToAccount, type ToAccount } from '../../application/accounts/reservations.ts';
import {
  createAccounts, type AccountView, type Accounts, type LedgerQuery, type ShownEntry,
} from '../../application/accounts/accounts.ts';
import { ruleTable, type Rule } from '../../kinds/image-set/application/rule.ts';
import { createRules, type Rules } from '../../kinds/image-set/application/rules.ts';
import { ownerPrefixes } from '../../kinds/image-set/domain/keys.ts';
import { imageSet } from '../../kinds/image-set/domain/kind.ts';
import { imageSetQuotas } from '../../kinds/image-set/domain/quotas.ts';
import { reserveApart } from '../../kinds/image-set/application/begin-apart.ts';
import type { Begin, Submission } from '../../kinds/image-set/application/submit.ts';
import { createOwnerQuotas } from '../../application/quotas/quotas.ts';
import type { LedgerEntry, Reservation } from '../../domain/account/account.ts';
import type { AccountDay } from '../../domain/account/days.ts';
import { ok, type Result } from '../../domain/errors.ts';
import type { BillingEventRow } from '../../domain/job/history.ts';
import { writeBilling } from '../../stores/d1/history.ts';
import { AccountRows } from '../../stores/durable-object/account-rows.ts';
import { createAccountStore } from '../../stores/durable-object/account-store.ts';
import { createDurableObjectDriver } from '../../stores/durable-object/driver.ts';
import { lookAt } from '../../stores/durable-object/patience.ts';
import type { Bindings, DurableObjectContext } from './bindings.ts';
import type { AccountCalls } from './calls.ts';
import { createDurableHome, type DurableHome } from './durable-home.ts';
import { isolateOf } from './isolate.ts';
import { jobOf } from './others.ts';
import { mustHear, saying, type Said } from './said.ts';

/** A reservation without a job is given up when it is older than this. Creating one takes milliseconds. */
const orphanMs = 120_000;
/** One that has its job is looked at again when the job should have ended. */
const recheckMs = 26 * 3_600_000;
const grantsAtOnce = 200;
const idempotencyMs = 7 * 86_400_000;

/**
 * One user: the account with its reservations and ledger, the rules, and the Idempotency-Keys of submits. Since
 * all of a user's jobs reserve here, no two of them ever overdraw or exceed the slots.
 */
export class UserLimiterDO extends DurableObject<Bindings> implements AccountCalls {
  #rows!: AccountRows;
  readonly #home: DurableHome;
  readonly #accounts: Accounts;
  readonly #rules: Rules;
  readonly #reserve: Begin;
  /** How long Idempotency-Keys are remembered: no longer than their jobs. */
  readonly #keyMs: number;
  /** Held reservations that are known to have their job. */
  readonly #confirmed = new Set<string>();

  constructor(ctx: DurableObjectContext, env: Bindings) {
    super(ctx, env);
    const { config, objects } = isolateOf(env);
    this.#keyMs = Math.min(idempotencyMs, config.settings.keepWithObjectsMs ?? idempotencyMs);
    this.#home = createDurableHome(ctx, env, {
      open: (storage, onWrite) => {
        this.#rows = new AccountRows(createDurableObjectDriver(storage, onWrite));
        return createAccountStore(this.#rows);
      },
      isMade: () => this.#rows.head !== null,
      nextDue: (now) => this.#nextDue(now),
    });
    const { store, clock } = this.#home.deps;
    const quotas = createOwnerQuotas({
      store, kinds: new Map([[imageSet.name, imageSetQuotas]]), objects, ownerPrefixes, clock, changes: config.quotas,
    });
    const deps = { ...this.#home.deps, quotas };
    this.#reserve = reserveApart(deps);
    // The object has no jobs, and there is one kind of them.
    const what = { kind: imageSet.name, type: '' };
    this.#accounts = createAccounts({ ...deps, jobKinds: async (ids) => new Map(ids.map((id) => [id, what])) });
    this.#rules = createRules(deps);
  }

  reserve(context: RequestContext, submission: Submission): Promise<Said<string>> {
    return this.#saying('reserve', () => this.#reserve(context, submission));
  }

  apply(jobId: string, said: ToAccount): Promise<Said<Reservation>> {
    return this.#saying('apply', () => applyToAccount(this.#home.deps, jobId, said));
  }

  reservation(jobId: string): Promise<Said<Reservation | null>> {
    return this.#saying('reservation', async () => ok(this.#rows.reservation(jobId)));
  }

  forget(jobId: string): Promise<Said<null>> {
    return this.#saying('forget', async () => {
      this.#rows.forgetJob(jobId);
      return ok(null);
    });
  }

  jobIds(before: string | undefined, limit: number): Promise<Said<readonly string[]>> {
    return this.#saying('jobIds', async () => ok(this.#rows.jobIds(before, limit)));
  }

  openJobIds(): Promise<Said<readonly string[]>> {
    return this.#saying('openJobIds', async () => ok(this.#held.map(({ jobId }) => jobId)));
  }

  show(context: RequestContext, accountId: string): Promise<Said<AccountView>> {
    return this.#saying('show', () => this.#accounts.show(context, accountId));
  }

  async grant(
    context: RequestContext,
    accountId: string,
    input: Parameters<Accounts['grant']>[2],
  ): Promise<Said<AccountView>> {
    const granted = await this.#saying('grant', () => this.#accounts.grant(context, accountId, input));
    this.ctx.waitUntil(this.#sendGrants().catch(() => {}));
    return granted;
  }

  ledger(
    context: RequestContext,
    accountId: string,
    asked: LedgerQuery,
  ): Promise<Said<readonly ShownEntry[]>> {
    return this.#saying('ledger', () => this.#accounts.ledger(context, accountId, asked));
  }

  days(context: RequestContext, accountId: string, count: number): Promise<Said<readonly AccountDay[]>> {
    return this.#saying('days', () => this.#accounts.days(context, accountId, count));
  }

  listRules(context: RequestContext): Promise<Said<readonly Rule[]>> {
    return this.#saying('listRules', () => this.#rules.list(context));
  }

  createRule(context: RequestContext, input: Parameters<Rules['create']>[1]): Promise<Said<Rule>> {
    return this.#saying('createRule', () => this.#rules.create(context, input));
  }

  getRule(context: RequestContext, ruleId: string): Promise<Said<Rule>> {
    return this.#saying('getRule', () => this.#rules.get(context, ruleId));
  }

  updateRule(context: RequestContext, ruleId: string, changes: Parameters<Rules['update']>[2]): Promise<Said<Rule>> {
    return this.#saying('updateRule', () => this.#rules.update(context, ruleId, changes));
  }

  deleteRule(context: RequestContext, ruleId: string): Promise<Said<null>> {
    return this.#saying('deleteRule', () => this.#rules.delete(context, ruleId));
  }

  findRule(ruleId: string): Promise<Said<Rule | null>> {
    return this.#saying('findRule', async () => ok(await this.#home.deps.store.records.get(ruleTable, [ruleId])));
  }

  alarm(): Promise<void> {
    return this.#home.onAlarm(async () => {
      const now = this.#home.deps.clock.now();
      this.#rows.forgetKeys(now - this.#keyMs);
      // What one of them cannot do now holds up no other.
      const done = await Promise.allSettled([this.#giveUpOrphans(now), this.#sendGrants()]);
      for (const one of done) if (one.status === 'rejected') throw one.reason;
    });
  }

  get #held(): readonly Reservation[] {
    return this.#rows.head?.held ?? [];
  }

  /** Each reservation that has been held for a while must have its job. */
  async #giveUpOrphans(now: number): Promise<void> {
    for (const { jobId, createdAt } of this.#held) {
      if (createdAt > now - orphanMs) continue;
      const creation = await mustHear(jobOf(this.env, jobId).refuse(jobId));
      if (creation === 'created') {
        this.#confirmed.add(jobId);
        continue;
      }
      const reservation = this.#rows.reservation(jobId);
      if (reservation === null) continue;
      const { accountId } = reservation;
      const said: ToAccount = { type: 'settle-reservation', accountId, delivered: 0, failed: 0, outcome: 'rollback' };
      const given = await applyToAccount(this.#home.deps, jobId, said);
      this.#home.deps.logger.warn('a reservation without a job was given back', { jobId, given: given.ok });
    }
  }

  async #sendGrants(): Promise<void> {
    const grants = this.#rows.head?.grants.slice(0, grantsAtOnce) ?? [];
    const last = grants.at(-1);
    if (last === undefined) return;
    await writeBilling(this.env.DB, grants.map(toBillingEvent));
    this.#rows.grantsAreSent(last.sequence);
  }

  #nextDue(now: number): number | null {
    const { head } = this.#rows;
    if (head === null) return null;
    const dues = head.held.map(({ jobId, createdAt }) =>
      this.#confirmed.has(jobId) ? now + recheckMs : lookAt(createdAt + orphanMs, now),
    );
    const [grant] = head.grants;
    if (grant !== undefined) dues.push(lookAt(grant.at, now));
    if (head.oldestKeyAt !== null) dues.push(lookAt(head.oldestKeyAt + this.#keyMs + 1, now));
    return dues.length === 0 ? null : Math.min(...dues);
  }

  #saying<T>(what: string, use: () => Promise<Result<T>>): Promise<Said<T>> {
    return saying(this.#home.deps.logger, what, async () => {
      const result = await use();
      this.#home.keepAlarm();
      return result;
    });
  }
}

function toBillingEvent({ accountId, sequence, jobId, type, amount, at }: LedgerEntry): BillingEventRow {
  return { accountId, sequence, jobId, type, amount, occurredAt: at };
}
