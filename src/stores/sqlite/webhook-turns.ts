import type { ClaimDeliveries, DeliveryClaim } from '../../ports/store/webhook-store.ts';
import type { SqliteDriver } from './driver.ts';
import { maxOwners, ownersInTurn } from './owner-turns.ts';

/** Owners that have a turn in one claim. */
const maxDueOwners = 64;
/** Rows of one owner that are looked at, and of those the ones whose host has room. */
const maxLooked = 10_000;
const maxFound = 200;

const selectLeased = `SELECT owner_id AS ownerId, host, count(*) AS count FROM webhook_deliveries
  WHERE leased = 1 AND owner_id >= '' AND due_at > ? GROUP BY owner_id, host`;
const owners = ownersInTurn('webhook_deliveries', 'webhook_deliveries_turn', "state = 'pending'");
const selectFound = `SELECT id, host FROM (
    SELECT id, host FROM webhook_deliveries INDEXED BY webhook_deliveries_turn
    WHERE state = 'pending' AND owner_id = ? AND due_at <= ? ORDER BY due_at, id LIMIT ${maxLooked}
  ) WHERE host NOT IN (SELECT value FROM json_each(?)) LIMIT ${maxFound}`;

interface Found {
  readonly id: string;
  readonly ownerId: string;
  readonly host: string;
}

/** What is to be claimed, in the order of turns. */
export function chooseDeliveries(
  driver: SqliteDriver,
  options: ClaimDeliveries,
): Omit<DeliveryClaim, 'deliveries'> & { readonly ids: readonly string[] } {
  const { now, limit, after } = options;
  const leased = driver.all<{ ownerId: string; host: string; count: number }>(selectLeased, [now]);
  const room = new Room(options, leased);
  const looked = owners(driver, after, now);
  const due = looked.filter(({ ownerId, due: isDue }) => isDue === 1 && room.ofOwner(ownerId) > 0);
  const inTurn = due.slice(0, maxDueOwners);
  const found = inTurn.flatMap(({ ownerId }, position) =>
    findOf(driver, ownerId, now, room).map((row, index) => ({ ...row, position, turn: room.usedBy(ownerId) + index })),
  );
  found.sort((a, b) => a.turn - b.turn || a.position - b.position);
  const chosen = found.filter(({ host }) => room.takeAt(host)).slice(0, limit);
  const isFull = chosen.length === limit;
  const lastLooked = due.length > maxDueOwners ? inTurn.at(-1) : looked.at(-1);
  return {
    ids: chosen.map(({ id }) => id),
    after: (isFull ? chosen.at(-1) : lastLooked)?.ownerId ?? after,
    isWhole: isFull || (due.length <= maxDueOwners && looked.length < maxOwners),
  };
}

/** As many as the owner's shares have room for, the longest due first. */
function findOf(driver: SqliteDriver, ownerId: string, now: number, room: Room): Found[] {
  const full = JSON.stringify(room.fullFor(ownerId));
  const rows = driver.all<{ id: string; host: string }>(selectFound, [ownerId, now, full]);
  const lanes = room.lanesOf(ownerId);
  const found = rows.filter(({ host }) => lanes.take(host)).slice(0, room.ofOwner(ownerId));
  return found.map((row) => ({ ...row, ownerId }));
}

/** What the shares leave. All silent receivers of an owner are one lane, each other host is one of its own. */
class Room {
  readonly #options: ClaimDeliveries;
  readonly #byOwner = new Map<string, Map<string, number>>();
  readonly #byHost = new Map<string, number>();
  readonly #silent = new Map<string, Set<string>>();

  constructor(options: ClaimDeliveries, leased: readonly { ownerId: string; host: string; count: number }[]) {
    this.#options = options;
    for (const { ownerId, host, count } of leased) {
      const hosts = this.#byOwner.get(ownerId) ?? new Map<string, number>();
      this.#byOwner.set(ownerId, hosts.set(host, count));
      this.#byHost.set(host, (this.#byHost.get(host) ?? 0) + count);
    }
    for (const { ownerId, host } of options.silent) {
      this.#silent.set(ownerId, (this.#silent.get(ownerId) ?? new Set()).add(host));
    }
  }

  usedBy(ownerId: string): number {
    return sum(this.#byOwner.get(ownerId)?.values() ?? []);
  }

  ofOwner(ownerId: string): number {
    return Math.max(0, this.#options.shares.perOwner - this.usedBy(ownerId));
  }

  /** Whether there is a place at the host, which is then taken. */
  takeAt(host: string): boolean {
    const used = this.#byHost.get(host) ?? 0;
    if (used >= this.#options.shares.perHost) return false;
    this.#byHost.set(host, used + 1);
    return true;
  }

  /** Hosts that the owner may send nothing to now. */
  fullFor(ownerId: string): string[] {
    const lanes = this.lanesOf(ownerId);
    const hosts = [...this.#byHost].filter(([, used]) => used >= this.#options.shares.perHost).map(([host]) => host);
    const ofOwner = [...(this.#byOwner.get(ownerId)?.keys() ?? []), ...(this.#silent.get(ownerId) ?? [])];
    return [...hosts, ...ofOwner.filter((host) => lanes.room(host) <= 0)];
  }

  lanesOf(ownerId: string): { room(host: string): number; take(host: string): boolean } {
    const { perOwnerAndHost, perOwnerSilent } = this.#options.shares;
    const silent = this.#silent.get(ownerId);
    const laneOf = (host: string): string => (silent?.has(host) ? '' : host);
    const used = new Map<string, number>();
    const add = (host: string, count: number): unknown => used.set(laneOf(host), (used.get(laneOf(host)) ?? 0) + count);
    for (const [host, count] of this.#byOwner.get(ownerId) ?? []) add(host, count);
    const room = (host: string): number =>
      (laneOf(host) === '' ? perOwnerSilent : perOwnerAndHost) - (used.get(laneOf(host)) ?? 0);
    return { room, take: (host) => room(host) > 0 && add(host, 1) !== null };
  }
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((all, count) => all + count, 0);
}
