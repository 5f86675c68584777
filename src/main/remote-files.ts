import type { FetchedFile, RemoteFiles } from '../ports/remote-files.ts';
import { webhookUrlProblem } from './webhook-address.ts';

export interface Redirect {
  readonly location: string;
}

/** One request, by a URL that was looked at. Never rejects. */
export type GetFile = (
  url: string,
  options: { readonly maxBytes: number; readonly signal: AbortSignal },
) => Promise<FetchedFile | Redirect>;

const maxRedirects = 3;

/** Statuses below 500 after which the same request may work later. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

/** By the rule for webhooks: the URL of each hop is looked at. */
export function remoteFilesBy(get: GetFile, allowPrivate: boolean): RemoteFiles {
  return {
    async fetch(url, { maxBytes, timeoutMs, signal }) {
      const time = AbortSignal.timeout(timeoutMs);
      const either = signal === undefined ? time : AbortSignal.any([signal, time]);
      for (let at = url, hops = 0; ; hops += 1) {
        const problem = webhookUrlProblem(at, allowPrivate);
        if (problem !== null) return failed(hops === 0 ? problem : `leads to a URL that ${problem}`, false);
        const got = await get(at, { maxBytes, signal: either });
        signal?.throwIfAborted();
        if (time.aborted && !('location' in got) && !got.ok) {
          return failed(`did not answer within ${timeoutMs / 1_000} s`, true);
        }
        if (!('location' in got)) return got;
        if (hops === maxRedirects) return failed(`redirects more than ${maxRedirects} times`, false);
        if (!URL.canParse(got.location, at)) return failed('redirects to what is no URL', false);
        at = new URL(got.location, at).href;
      }
    },
  };
}

/** What an answer is that has no file of the wanted size; null where its body is to be read. */
export function unlessFile(
  { status, location, length }: {
    readonly status: number; readonly location: string | null | undefined; readonly length: number;
  },
  maxBytes: number,
): FetchedFile | Redirect | null {
  if (status >= 300 && status < 400 && location) return { location };
  if (status !== 200) return failed(`answered ${status}`, status >= 500 || passing.has(status));
  return length > maxBytes ? tooLarge(maxBytes) : null;
}

export function tooLarge(maxBytes: number): FetchedFile {
  return failed(`leads to a file of more than ${maxBytes} bytes`, false);
}

export function failed(problem: string, retryable: boolean): FetchedFile {
  return { ok: false, problem: problem.replace(/\.$/, ''), retryable };
}
