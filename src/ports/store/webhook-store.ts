/** Outgoing webhooks: deliveries with their attempts, endpoints that are disabled, and the owners' secrets. */
export interface WebhookStore {
  /** One that is there already stays as it is. */
  put(deliveries: readonly StoredDelivery[]): Promise<void>;
  /**
   * Pending ones that are due and free, now leased until `now + leaseMs`: of each owner in turn, within the shares, the
   * longest due first. Each may be sent at once. Leases of all senders count, those that ran out do not.
   */
  claim(options: ClaimDeliveries): Promise<DeliveryClaim>;
  /**
   * The attempt that a claim led to, and what the delivery is after it: `{ ...claimed, state, dueAt, endedAt }`. False,
   * and nothing is changed, if the lease was granted again or its attempt is recorded already.
   */
  record(delivery: ClaimedDelivery, attempt: DeliveryAttempt): Promise<boolean>;
  get(id: string): Promise<StoredDelivery | null>;
  /** The newest 100, oldest first. */
  attempts(id: string): Promise<readonly DeliveryAttempt[]>;
  /** Newest first, older than the id `before`; null owner: everybody's. Limit 1 to 1,000. */
  list(filter: {
    readonly ownerId: string | null;
    readonly jobId?: string;
    readonly state?: DeliveryState;
    readonly before?: string;
    readonly limit: number;
  }): Promise<readonly ListedDelivery[]>;
  /**
   * Makes a delivery that is over pending again, due at `at`, with its attempts counted from the start. False when
   * there is none that is over.
   */
  replay(id: string, at: number): Promise<boolean>;
  /**
   * Pending ones that are due later than they can be come from a clock that was ahead: what nobody has tried is due by
   * now, what is leased within `leaseMs`, and another attempt within `maxPauseMs`. Returns how many there were.
   */
  heal(options: { readonly now: number; readonly leaseMs: number; readonly maxPauseMs: number }): Promise<number>;
  /** When the next pending one is due or its lease ends, later than `after`; null when there is none. */
  nextDueAt(after: number): Promise<number | null>;
  disabledAt(ownerId: string, url: string): Promise<number | null>;
  /** Null: enables it. Of an owner the newest 1,000 are kept. */
  setDisabled(ownerId: string, url: string, at: number | null): Promise<void>;
  /** By URL; at most 1,000. */
  disabled(ownerId: string): Promise<readonly { readonly url: string; readonly disabledAt: number }[]>;
  /** Newest first: the first one signs, the others sign too while they last. Empty when there is none. */
  secrets(ownerId: string, now: number): Promise<readonly StoredWebhookSecret[]>;
  /**
   * Adds one; those before it end at `othersUntil` at the latest. `onlyFirst`: nothing happens when there is one that
   * lasts at `now`.
   */
  addSecret(
    secret: StoredWebhookSecret,
    options: { readonly now: number; readonly othersUntil: number; readonly onlyFirst: boolean },
  ): Promise<void>;
}

/** Endpoints of one owner that are known to be disabled. */
export const maxDisabled = 1_000;

export const deliveryStates = ['pending', 'delivered', 'failed', 'disabled'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export interface StoredDelivery {
  /** UUIDv7; the `webhook-id` that receivers see, the same in every attempt. */
  readonly id: string;
  /** Empty: it is about no job. */
  readonly jobId: string;
  readonly ownerId: string;
  readonly url: string;
  /** "job.completed". */
  readonly eventType: string;
  /** The exact bytes that are signed and sent, as text. */
  readonly body: string;
  /** Of the span in which its job was submitted, or of the request for it; null: none is known. */
  readonly traceparent: string | null;
  readonly state: DeliveryState;
  /** Attempts since it was made or replayed. A claim counts one. */
  readonly attempt: number;
  /** When it is tried next, or its lease ends; null when it is over. */
  readonly dueAt: number | null;
  readonly createdAt: number;
  readonly endedAt: number | null;
}

/** Lists have no bodies: each may be large. */
export type ListedDelivery = Omit<StoredDelivery, 'body' | 'traceparent'>;

export interface ClaimDeliveries {
  readonly now: number;
  readonly leaseMs: number;
  /** 1 to 1,000. */
  readonly limit: number;
  /** The owner whose turn it was last (`DeliveryClaim.after`); empty at first. Owners have their turns by their ids. */
  readonly after: string;
  readonly shares: DeliveryShares;
  /** Receivers that have not answered lately: one owner's share one small place. At most 1,000. */
  readonly silent: readonly DeliveryReceiver[];
}

/** How many may be leased at once. */
export interface DeliveryShares {
  readonly perOwner: number;
  /** Of all owners. */
  readonly perHost: number;
  readonly perOwnerAndHost: number;
  /** To all of an owner's silent receivers together. */
  readonly perOwnerSilent: number;
}

export interface DeliveryReceiver {
  readonly ownerId: string;
  readonly host: string;
}

export interface DeliveryClaim {
  /** In the order of their turns. */
  readonly deliveries: readonly ClaimedDelivery[];
  readonly after: string;
  /** Whether every owner had a turn, or the limit was reached; else another claim goes on from `after`. */
  readonly isWhole: boolean;
}

/** A delivery that this caller has the lease of. */
export interface ClaimedDelivery extends StoredDelivery {
  /** The lease's own number, of all leases of the delivery (fencing). */
  readonly token: number;
}

export interface DeliveryAttempt {
  readonly at: number;
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
  /** What went wrong, for people; null when nothing did. */
  readonly error: string | null;
  /** How the answer's body begins; null when there was no answer. */
  readonly body: string | null;
  readonly durationMs: number;
}

export interface StoredWebhookSecret {
  readonly ownerId: string;
  /** `whsec_` and base64. */
  readonly secret: string;
  readonly createdAt: number;
  /** Null: until another one is made. */
  readonly expiresAt: number | null;
}

const maxHostLength = 255;

/** Host and port as shares go by them; no name is longer. */
export function hostOf(url: string): string {
  const host = URL.canParse(url) ? new URL(url).host : '';
  return host.replace(/\.(?=:\d+$|$)/, '').slice(0, maxHostLength);
}
