/** Runs a workflow as n8n does (execution order v1), as far as the examples need it. */
import { evaluate, ExpressionProblem } from './expressions.ts';
import { perform, type Credentials, type Item } from './nodes.ts';
import type { Workflow, WorkflowNode } from './workflow.ts';

export interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  /** By the names that the workflow has for them. */
  readonly credentials: Credentials;
  readonly now: () => number;
  /** Takes milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}

export interface Run {
  /** Names of the nodes that ran, in order. */
  readonly executed: readonly string[];
  /** What each node gave last, over all of its outputs. */
  readonly given: ReadonlyMap<string, readonly Item[]>;
  /** What the run failed with; null if it succeeded. */
  readonly error: string | null;
}

interface Waiting {
  readonly node: WorkflowNode;
  readonly items: readonly Item[];
}

/** More than any of the examples needs: a loop that does not end fails. */
const mostSteps = 200;

/** Rejects with an ExpressionProblem where an expression is wrong, whatever the node does with errors. */
export async function runWorkflow(workflow: Workflow, surroundings: Surroundings): Promise<Run> {
  const executed: string[] = [];
  const given = new Map<string, readonly Item[]>();
  const waiting: Waiting[] = workflow.nodes
    .filter(({ type }) => type.endsWith('Trigger'))
    .map((node) => ({ node, items: [{ json: {} }] }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { node } = next;
    if (executed.push(node.name) > mostSteps) throw new Error(`the workflow does not end: ${executed.join(', ')}`);
    const items = 'executeOnce' in node && node.executeOnce ? next.items.slice(0, 1) : next.items;
    let outputs: readonly (readonly Item[])[];
    try {
      outputs = await perform(node, items, {
        ...surroundings, evaluate: (value, item) => evaluate(value, namesFor(workflow, surroundings, given, item)),
      });
    } catch (error) {
      if (error instanceof ExpressionProblem) throw error;
      return { executed, given, error: (error as Error).message };
    }
    given.set(node.name, outputs.flat());
    waiting.unshift(...outputs.flatMap((output, index) => followers(workflow, node, index, output)));
  }
  return { executed, given, error: null };
}

/** From top to bottom, then from left to right. A node that gets nothing does not run. */
function followers({ nodes, connections }: Workflow, { name }: WorkflowNode, output: number, items: readonly Item[]) {
  if (items.length === 0) return [];
  const targets = connections[name]?.main[output] ?? [];
  return targets
    .map((target) => nodes.find((node) => node.name === target.node)!)
    .toSorted((a, b) => a.position[1] - b.position[1] || a.position[0] - b.position[0])
    .map((node): Waiting => ({ node, items }));
}

function namesFor(
  { nodes }: Workflow,
  { env, now }: Surroundings,
  given: ReadonlyMap<string, readonly Item[]>,
  { json }: Item,
): Readonly<Record<string, unknown>> {
  const $ = (name: string) => {
    if (!nodes.some((node) => node.name === name)) throw new Error(`Referenced node doesn't exist: ${name}`);
    const all = (): readonly Item[] => {
      const items = given.get(name);
      if (items === undefined) throw new Error(`Node '${name}' hasn't been executed`);
      return items;
    };
    return { all, first: () => all()[0], isExecuted: given.has(name) };
  };
  class ClockedDate extends Date {
    static override now = now;
  }
  return { $, $json: json, $env: env, Date: ClockedDate };
}
