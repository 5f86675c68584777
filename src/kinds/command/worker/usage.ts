import { readdir, stat } from 'node:fs/promises';
import { readCgroup } from './execution/cgroup.ts';
import { usageOf, type ProcessMarks } from './execution/process-group.ts';

/** What a worker uses, as far as it can be known. */
export interface Usage {
  /** In cores, since it was asked before. */
  readonly cpuCores: number;
  readonly memoryBytes: number;
  /** In the worker's folder. */
  readonly diskBytes: number;
}

// As good as everywhere: sysconf(3), _SC_CLK_TCK and _SC_PAGESIZE.
const ticksPerSecond = 100;
const pageBytes = 4_096;
/** Entries of the folder that are looked at. */
const maxEntries = 5_000;

/** By the container's counts where there is one, else by those of the processes of the commands. */
export class UsageMeter {
  readonly #folder: string;
  #cpuMicros = 0;
  #at = performance.now();

  constructor(folder: string) {
    this.#folder = folder;
    this.#cpuMicros = readCgroup().cpuMicros ?? 0;
  }

  async read(commands: readonly ProcessMarks[]): Promise<Usage> {
    const diskBytes = await sizeOf(this.#folder);
    const { isOwn, cpuMicros, memoryBytes } = readCgroup();
    if (isOwn && cpuMicros !== null && memoryBytes !== null) {
      return { cpuCores: this.#coresUntil(cpuMicros), memoryBytes, diskBytes };
    }
    const all = commands.map(usageOf);
    const ticks = all.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0);
    const pages = all.reduce((sum, { memoryPages }) => sum + memoryPages, 0);
    const cpuCores = this.#coresUntil((ticks / ticksPerSecond) * 1e6);
    return { cpuCores, memoryBytes: pages * pageBytes, diskBytes };
  }

  #coresUntil(cpuMicros: number): number {
    const now = performance.now();
    const cores = (cpuMicros - this.#cpuMicros) / 1e3 / Math.max(1, now - this.#at);
    this.#cpuMicros = cpuMicros;
    this.#at = now;
    // Processes that have ended are not counted any more.
    return Math.max(0, Math.round(cores * 1_000) / 1_000);
  }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  let entries = 0;
  const folders = [folder];
  for (let at = folders.pop(); at !== undefined && entries < maxEntries; at = folders.pop()) {
    for (const entry of await readdir(at, { withFileTypes: true }).catch(() => [])) {
      entries += 1;
      const path = `${at}/${entry.name}`;
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) bytes += (await stat(path).catch(() => ({ size: 0 }))).size;
      if (entries >= maxEntries) break;
    }
  }
  return bytes;
}
