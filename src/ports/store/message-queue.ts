/**
 * Durable queues of job messages for workers from outside, in the shape of pull consumers:
 * a pull leases messages for a while, an acknowledged one is gone, one whose lease runs out is
 * delivered again with the next fencing token. At least once; the oldest due first.
 */
export interface MessageQueue {
  /**
   * Idempotent by queue and `messageId`: a message that is there, or was there and is not forgotten yet
   * (`Retention.purgeMessages`), is not put again.
   */
  put(queue: string, messages: readonly NewQueueMessage[]): Promise<void>;
  pull(queue: string, options: PullOptions): Promise<Pulled>;
  /**
   * False for each message whose lease is not (any longer) this one's. A lease that ran out counts until the
   * message is delivered again. An acknowledged message stays so: its own lease may say it again and hears true.
   */
  acknowledge(queue: string, leases: readonly MessageLease[]): Promise<readonly boolean[]>;
  /** Gives a message back, due in so long. False as above. */
  release(queue: string, lease: MessageLease, options: { readonly now: number; readonly delayMs: number }):
    Promise<boolean>;
  /** Counts lost deliveries from this one on: those before were not in vain. False as above. */
  forgive(queue: string, lease: MessageLease, now: number): Promise<boolean>;
  /** Prolongs the lease until `now + leaseMs`. False as above. */
  extend(queue: string, lease: MessageLease, options: { readonly now: number; readonly leaseMs: number }):
    Promise<boolean>;
  /**
   * Messages that are due, or whose leases end, farther ahead than they were put off for were stored by a clock that
   * was ahead: they are put off for as long from now. Returns how many.
   */
  heal(now: number): Promise<number>;
  /** Messages not acknowledged: free ones that are due now, and leased or delayed ones. */
  depth(queue: string, now: number): Promise<{ readonly ready: number; readonly held: number }>;
  /** Since when the free message that has been due longest is due; null when none is. */
  readySince(queue: string, now: number): Promise<number | null>;
}

export interface NewQueueMessage {
  /** Made by the sender: the job's id where a job has one message. */
  readonly messageId: string;
  readonly jobId: string;
  readonly availableAt: number;
}

export interface PullOptions {
  readonly now: number;
  readonly limit: number;
  readonly leaseMs: number;
  /** A message delivered so often without an acknowledgement is not delivered again, but reported. */
  readonly maxDeliveries: number;
}

export interface Pulled {
  readonly messages: readonly QueueMessage[];
  /** Messages that were delivered in vain once too often. They are gone from the queue. */
  readonly exhausted: readonly { readonly messageId: string; readonly jobId: string }[];
}

export interface MessageLease {
  readonly messageId: string;
  /** The fencing token of the delivery. */
  readonly token: number;
}

export interface QueueMessage extends MessageLease {
  readonly jobId: string;
  /** Which delivery this is, from 1. */
  readonly delivery: number;
  /**
   * How many deliveries before it were lost: their lease ran out, so that the worker died with the message or was cut
   * off. Counted from the start or from `forgive` on.
   */
  readonly lost: number;
  /** When the first of those was made; of this delivery where there is none. Milliseconds since 1970. */
  readonly since: number;
}
