import { useEffect, useState } from 'preact/hooks';
import type { JobEventView } from '../../../contract/job-event.ts';
import type { ShownJob } from '../../page.ts';
import { api } from '../../server/api.ts';
import { followLive } from '../../server/live.ts';
import { throttled } from '../../server/load.ts';
import { serverUrl } from '../../shell/router.ts';

export interface JobData {
  readonly job: ShownJob;
  /** As the server sent it. */
  readonly text: string;
}

/** A job, and the very text of it. Throws ApiError. */
export async function loadJob(id: string, signal: AbortSignal): Promise<JobData> {
  const response = await fetch(`${serverUrl}/api/jobs/${encodeURIComponent(id)}`, { signal }).catch(() => null);
  // The client says what is wrong, and tries again where that may help.
  if (response === null || !response.ok) {
    const job = await api().getJob({ params: { id } }, { signal });
    return { job, text: JSON.stringify(job) };
  }
  const text = await response.text();
  const { data } = JSON.parse(text) as { readonly data: ShownJob };
  return { job: data, text };
}

/** Events of one job that a page holds. */
export const mostEvents = 2_000;
const pageSize = 200;
const throttleMs = 500;

export interface JobEvents {
  readonly events: readonly JobEventView[];
  /** There are more than are held. */
  readonly isCut: boolean;
  readonly isLoaded: boolean;
}

/** What happened to a job, oldest first, and what happens. */
export function useJobEvents(id: string): JobEvents {
  const [state, setState] = useState<JobEvents>({ events: [], isCut: false, isLoaded: false });
  useEffect(() => {
    const stop = new AbortController();
    let held: readonly JobEventView[] = [];
    let isReading = false;
    let isAsked = false;
    const read = async (): Promise<void> => {
      isAsked = true;
      if (isReading) return;
      isReading = true;
      while (isAsked && !stop.signal.aborted && held.length < mostEvents) {
        isAsked = false;
        const query = { after: held.at(-1)?.sequence ?? 0, limit: pageSize };
        const { events, nextAfter } = await api().listJobEvents({ params: { id }, query }, { signal: stop.signal });
        held = [...held, ...events];
        isAsked ||= nextAfter !== null;
      }
      isReading = false;
      if (!stop.signal.aborted) setState({ events: held, isCut: held.length >= mostEvents, isLoaded: true });
    };
    const again = throttled(() => void read().catch(() => (isReading = false)), throttleMs);
    again.call();
    const unfollow = followLive({ jobId: id }, { events: again.call, missed: again.call });
    return () => {
      stop.abort();
      again.cancel();
      unfollow();
    };
  }, [id]);
  return state;
}
