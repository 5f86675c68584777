import { isTransient, type ClientOf, type ClientOptions } from '../../client/index.ts';
import type { CoreRoutes } from '../../contract/core-routes.ts';
import type { RouteTable } from '../../contract/route.ts';
import { savedServer, savedToken } from './credentials.ts';
import { defaultServer } from './global-flags.ts';
import type { KindTexts } from './job/kind-text.ts';
import type { Output } from './output.ts';
import { UsageProblem } from './usage-problem.ts';

/** What a command has to work with. */
export interface Context {
  readonly output: Output;
  readonly kindTexts: KindTexts;
  /** With the variables of `envFiles`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As --env-file names them. */
  readonly envFiles: readonly string[];
  /** Aborted by Ctrl-C and by SIGTERM. */
  readonly signal: AbortSignal;
  readonly server: string;
  /** Null when there is none. */
  readonly token: string | null;
  /**
   * Of `server`, with `token` unless another is given; null: with none. It has every route: a command of a kind names
   * the table of those that it uses.
   */
  client<T extends RouteTable = CoreRoutes>(options?: { readonly token: string | null }): ClientOf<T>;
}

/** Makes a client of all routes. */
export type ConnectClient = (options: ClientOptions) => ClientOf<CoreRoutes>;

export function createContext(parts: {
  readonly connect: ConnectClient;
  readonly kindTexts: KindTexts;
  readonly output: Output;
  readonly env: Context['env'];
  readonly envFiles: readonly string[];
  readonly signal: AbortSignal;
  /** As given by flag or environment. */
  readonly server: string | undefined;
  readonly token: string | undefined;
}): Context {
  const { connect, kindTexts, output, env, envFiles, signal } = parts;
  const server = normalized(parts.server ?? savedServer(env) ?? defaultServer);
  const token = parts.token ?? savedToken(env, server);
  const retries = new RetryNotes(output);
  return {
    output,
    kindTexts,
    env,
    envFiles,
    signal,
    server,
    token,
    client: <T extends RouteTable>(options: { readonly token: string | null } = { token }) =>
      connect({
        server,
        ...(options.token !== null && { token: options.token }),
        // A place is free when something ends: that is the user's to wait for, not this program's.
        retryIf: (error) => !places.has(error.code) && isTransient(error),
        onRetry: ({ message }, delayMs) => retries.note(message, delayMs),
      }) as unknown as ClientOf<T>,
  };
}

/** While a server is away several streams at once wait for it, and each tries many times: that is said now and then. */
class RetryNotes {
  readonly #output: Output;
  #last = '';
  #saidAt = -Infinity;

  constructor(output: Output) {
    this.#output = output;
  }

  note(message: string, delayMs: number): void {
    const now = performance.now();
    if (message === this.#last && now < this.#saidAt + sameNoteMs) return;
    [this.#last, this.#saidAt] = [message, now];
    this.#output.note(`${message} Trying again in ${(delayMs / 1000).toFixed(1)} s.`);
  }
}

const sameNoteMs = 5_000;

const places: ReadonlySet<string> = new Set(['concurrency_limit', 'limit_reached']);

/** Tokens are saved by server, so that it must always be written the same way. */
function normalized(server: string): string {
  const url = /^https?:\/\//.test(server) && URL.canParse(server) ? new URL(server) : null;
  if (url !== null && url.username === '' && url.search === '') return url.href.replace(/\/+$/, '');
  throw new UsageProblem(`the server is ${JSON.stringify(server)}: it must be a URL such as ${defaultServer}`);
}
