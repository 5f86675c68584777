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
import type { Reservation } from '../../domain/account/account.ts';
import type { AccountDay } from '../../domain/account/days.ts';
import { ok, type Result } from '../../domain/errors.ts';
import { writeBilling } from '../../stores/d1/history.ts';
import {
  purgeReservation, grantsAreSent, heldReservations, prepareReservations, reservationUsage, reservedJobIds,
  waitingGrants,
} from '../../stores/durable-object/reservations.ts';
import type { SqliteDriver } from '../../stores/sqlite/driver.ts';
import type { Bindings, DurableObjectContext } from './bindings.ts';
import type { AccountCalls } from './calls.ts';
import { edgeConfig } from './config.ts';
import { createDurableHome, type DurableHome } from './durable-home.ts';
import { accountParts } from './schema.ts';
import { createEdgeObjects } from './objects.ts';
import { mustHear, saying, type Said } from './said.ts';

/** A reservation without a job is given up when it is older than this. Creating one takes milliseconds. */
const orphanMs = 120_000;
/** How often a reservation that has its job is looked at again: a job lives a day or two at most. */
const recheckMs = 3_600_000;
const grantsRetryMs = 30_000;
const grantsAtOnce = 200;
const keysAtOnce = 500;
const idempotencyMs = 7 * 86_400_000;

/**
 * One user: the account with its reservations and ledger, the rules, and the Idempotency-Keys of submits. Since
 * all of a user's jobs reserve here, no two of them ever overdraw or exceed the slots.
 */
export class UserLimiterDO extends DurableObject<Bindings> implements AccountCalls {
  readonly #home: DurableHome;
  readonly #accounts: Accounts;
  readonly #rules: Rules;
  readonly #reserve: Begin;
  /** How long Idempotency-Keys are remembered: no longer than their jobs. */
  readonly #keyMs: number;

  constructor(ctx: DurableObjectContext, env: Bindings) {
    super(ctx, env);
    this.#home = createDurableHome(ctx, env, { parts: accountParts, deliverers: () => ({}), nextAlarm });
    const config = edgeConfig(env);
    this.#keyMs = Math.min(idempotencyMs, config.settings.keepWithObjectsMs ?? idempotencyMs);
    const { store, clock } = this.#home.deps;
    const quotas = createOwnerQuotas({
      store: { accounts: store.accounts, usage: reservationUsage(this.#home.driver, imageSet.name) },
      kinds: new Map([[imageSet.name, imageSetQuotas]]),
      objects: createEdgeObjects(config, env.R2), ownerPrefixes, clock, changes: config.quotas,
    });
    const deps = { ...this.#home.deps, quotas };
    this.#reserve = reserveApart(deps);
    // The object has no jobs, and there is one kind of them.
    const what = { kind: imageSet.name, type: '' };
    this.#accounts = createAccounts({ ...deps, jobKinds: async (ids) => new Map(ids.map((id) => [id, what])) });
    this.#rules = createRules(deps);
    prepareReservations(prepared(this.#home));
  }

  reserve(context: RequestContext, submission: Submission): Promise<Said<string>> {
    return this.#saying('reserve', () => this.#reserve(context, submission));
  }

  apply(jobId: string, said: ToAccount): Promise<Said<Reservation>> {
    return this.#saying('apply', () => applyToAccount(this.#home.deps, jobId, said));
  }

  reservation(jobId: string): Promise<Said<Reservation | null>> {
    return this.#saying('reservation', async () => ok(await this.#home.deps.store.accounts.reservation(jobId)));
  }

  forget(jobId: string): Promise<Said<null>> {
    return this.#saying('forget', async () => {
      purgeReservation(this.#home.driver, jobId);
      await this.#forgetKeys();
      return ok(null);
    });
  }

  jobIds(before: string | undefined, limit: number): Promise<Said<readonly string[]>> {
    return this.#saying('jobIds', async () => ok(reservedJobIds(this.#home.driver, before, limit)));
  }

  openJobIds(): Promise<Said<readonly string[]>> {
    return this.#saying('openJobIds', async () => ok(heldReservations(this.#home.driver).map(({ jobId }) => jobId)));
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
      const { deps } = this.#home;
      await this.#giveUpOrphans(deps.clock.now());
      await this.#forgetKeys();
      await this.#sendGrants();
    });
  }

  /** Each reservation that has been held for a while must have its job. */
  async #giveUpOrphans(now: number): Promise<void> {
    for (const { jobId, createdAt } of heldReservations(this.#home.driver)) {
      if (createdAt > now - orphanMs) continue;
      const creation = await mustHear(this.env.JOB_COORDINATOR.getByName(jobId).refuse(jobId));
      if (creation === 'created') continue;
      const reservation = await this.#home.deps.store.accounts.reservation(jobId);
      if (reservation === null) continue;
      const { accountId } = reservation;
      const said: ToAccount = { type: 'settle-reservation', accountId, delivered: 0, failed: 0, outcome: 'rollback' };
      const given = await applyToAccount(this.#home.deps, jobId, said);
      this.#home.deps.logger.warn('a reservation without a job was given back', { jobId, given: given.ok });
    }
  }

  async #forgetKeys(): Promise<void> {
    const { store, clock } = this.#home.deps;
    while ((await store.retention.purgeIdempotency(clock.now() - this.#keyMs, keysAtOnce)) === keysAtOnce);
  }

  async #sendGrants(): Promise<void> {
    const rows = waitingGrants(this.#home.driver, grantsAtOnce);
    const last = rows.at(-1);
    if (last === undefined) return;
    await writeBilling(this.env.DB, rows);
    grantsAreSent(this.#home.driver, last.sequence);
  }

  #saying<T>(what: string, use: () => Promise<Result<T>>): Promise<Said<T>> {
    return saying(this.#home.deps.logger, what, use);
  }
}

function prepared(home: DurableHome): SqliteDriver {
  home.prepare();
  return home.driver;
}

/** Set earlier when there is reason to, and left as it is otherwise: an alarm that rings in vain sets the next one. */
function nextAlarm(driver: SqliteDriver, alarm: number | null): number | null {
  const now = Date.now();
  const times = heldReservations(driver).map(({ createdAt }) => {
    const orphanedAt = createdAt + orphanMs;
    return orphanedAt > now ? orphanedAt : now + recheckMs;
  });
  if (waitingGrants(driver, 1).length > 0) times.push(now + grantsRetryMs);
  if (times.length === 0) return alarm;
  return Math.min(alarm ?? Number.POSITIVE_INFINITY, ...times);
}
