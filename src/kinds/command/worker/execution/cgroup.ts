/** What the kernel counts for the control group that the agent runs in: of a container, all of it. */
import { readFileSync } from 'node:fs';

interface Counts {
  /** Whether the group is known to be the container's: it has a view of its own. */
  readonly isOwn: boolean;
  /** How often a process was killed because memory ran out; null: unknown. */
  readonly memoryKills: number | null;
  /** Microseconds since it began. */
  readonly cpuMicros: number | null;
  readonly memoryBytes: number | null;
}

/** `root` is where /proc and /sys are below; only tests have another one. */
export function readCgroup(root = ''): Counts {
  const paths = pathsOf(read(`${root}/proc/self/cgroup`) ?? '');
  // Version 2, and what each controller has in version 1.
  const unified = `${root}/sys/fs/cgroup`;
  const v2 = (file: string) => firstOf([`${unified}${paths.unified}/${file}`, `${unified}/${file}`]);
  const v1 = (controller: string, file: string) =>
    firstOf([`${unified}/${controller}${paths.of(controller)}/${file}`, `${unified}/${controller}/${file}`]);
  const nanos = whole(v1('cpuacct', 'cpuacct.usage'));
  return {
    isOwn: paths.isRoot,
    memoryKills: counted(v2('memory.events'), 'oom_kill') ?? counted(v1('memory', 'memory.oom_control'), 'oom_kill'),
    cpuMicros: counted(v2('cpu.stat'), 'usage_usec') ?? (nanos === null ? null : Math.round(nanos / 1_000)),
    memoryBytes: whole(v2('memory.current')) ?? whole(v1('memory', 'memory.usage_in_bytes')),
  };
}

/** Lines are `number:controllers:path`; version 2 has no controllers. */
function pathsOf(text: string): { readonly isRoot: boolean; readonly unified: string; of(controller: string): string } {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? []);
  const path = (line: readonly string[] | undefined) => (line?.[2] === '/' ? '' : (line?.[2] ?? ''));
  return {
    isRoot: lines.filter(([line]) => line !== undefined).every((line) => path(line) === ''),
    unified: path(lines.find(([, controllers]) => controllers === '')),
    of: (controller) => path(lines.find(([, controllers]) => controllers?.split(',').includes(controller))),
  };
}

function firstOf(files: readonly string[]): string | null {
  for (const file of files) {
    const text = read(file);
    if (text !== null) return text;
  }
  return null;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function counted(text: string | null, name: string): number | null {
  const line = text?.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? null : whole(line.slice(name.length + 1));
}

function whole(text: string | null): number | null {
  return text !== null && /^\d+\s*$/.test(text) ? Number(text) : null;
}
