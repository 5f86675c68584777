import { signal, type ReadonlySignal } from '@preact/signals';
import { ApiError } from '../../client/index.ts';
import type { EventRoutes } from '../../contract/events.ts';
import type { RouteAnswer } from '../../contract/route.ts';
import { api } from './api.ts';
import { isAway } from './away.ts';

/*
 * One stream a tab, whatever the page shows: browsers open six connections to a server at most. It carries what the
 * parts of the page that are on screen ask for together, is closed while the tab is hidden, and comes back by itself.
 * What happened in between is not sent again: every part loads its data anew (`missed`), which is a page of a list or
 * one job.
 */

export type LiveEvent = Exclude<RouteAnswer<EventRoutes['followEvents']>, { readonly type: 'EventsDropped' }>;

/** Which jobs: all that the user sees, or these. */
export type Topic = 'jobs' | { readonly jobId: string };

export interface LiveHandlers {
  readonly events: (events: readonly LiveEvent[]) => void;
  /** Something may have happened that was not sent. */
  readonly missed: () => void;
}

/** `lost`: nothing comes, since the time in `lostSince`; the server is asked again and again. */
export type Connection = 'off' | 'connecting' | 'live' | 'lost';

const state = signal<Connection>('off');
/** Milliseconds since 1970; null unless it is lost. */
const since = signal<number | null>(null);
export const connection: ReadonlySignal<Connection> = state;
export const lostSince: ReadonlySignal<number | null> = since;

interface Follower extends LiveHandlers {
  readonly topic: Topic;
}

const followers = new Set<Follower>();
/** What the open stream asks for. */
let asked = '';
let stream: AbortController | null = null;
let settling: ReturnType<typeof setTimeout> | undefined;

/** Waits for a page to be put together, whose parts come one by one. Milliseconds. */
const settleMs = 30;
const [firstPauseMs, longestPauseMs] = [500, 15_000];
/** Events that are given to followers at once: all of one frame. */
const mostAtOnce = 500;

/** Returns what ends it. */
export function followLive(topic: Topic, handlers: LiveHandlers): () => void {
  const follower = { topic, ...handlers };
  followers.add(follower);
  settle();
  return () => {
    followers.delete(follower);
    settle();
  };
}

/** After a login, and at its end. */
export function restartLive(): void {
  stream?.abort();
  stream = null;
  asked = '';
  settle();
}

document.addEventListener('visibilitychange', settle);

function settle(): void {
  clearTimeout(settling);
  settling = setTimeout(open, settleMs);
}

function open(): void {
  const wanted = document.hidden || isAway.peek() ? '' : topicsOf(followers);
  if (wanted === asked && (stream !== null || wanted === '')) return;
  stream?.abort();
  stream = null;
  asked = wanted;
  if (wanted === '') {
    state.value = 'off';
    since.value = null;
    return;
  }
  stream = new AbortController();
  void follow(wanted, stream.signal);
}

/** `*`, or the ids of jobs; empty: nothing. */
function topicsOf(all: ReadonlySet<Follower>): string {
  const ids = new Set<string>();
  for (const { topic } of all) {
    if (topic === 'jobs') return '*';
    ids.add(topic.jobId);
  }
  return [...ids].sort().join(',');
}

async function follow(topics: string, signal: AbortSignal): Promise<void> {
  state.value = 'connecting';
  const gather = gatherer();
  for (let pauseMs = firstPauseMs, isFirst = true; !signal.aborted; isFirst = false) {
    const onConnected = (): void => {
      if (signal.aborted) return;
      pauseMs = firstPauseMs;
      state.value = 'live';
      since.value = null;
      // The page has loaded its data a moment before the stream began.
      for (const follower of followers) follower.missed();
    };
    try {
      const query = topics === '*' ? {} : { job: topics };
      for await (const event of api().followEvents({ query: query as never }, { signal, retries: 0, onConnected })) {
        if (event.type === 'EventsDropped') for (const follower of followers) follower.missed();
        else gather(event as LiveEvent);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.code === 'unauthenticated') return lose();
    }
    if (signal.aborted) return;
    lose();
    await new Promise((resolve) => setTimeout(resolve, isFirst ? 0 : pauseMs));
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}

function lose(): void {
  state.value = 'lost';
  since.value ??= Date.now();
}

/** Hands on what came since the last frame, to those whom it concerns. */
function gatherer(): (event: LiveEvent) => void {
  let waiting: LiveEvent[] = [];
  const hand = (): void => {
    const events = waiting;
    waiting = [];
    for (const follower of followers) {
      const { topic } = follower;
      const its = topic === 'jobs' ? events : events.filter(({ jobId }) => jobId === topic.jobId);
      if (events.length > mostAtOnce) follower.missed();
      else if (its.length > 0) follower.events(its);
    }
  };
  return (event) => {
    if (waiting.length === 0) requestAnimationFrame(hand);
    // More than that is not kept: followers load anew.
    if (waiting.length <= mostAtOnce) waiting.push(event);
  };
}
