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

/** What a program that has the server in its own process says of a request. */
export interface HostBindings {
  /** Who sends it, as an Authorization header has it: it counts in place of what the request has. */
  readonly sender?: string;
  /** Whether the program itself asks: it may have any number of requests under way. */
  readonly isHost?: boolean;
}
