/** The store cannot be reached now, so that nothing was asked of it. Trying again later may help. */
export class StoreUnreachable extends Error {
  override readonly name = 'StoreUnreachable';
}

/** The store went away before it answered: nobody knows whether what was written is stored. */
export class StoreAnswerLost extends Error {
  override readonly name = 'StoreAnswerLost';
}

/** Why a store that can be reached takes no writes. */
export type NotWritableReason = 'disk_full' | 'read_only' | 'disk_error';

/** The store takes no writes now, and has taken this one back; it may still be read. It mends without a restart. */
export class StoreNotWritable extends Error {
  override readonly name = 'StoreNotWritable';
  readonly reason: NotWritableReason;

  constructor(reason: NotWritableReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

export type StoreOutage = StoreUnreachable | StoreNotWritable | StoreAnswerLost;

const outages = [StoreUnreachable, StoreNotWritable, StoreAnswerLost];

/** The outage behind an error, wherever in the chain of causes it stands; null for any other error. */
export function outageBehind(error: unknown): StoreOutage | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (outages.some((sort) => cause instanceof sort)) return cause as StoreOutage;
  }
  return null;
}

/** Hears from a store how it is, so that an outage can be told once and not by everybody who runs into it. */
export interface StoreWatch {
  failed(outage: StoreOutage): void;
  /** After each success, so it costs nearly nothing. Only what was written shows that writes are taken (again). */
  worked(what: 'read' | 'write'): void;
}
