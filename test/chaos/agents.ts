import { readdirSync, readFileSync } from 'node:fs';

/** Agents of workers of the provider `process` whose files are below a folder. */
export class AgentProcesses {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Processes of workers, commands among them. */
  all(): readonly number[] {
    return this.#having(() => true);
  }

  /** The agents alone. */
  agents(): readonly number[] {
    return this.#having((pid) => /^[^\0]*node\0.*agent[^\0/]*\.cjs/.test(read(pid, 'cmdline')));
  }

  signal(pid: number, signal: NodeJS.Signals): void {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }

  #having(isWanted: (pid: number) => boolean): readonly number[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
    return pids.filter((pid) => {
      const environment = read(pid, 'environ');
      return environment.includes('WAYBILL_WORKER_ID=') && environment.includes(this.#folder) && isWanted(pid);
    });
  }
}

/** Empty when the process is gone. */
function read(pid: number, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
