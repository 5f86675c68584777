import { pause } from '../../http/pause.ts';
import { pauseAfter, type RetryPauses } from '../../http/retry.ts';
import { RpcClient, type RpcClientOptions } from './rpc-client.ts';

export interface SessionOptions extends Omit<RpcClientOptions, 'address'> {
  /** `host:port` of each server, at least one. They are tried in turn, from one of them at random. */
  readonly servers: readonly string[];
  /** How long a server may take to be connected to. Milliseconds. */
  readonly connectMs: number;
  readonly pauses: RetryPauses;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Whether a session that failed is not to be followed by another one; then it is thrown. */
  readonly isFinal?: (error: unknown) => boolean;
  /** Hears of each session that was lost, or that there could not be. */
  readonly onLost?: (error: unknown, server: string, pauseMs: number) => void;
}

/**
 * Has a session with one of the servers at a time, and another one, with the next server, whenever it is lost. A
 * session that calls `established` makes the failures before it forgotten: the pauses begin anew.
 *
 * @throws what a session failed with that is final
 * @returns when a session has ended well, or the signal is aborted
 */
export async function keepSession(
  options: SessionOptions,
  session: (client: RpcClient, established: () => void) => Promise<void>,
): Promise<void> {
  const { servers, connectMs, pauses, signal, isFinal, onLost } = options;
  let at = Math.floor(Math.random() * servers.length);
  for (let failures = 0; !signal.aborted; at += 1) {
    const address = servers[at % servers.length]!;
    const client = new RpcClient({ ...options, address });
    try {
      await client.connected(connectMs);
      await session(client, () => {
        failures = 0;
      });
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (isFinal?.(error)) throw error;
      failures += 1;
      // The others may be there: only a whole round without any is waited for.
      const isRound = failures % servers.length === 0;
      const pauseMs = isRound ? pauseAfter(error, Math.ceil(failures / servers.length), pauses) : 0;
      onLost?.(error, address, pauseMs);
      await pause(pauseMs, signal).catch(() => {});
    } finally {
      client.close();
    }
  }
}
