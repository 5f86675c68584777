import type { WorkLimits } from '../../domain/job/work.ts';
import type { Admission } from '../../ports/store/work-store.ts';
import { readWorkKey, workKey } from '../../ports/store/work-key.ts';
import type { SqliteDriver } from './driver.ts';
import { WorkCounter } from './work-counts.ts';
import {
  firstFront, nextFrontAt, refreshDueFronts, refreshFront, TouchedKeys, type Front, type LineRow,
} from './work-fronts.ts';
import { limitedTypes, limitsOf } from './work-types.ts';

/*
 * Slots of a type or a key that are in use are its rows with `slot` that are ready or leased. A rate is kept by two
 * numbers: starts within its window, and rows that were let on and may start any moment. Their sum is never let above
 * the rate's count; a claim moves one from the second to the first, and only the passing of time or a row put anew
 * makes it less. What is counted is the start that is stored with the job (`startOf`), never before the row was let on:
 * so any window, half open, holds `count` starts at most. For take more than that, which all lie after x and not after
 * x + window, and of them the one that was let on last, at a time y not after its own start: at y each of the others
 * had begun, later than y - window, or was ready, and was counted. Starts later than `now` count too.
 */

/** Rows that one call moves at most, of those that are due and of those in the line each. */
const most = 1_000;

/** Reads alone, since it is asked often and mostly in vain; null when there may be something to move. */
export function idleAdmission(driver: SqliteDriver, now: number): Admission | null {
  const frees = [nextDue(driver), nextFrontAt(driver)];
  if (frees.some((at) => at !== null && at <= now)) return null;
  const types = typesInLine(driver);
  for (const type of types) {
    const { room, freeAt } = stateOf(driver, type, now);
    if (room > 0 && nextOf(firstFront(driver, type), firstBare(driver, type)) !== null) return null;
    frees.push(freeAt);
  }
  return { types: [], waiting: types.length > 0, nextAt: earliest(frees) };
}

/** In a transaction. */
export function admit(driver: SqliteDriver, now: number): Admission {
  const counter = new WorkCounter();
  const ready = new Set<string>();
  const due = moveDue(driver, now, counter, ready);
  const looked = refreshDueFronts(driver, now, most);
  let hasMore = due === most || looked === most;
  const frees: (number | null)[] = [];
  let budget = most;
  for (const type of typesInLine(driver)) {
    const state = stateOf(driver, type, now);
    const wanted = Math.min(state.room, budget);
    const admitted = letOn(driver, state, wanted);
    if (admitted > 0) ready.add(type);
    counter.move(type, 'queued', 'ready', admitted);
    budget -= admitted;
    if (admitted === state.room) frees.push(stateOf(driver, type, now).freeAt);
    else if (admitted === wanted) hasMore = true;
  }
  counter.write(driver);
  const waiting = typesInLine(driver).length > 0;
  frees.push(nextDue(driver), nextFrontAt(driver));
  return { types: [...ready], waiting, nextAt: hasMore ? now : earliest(frees) };
}

const selectDue = `SELECT id, kind, type, concurrency_key FROM job_rows WHERE stage = 'scheduled' AND due_at <= ?
  ORDER BY due_at LIMIT +?`;

interface DueRow {
  id: string;
  kind: string;
  type: string;
  concurrency_key: string;
}

const moveOn = 'UPDATE job_rows SET stage = ?, slot = ? WHERE id = ?';

/** A row that is due takes its stage by the limits of now. Returns how many there were. */
function moveDue(driver: SqliteDriver, now: number, counter: WorkCounter, ready: Set<string>): number {
  const rows = driver.all<DueRow>(selectDue, [now, most]);
  const limited = limitedTypes(driver);
  const touched = new TouchedKeys();
  for (const { id, kind, type: name, concurrency_key } of rows) {
    const type = workKey(kind, name);
    const slot = concurrency_key !== '' || limited(type);
    const stage = slot ? 'queued' : 'ready';
    driver.run(moveOn, [stage, slot ? 1 : 0, id]);
    counter.move(type, 'scheduled', stage, 1);
    if (slot) touched.add(type, concurrency_key);
    else ready.add(type);
  }
  touched.refresh(driver, now);
  return rows.length;
}

function nextDue(driver: SqliteDriver): number | null {
  const select = "SELECT min(due_at) AS due FROM job_rows WHERE stage = 'scheduled'";
  return driver.all<{ due: number | null }>(select)[0]?.due ?? null;
}

/** From one type to the next, however many rows stand between. */
const selectType = `SELECT kind, type FROM job_rows INDEXED BY work_line
  WHERE stage = 'queued' AND (kind, type) > (?, ?) ORDER BY kind, type LIMIT 1`;

