/** Whose pages may call the server, as ALLOWED_ORIGINS of every target has it. */
export const allowedOrigin = 'https://shop.example';

/** How many sets of photos are kept for an owner, as QUOTA_JOBS of every target has it. */
export const storedSetsOfFree = 20;

export type Row = Readonly<Record<string, unknown>>;

/** A started server, whatever runs it: the same tests are run against each. */
export interface Target {
  readonly name: string;
  readonly url: string;
  /** Of a server that workers speak to: another one where there are two. */
  readonly workerUrl: string;
  readonly callbackSecret: string;
  /** The message that was sent for the job, taken off the queue; fails after some seconds. */
  takeMessage(jobId: string): Promise<QueueMessage>;
  /** How many messages were sent for the job, once whatever is under way has gone out. */
  countMessages(jobId: string): Promise<number>;
  /** The rows of each statement, for who looks into the database itself. */
  query(...statements: string[]): Promise<readonly Row[][]>;
  close(): Promise<void>;
}

export interface QueueMessage {
  job_id: string;
  user_id: string;
  preset: string;
  concepts: Record<string, { action: string; value: string }>;
  protect: string[];
  items: {
    idx: number;
    input_key: string;
    input_url: string;
    output_key: string;
    output_url: string;
    preview_key: string;
    preview_url: string;
    input_preview_key: string;
    input_preview_url: string;
  }[];
  callback_url: string;
  callbacks_url: string;
  idempotency_prefix: string;
  batch_concurrency: number;
  output_template?: string;
}
