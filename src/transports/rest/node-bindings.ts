/** What Node's server puts beside a request. */
export interface NodeBindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string | undefined } };
  readonly outgoing?: {
    readonly closed: boolean;
    readonly headersSent: boolean;
    /** Bytes that were written and have not left this process. */
    readonly writableLength: number;
    once(event: 'close', listener: () => void): unknown;
  };
}
