import type { Route, RouteTable } from '../contract/route.ts';

/**
 * What a call needs to know of a route, taken from the contract. The contract itself brings the schemas, which cost
 * a program 90 ms at its start and a web page their size.
 */
export interface RouteEntry extends Pick<Route, 'method' | 'path' | 'auth' | 'idempotent' | 'repeatable' | 'stream'> {
  /** Absent where the answer is no file. */
  readonly media?: string;
  /** True where the request's body is a file. */
  readonly file?: true;
}

export type RouteIndex<T extends RouteTable> = { readonly [N in keyof T]: RouteEntry };
