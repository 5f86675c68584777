import type pg from 'pg';
import { InvariantViolation } from '../../../domain/errors.ts';
import type { Call, Statement } from '../statement.ts';
import { MessageWriter } from './message-writer.ts';
import { formatOf, writeValue } from './values.ts';

/** What a statement returned. */
export interface Answer {
  readonly rows: readonly unknown[];
  /** Rows returned or changed. */
  readonly count: number;
}

export interface GroupOptions {
  /** Whether statements stay prepared in the session, under their names. */
  readonly named: boolean;
  /** The connection is given up when all has not been answered by then. Milliseconds. */
  readonly timeoutMs: number;
  readonly parserOf: (typeOid: number) => (text: string) => unknown;
}

/**
 * Statements for one connection of node-postgres, which are written at once and end with one Sync: PostgreSQL takes
 * them as one transaction, of which nothing is stored when one of them fails, unless it is a COMMIT that comes after.
 *
 * Sent one by one, each would have a socket write, a Sync and an answer to that of its own, which takes half of the
 * processor time of a commit. https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
export class Group implements pg.Submittable {
  /** Rejects as the first statement that failed does, or the connection. */
  readonly done: Promise<readonly Answer[]>;
  readonly query_timeout: number;
  /** node-postgres puts in its place what stops its timer. */
  callback: (error: unknown) => void = () => {};
  readonly #calls: readonly Call[];
  readonly #options: GroupOptions;
  readonly #plans: Plan[] = [];
  readonly #answers: Answer[] = [];
  #newlyPrepared: readonly Plan[] = [];
  #rows: unknown[] = [];
  /** The columns of the row before, as they were sent and as they were read. */
  #texts: (string | undefined)[] = [];
  #values: unknown[] = [];
  #settle: { resolve(answers: readonly Answer[]): void; reject(error: unknown): void };

  constructor(calls: readonly Call[], options: GroupOptions) {
    this.#calls = calls;
    this.#options = options;
    this.query_timeout = options.timeoutMs;
    const { promise, resolve, reject } = Promise.withResolvers<readonly Answer[]>();
    this.done = promise;
    this.#settle = { resolve, reject };
  }

  /** How many of the statements have been answered. */
  get answered(): number {
    return this.#answers.length;
  }

  /** Called by node-postgres once the connection is free. What it returns is handed to `handleError`. */
  submit(connection: object): InvariantViolation | null {
    const prepared = plansOf(connection);
    const fresh = new Map<string, Plan>();
    try {
      writer.reset();
      for (const { statement, values } of this.#calls) {
        const name = this.#options.named ? statement.name : '';
        const known = name === '' ? undefined : (fresh.get(name) ?? prepared.get(name));
        const plan = known?.isSure === true ? known : { name, isSure: true, columns: [], blank: {} };
        if (plan !== known) {
          writePreparation(name, statement, known !== undefined);
          fresh.set(name, plan);
        }
        this.#plans.push(plan);
        writeExecution(name, values);
      }
      writer.message('S');
    } catch (error) {
      return new InvariantViolation(`a value cannot be sent: ${(error as Error).message}`);
    }
    for (const plan of fresh.values()) if (plan.name !== '') prepared.set(plan.name, plan);
    this.#newlyPrepared = [...fresh.values()];
    (connection as { readonly stream: { write(bytes: Uint8Array): void } }).stream.write(writer.copy());
    return null;
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    const { parserOf } = this.#options;
    this.#plan.columns = fields.map(({ name, dataTypeID }) => ({ name, parse: parserOf(dataTypeID) }));
    this.#plan.blank = Object.fromEntries(fields.map(({ name }) => [name, null]));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const { columns, blank } = this.#plan;
    // One that grows column by column takes five times the room.
    const row = { ...blank };
    for (let index = 0; index < columns.length; index++) {
      const text = fields[index] ?? null;
      if (text === null) continue;
      row[columns[index]!.name] = this.#valueOf(index, text);
    }
    this.#rows.push(row);
  }

  /** Rows that follow each other have much in common, which is then read once and kept once. */
  #valueOf(index: number, text: string): unknown {
    if (this.#texts[index] === text) return this.#values[index];
    const value = this.#plan.columns[index]!.parse(text);
    // An object is each row's own.
    this.#texts[index] = typeof value === 'object' ? undefined : text;
    this.#values[index] = value;
    return value;
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    // `INSERT 0 5`, `UPDATE 5`, `BEGIN`.
    const count = Number(/\d+$/.exec(text)?.[0] ?? 0);
    this.#answers.push({ rows: this.#rows, count });
    this.#rows = [];
    this.#texts = [];
    this.#values = [];
  }

  handleReadyForQuery(): void {
    this.callback(null);
    this.#settle.resolve(this.#answers);
  }

  handleError(error: unknown): void {
    // Those after the one that failed were not prepared, and whether that one was is not known.
    const [failed, skipped] = [this.#plans[this.answered], this.#plans.slice(this.answered + 1)];
    for (const plan of this.#newlyPrepared) plan.isSure &&= plan !== failed && !skipped.includes(plan);
    this.callback(error);
    this.#settle.reject(error);
  }

  get #plan(): Plan {
    return this.#plans[this.answered]!;
  }
}

/** A statement that a session has prepared, and what its rows are read by. */
interface Plan {
  /** '': for this one time. */
  readonly name: string;
  /** False: the session may have it or not. */
  isSure: boolean;
  columns: readonly { readonly name: string; readonly parse: (text: string) => unknown }[];
  /** A row with nothing in it. */
  blank: Readonly<Record<string, unknown>>;
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

const sessions = new WeakMap<object, Map<string, Plan>>();

function plansOf(connection: object): Map<string, Plan> {
  const known = sessions.get(connection) ?? new Map<string, Plan>();
  sessions.set(connection, known);
  return known;
}

/** Everything is written in one turn, so one is enough for all connections. */
const writer = new MessageWriter();

/** `closeFirst`: there may be one of that name already; that there is none is no error. */
function writePreparation(name: string, { text }: Statement, closeFirst: boolean): void {
  const named = (): void => {
    writer.byte(statementKind);
    writer.name(name);
  };
  if (closeFirst) writer.message('C', named);
  writer.message('P', () => {
    writer.name(name);
    writer.name(text);
    writer.int16(0);
  });
  writer.message('D', named);
}

function writeExecution(name: string, values: Call['values']): void {
  writer.message('B', () => {
    writer.name('');
    writer.name(name);
    writer.int16(values.length);
    for (const value of values) writer.int16(formatOf(value));
    writer.int16(values.length);
    for (const value of values) writeValue(writer, value);
    // All results as text.
    writer.int16(0);
  });
  writer.message('E', () => {
    writer.name('');
    // All rows.
    writer.int32(0);
  });
}

/** That a name is that of a statement, not of a portal. */
const statementKind = 'S'.charCodeAt(0);
