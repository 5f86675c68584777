/** What Node's server puts beside a request. */
export interface NodeBindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string | undefined } };
  readonly outgoing?: { readonly closed: boolean; once(event: 'close', listener: () => void): unknown };
}
