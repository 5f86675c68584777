import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LocalEdge, LocalEdgeOptions } from './local.ts';

/** What the other process says once: where the Worker listens, or why it does not. */
export type Started = { readonly url: string } | { readonly problem: string; readonly isPortTaken: boolean };

/** The port that was asked for is another program's. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

/**
 * The local Worker in a process of its own, which a Ctrl-C at the terminal does not reach: Miniflare would end at once,
 * before an image worker has reported the photo that it is at.
 */
export async function startEdgeApart(
  options: Omit<LocalEdgeOptions, 'onLine'>,
): Promise<LocalEdge & { /** Its exit status. */ readonly ended: Promise<number> }> {
  const program = fileURLToPath(new URL('./serve.ts', import.meta.url));
  const child = fork(program, [JSON.stringify(options)], { detached: true });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    // Not 'close', which does not come once it is disconnected.
    child.on('exit', (code) => resolve(code ?? 1));
  });
  const started = await Promise.race([
    new Promise<Started>((resolve) => child.once('message', resolve)),
    ended.then((status): Started => ({ problem: `the local runtime ended with ${status}`, isPortTaken: false })),
  ]);
  const stop = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    await ended;
  };
  if ('url' in started) return { url: started.url, ended, stop };
  await stop();
  if (started.isPortTaken) throw new PortTaken(`port ${options.port} is taken by another program`);
  throw new Error(started.problem);
}
