import { DurableObject } from 'cloudflare:workers';
import type { WebhookStore } from '../../../ports/store/webhook-store.ts';
import { createD1UserStore } from '../../../stores/d1/users.ts';
import { createDurableObjectDriver } from '../../../stores/durable-object/driver.ts';
import type { SqliteDriver } from '../../../stores/sqlite/driver.ts';
import { migrate } from '../../../stores/sqlite/migrate.ts';
import { nextDue } from '../../../stores/sqlite/next-due.ts';
import { createSqliteStore } from '../../../stores/sqlite/store.ts';
import { systemClock } from '../../node/world.ts';
import type { Bindings, DurableObjectContext } from '../bindings.ts';
import { isolateOf } from '../isolate.ts';
import { ObjectAlarm, withoutAhead } from '../object-alarm.ts';
import { cellOf } from '../others.ts';
import { Answers } from './answers.ts';
import { partOf } from './ask.ts';
import type { CellAnswer, CellCalls, Question, WebhookSecrets } from './calls.ts';
import { createCellPlatform } from './cell-platform.ts';
import { cellParts } from './cell-schema.ts';
import { createIdsOf, firstCell } from './place.ts';
import { createAccountLooks } from './plans.ts';
import { Rest } from './rest.ts';
import { Timers } from './timers.ts';
import { messageOf } from './webhook-queue.ts';

/**
 * A cell: a whole store with the application over it, and one thread. All questions that are over many jobs (whose turn
 * it is, what is limited, lists) are answered in it as on any server.
 */
export class CellDO extends DurableObject<Bindings> implements CellCalls {
  readonly #rest: Rest;
  readonly #answers: Answers;
  readonly #alarm: ObjectAlarm;

  constructor(ctx: DurableObjectContext, env: Bindings) {
    super(ctx, env);
    const { config, logger, objects } = isolateOf(env);
    const timers = new Timers();
    this.#alarm = new ObjectAlarm(ctx.storage);
    const driver = createDurableObjectDriver(ctx.storage, () => this.#rest.wrote());
    this.#rest = new Rest({ timers, alarm: this.#alarm, nextDue: () => nextDue(driver) });
    const parts = cellParts.map(({ name }) => name);
    const cell = numberOf(ctx, driver);
    const store = withoutAhead(createSqliteStore(driver, { name: 'durable-object', parts, newer: 'served' }));
    const secrets = partOf(() => cellOf(env, firstCell), 'secrets');
    const platform = createCellPlatform({
      config, logger, objects,
      store: cell === firstCell ? store : { ...store, webhooks: withSecrets(store.webhooks, secrets) },
      users: createD1UserStore(env.DB),
      accounts: createAccountLooks(env),
      ids: createIdsOf(cell, systemClock),
      handOver: async (delivery) => void (await env.WEBHOOK_QUEUE.send(messageOf(cell, delivery))),
      wakeUp: timers.wakeUp,
    });
    this.#answers = new Answers(platform.parts, logger);
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.read();
      migrate(driver, cellParts, 'served');
      for (const service of platform.services) service.start();
    });
  }

  async ask(question: Question): Promise<CellAnswer> {
    this.#rest.enter();
    try {
      return await this.#answers.to(question);
    } finally {
      this.#rest.leave();
    }
  }

  async abort(key: string): Promise<void> {
    this.#answers.abort(key);
  }

  alarm(): Promise<void> {
    this.#alarm.rang();
    return this.#rest.rang();
  }
}

/**
 * The object's name is its cell's number. It is kept, since an object that its alarm wakes may not be told its name.
 */
function numberOf({ id: { name } }: DurableObjectContext, driver: SqliteDriver): number {
  const isKept = driver.all("SELECT 1 FROM sqlite_master WHERE name = 'cell'").length > 0;
  const [kept] = isKept ? driver.all<{ number: number }>('SELECT number FROM cell') : [];
  if (kept !== undefined) return kept.number;
  const number = Number(name ?? '');
  if (!Number.isInteger(number) || number < 1) throw new Error(`a cell's name is its number, not "${name ?? ''}"`);
  driver.transaction(() => {
    driver.exec('CREATE TABLE cell (number INTEGER NOT NULL) STRICT');
    driver.run('INSERT INTO cell (number) VALUES (?)', [number]);
  });
  return number;
}

function withSecrets(webhooks: WebhookStore, { secrets, addSecret }: WebhookSecrets): WebhookStore {
  return { ...webhooks, secrets, addSecret };
}
