import { importGraph } from './graph.ts';
import type { Check, Finding } from './tree.ts';

export const cycles: Check = {
  name: 'no file imports itself by a detour, types included',
  find(tree) {
    const graph = importGraph(tree);
    const seen = new Set<string>();
    const findings: Finding[] = [];
    for (const file of graph.keys()) {
      if (seen.has(file)) continue;
      const cycle = shortestCycle(graph, file);
      if (cycle === undefined) continue;
      // A file in several cycles is named in the first, and again when that one is gone.
      for (const each of cycle) seen.add(each);
      const way = [...cycle, file].join(' -> ');
      findings.push({ file, message: `is in an import cycle: move what both need into a file of its own: ${way}` });
    }
    return findings;
  },
};

/** The files of the shortest way from `file` back to it, beginning with it. */
function shortestCycle(graph: Map<string, Set<string>>, file: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [file];
  for (const at of queue) {
    for (const next of graph.get(at) ?? []) {
      if (next === file) return wayTo(at, file, cameFrom);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, at);
      queue.push(next);
    }
  }
  return undefined;
}

function wayTo(end: string, start: string, cameFrom: Map<string, string>): string[] {
  const way = [end];
  for (let at = end; at !== start; ) {
    at = cameFrom.get(at) ?? start;
    way.unshift(at);
  }
  return way;
}
