import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ImageWorker {
  /** Its exit status. */
  readonly ended: Promise<number>;
  /** Ends it, and resolves when it has ended; `heard`: what this program was told to stop by. */
  stop(heard: NodeJS.Signals | undefined): Promise<void>;
}

const program = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url));

/** `waybill worker images` for a server on this machine, at the same terminal. */
export function startImageWorker(server: string): ImageWorker {
  const child = spawn(process.execPath, [program, 'worker', 'images', '--server', server], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
  return {
    ended,
    stop: async (heard) => {
      // A Ctrl-C at a terminal has reached it too, and a second signal would have it stop without ending its photo.
      if (heard !== 'SIGINT' || !process.stdin.isTTY) child.kill('SIGTERM');
      await ended;
    },
  };
}
