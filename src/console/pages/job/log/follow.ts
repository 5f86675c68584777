import { useEffect, useMemo } from 'preact/hooks';
import { ApiError } from '../../../../client/index.ts';
import { api } from '../../../server/api.ts';
import { LogBuffer, mostLines, type Line } from './log-buffer.ts';

const pauseMs = 3_000;

/** The log of a job, followed while it is shown and the tab is visible. */
export function useLog(id: string): LogBuffer {
  const buffer = useMemo(() => new LogBuffer(), [id]);
  useEffect(() => {
    let stop = new AbortController();
    let last = 0;
    const start = (): void => {
      stop.abort();
      stop = new AbortController();
      if (document.hidden || buffer.hasEnded.peek()) return;
      void follow(id, buffer, stop.signal, last, (number) => (last = number));
    };
    start();
    document.addEventListener('visibilitychange', start);
    return () => {
      document.removeEventListener('visibilitychange', start);
      stop.abort();
    };
  }, [buffer]);
  return buffer;
}

async function follow(
  id: string,
  buffer: LogBuffer,
  signal: AbortSignal,
  after: number,
  onLine: (number: number) => void,
): Promise<void> {
  const gather = perFrame((lines: readonly Line[]) => buffer.add(lines), signal);
  for (let last = after; !signal.aborted;) {
    try {
      const query = last === 0 ? { tail: mostLines } : { after: last };
      for await (const event of api().followJobLogs({ params: { id }, query }, { signal, retries: 0 })) {
        if (event.type === 'line') {
          const { type: _, ...line } = event;
          onLine((last = line.number));
          gather(line);
        } else if (event.type === 'dropped') buffer.dropped.value += event.to - event.from + 1;
        else return void (buffer.hasEnded.value = true);
      }
      // 204: the job had ended, and there was nothing after the last line.
      return void (buffer.hasEnded.value = true);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && (error.code === 'not_found' || error.code === 'unauthenticated')) return;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Hands on what came since the last frame. */
function perFrame<T>(hand: (all: readonly T[]) => void, signal: AbortSignal): (one: T) => void {
  let waiting: T[] = [];
  return (one) => {
    if (waiting.length === 0) {
      requestAnimationFrame(() => {
        const all = waiting;
        waiting = [];
        if (!signal.aborted) hand(all);
      });
    }
    waiting.push(one);
  };
}
