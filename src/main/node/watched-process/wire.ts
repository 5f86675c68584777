/** What parent and child say to each other over the channel that `fork` makes. */

export type ToChild =
  /** The first message: what the program is started with. Nothing of it is in argv or the environment. */
  | { readonly type: 'start'; readonly init: unknown; readonly beatMs: number }
  | { readonly type: 'messages'; readonly messages: readonly unknown[] }
  | { readonly type: 'stop' };

export type FromChild =
  | { readonly type: 'ready'; readonly ready: unknown }
  /** The program could not begin; the child ends after that. */
  | { readonly type: 'failed'; readonly message: string }
  /** Says that its event loop goes round. */
  | { readonly type: 'beat'; readonly rssBytes: number }
  | { readonly type: 'messages'; readonly messages: readonly unknown[] };

export const mebibyte = 1024 ** 2;
