/** Files that others have, at addresses that came from outside. */
export interface RemoteFiles {
  /**
   * Follows a few redirects, and goes to no address that the server must not reach. Never rejects, but for the reason
   * of `signal` once it is aborted.
   */
  fetch(
    url: string,
    options: { readonly maxBytes: number; readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<FetchedFile>;
}

export type FetchedFile =
  | { readonly ok: true; readonly bytes: Uint8Array }
  /** `problem` completes "the URL …", for people. */
  | { readonly ok: false; readonly problem: string; readonly retryable: boolean };