function typesInLine(driver: SqliteDriver): string[] {
  const types: string[] = [];
  for (let after = ['', '']; ;) {
    const [next] = driver.all<{ kind: string; type: string }>(selectType, after);
    if (next === undefined) return types;
    types.push(workKey(next.kind, next.type));
    after = [next.kind, next.type];
  }
}

/** How much room a type's limits leave now. */
interface TypeState {
  readonly type: string;
  readonly limits: WorkLimits;
  readonly now: number;
  /** 0 or more; may be infinite. */
  readonly room: number;
  /** When its rate has room again; null when it is not the rate that lacks it. */
  readonly freeAt: number | null;
}

const selectSlots = `SELECT count(*) AS used, count(*) FILTER (WHERE stage = 'ready') AS ready FROM job_rows
  WHERE slot = 1 AND stage IN ('ready', 'leased') AND kind = ? AND type = ?`;
const countStarts = 'SELECT count(*) AS starts FROM work_starts WHERE type = ? AND at > ?';
const selectStart = 'SELECT at FROM work_starts WHERE type = ? AND at > ? ORDER BY at LIMIT 1 OFFSET ?';

function stateOf(driver: SqliteDriver, type: string, now: number): TypeState {
  const limits = limitsOf(driver, type);
  const { paused, maxRunning, rate } = limits;
  if (paused) return { type, limits, now, room: 0, freeAt: null };
  if (maxRunning === null && rate === null) return { type, limits, now, room: Number.POSITIVE_INFINITY, freeAt: null };
  const [slots] = driver.all<{ used: number; ready: number }>(selectSlots, ofType(type));
  const { used, ready } = slots ?? { used: 0, ready: 0 };
  const free = maxRunning === null ? Number.POSITIVE_INFINITY : Math.max(0, maxRunning - used);
  if (rate === null) return { type, limits, now, room: free, freeAt: null };
  const since = now - rate.windowMs;
  const starts = driver.all<{ starts: number }>(countStarts, [type, since])[0]?.starts ?? 0;
  const left = rate.count - starts - ready;
  if (left > 0) return { type, limits, now, room: Math.min(free, left), freeAt: null };
  // So many have to leave the window; those that have not begun leave it a window from now at the earliest.
  const [start] = driver.all<{ at: number }>(selectStart, [type, since, -left]);
  return { type, limits, now, room: 0, freeAt: (start?.at ?? now) + rate.windowMs };
}

const selectBare = `SELECT id, priority FROM job_rows
  WHERE stage = 'queued' AND kind = +? AND type = +? AND concurrency_key = '' ORDER BY priority DESC, id LIMIT 1`;

/** The first row without a key. */
function firstBare(driver: SqliteDriver, type: string): LineRow | null {
  return driver.all<LineRow>(selectBare, ofType(type))[0] ?? null;
}

function nextOf(front: Front | null, bare: LineRow | null): Front | LineRow | null {
  if (front === null || bare === null) return front ?? bare;
  return goesFirst(front, bare) ? front : bare;
}

/** Due from now on, so that a claim whose time is older does not count as a start before this. */
const letOnRow = "UPDATE job_rows SET stage = 'ready', due_at = max(due_at, ?) WHERE id = ?";

function ofType(key: string): [kind: string, type: string] {
  const { kind, type } = readWorkKey(key);
  return [kind, type];
}

/** Lets rows of the type on, at most so many, and returns how many; fewer when no other key has room. */
function letOn(driver: SqliteDriver, { type, limits, now }: TypeState, wanted: number): number {
  if (wanted === 0) return 0;
  let front = firstFront(driver, type);
  let bare = firstBare(driver, type);
  for (let count = 0; count < wanted; count++) {
    const next = nextOf(front, bare);
    if (next === null) return count;
    driver.run(letOnRow, [now, next.id]);
    if (next === bare) {
      bare = firstBare(driver, type);
    } else if (front !== null) {
      refreshFront(driver, type, front.concurrency_key, limits, now);
      front = firstFront(driver, type);
    }
  }
  return wanted;
}

/** The greater priority first, then the job that was made first. */
export function goesFirst(a: LineRow, b: LineRow): boolean {
  return a.priority === b.priority ? a.id < b.id : a.priority > b.priority;
}

export function longestWindow({ rate, ratePerKey }: WorkLimits): number {
  return Math.max(rate?.windowMs ?? 0, ratePerKey?.windowMs ?? 0);
}

function earliest(times: readonly (number | null)[]): number | null {
  return times.reduce((least, at) => (at === null ? least : least === null ? at : Math.min(least, at)), null);
}
