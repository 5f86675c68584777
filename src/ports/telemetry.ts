/** What is counted beside what commits say. */
export interface Telemetry {
  /** A worker lost its lease on a job of this type: it was silent, or its time was over. */
  leaseLost(type: string): void;
  /** An attempt at a webhook was made: whether the receiver took it. */
  webhookAttempted(isDelivered: boolean): void;
}
