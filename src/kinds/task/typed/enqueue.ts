import { ApiError, jsonOf } from '../../../client/index.ts';
import { textFits } from '../../../contract/sizes.ts';
import type { TaskDefinition } from './definition.ts';
import { submissionsOf, type RunOptions } from './runs.ts';
import type { InputOf, Schema } from './schema.ts';

export interface EnqueueOptions extends Omit<RunOptions, 'idempotencyKey' | 'signal'> {
  /** Who owns the task; "admin" unless given. */
  readonly owner?: string;
  /** A UUID; a new one unless given. The same one cannot be stored twice. */
  readonly id?: string;
  /** Where Waybill's tables are, where the connection does not find them by its search path. */
  readonly schema?: string;
}

/** One INSERT, for a transaction of your own. There will be a task if the transaction is committed, and only then. */
export interface Enqueued {
  /** Of the task to be: `runOf` waits for it once the transaction is committed. */
  readonly id: string;
  /** For node-postgres, as it is: `client.query(enqueued)`. */
  readonly text: string;
  readonly values: [id: string, owner: string, body: string];
  /** For tags such as those of Drizzle, Kysely, Prisma and postgres.js: `sql(...enqueued.template)`. */
  readonly template: [strings: TemplateStringsArray, id: string, owner: string, body: string];
}

/** What servers take of a row. */
const maxBytes = 1024 ** 2;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The statement that stores a task with what else your transaction stores, in a database that Waybill has its tables
 * in. The data is checked first; what else a server may refuse, it refuses later.
 *
 * @throws {ApiError} `invalid_request` with the fields that do not fit
 * @throws {TypeError} when an option is wrong
 */
export async function enqueue<I extends Schema<any, any>, O extends Schema<any, any>>(
  definition: TaskDefinition<I, O>, data: InputOf<I>, options: EnqueueOptions = {},
): Promise<Enqueued> {
  const { owner = 'admin', id = crypto.randomUUID(), schema, ...more } = options;
  if (!uuid.test(id)) throw new TypeError(`${JSON.stringify(id)} is no UUID in lower case`);
  if (!/^[A-Za-z0-9._@:|+=~-]{1,128}$/.test(owner)) throw new TypeError(`${JSON.stringify(owner)} is no user id`);
  const [submission] = await submissionsOf(definition, [data], more);
  const body = jsonOf(submission);
  if (!textFits(body, maxBytes)) {
    throw new ApiError('invalid_request', `The task has more than ${maxBytes} bytes of JSON.`);
  }
  const table = schema === undefined ? 'job_requests' : `"${schema.replaceAll('"', '""')}".job_requests`;
  const parts = [`INSERT INTO ${table} (id, owner_id, body) VALUES (`, ', ', ', ', '::json)'];
  const strings = Object.assign(parts, { raw: parts }) as unknown as TemplateStringsArray;
  return {
    id, values: [id, owner, body], template: [strings, id, owner, body],
    text: `${parts[0]}$1, $2, $3${parts[3]}`,
  };
}
