import type { TimeStep } from '../domain/time/deadline.ts';

/** What the rules need of the world besides storage. */

export interface Clock {
  /** Milliseconds since 1970-01-01T00:00Z. */
  now(): number;
  /** False while it is not sure what time it is: nothing is to be taken away then because its time is over. */
  settled?(): boolean;
  /** Milliseconds from anywhere that never go back, for how long somebody waits. Absent: it is `now`. */
  elapsed?(): number;
  /**
   * Up to which it is certain that time has gone: behind `now` for a while after the clock beneath has leapt ahead.
   * What is deleted for good because its time is over goes by this. Absent: it is `now`.
   */
  certain?(): number;
  /** Calls back whenever the time was set, so that it is another one than time went on to. */
  onStep?(listener: (step: TimeStep) => void): void;
}

/** As `Clock.elapsed`. */
export function elapsedTime(clock: Clock): number {
  return clock.elapsed?.() ?? clock.now();
}

/** As `Clock.certain`. */
export function certainTime(clock: Clock): number {
  return clock.certain?.() ?? clock.now();
}

export interface Ids {
  /** A UUIDv7 (RFC 9562): sortable by creation, 74 random bits. Lower case. */
  uuid(): string;
}

/** Structured log; one JSON line per call. Fields never hold secrets. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
