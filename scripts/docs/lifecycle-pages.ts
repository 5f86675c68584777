import { existsSync, readdirSync } from 'node:fs';
import type { Lifecycle, StateDefinition } from '../../src/domain/lifecycle.ts';

const kinds = new URL('../../src/kinds/', import.meta.url);

/** The page of every kind of job under its path from the root, as it has to be. */
export async function lifecyclePages(): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  const names = readdirSync(kinds).filter((name) => existsSync(new URL(`${name}/domain/`, kinds)));
  for (const kind of names.toSorted()) {
    const lifecycle = await lifecycleOf(kind);
    pages.set(`docs/lifecycles/${lifecycle.kind}.md`, page(lifecycle, `src/kinds/${kind}/domain/lifecycle.ts`));
  }
  return pages;
}

async function lifecycleOf(kind: string): Promise<Lifecycle> {
  const exported = Object.values((await import(new URL(`${kind}/domain/lifecycle.ts`, kinds).href)) as object);
  const found = exported.filter((one): one is Lifecycle => one instanceof Object && 'transitions' in one);
  const [lifecycle, ...more] = found;
  if (lifecycle !== undefined && more.length === 0) return lifecycle;
  throw new Error(`${kind}/domain/lifecycle.ts has to export one lifecycle`);
}

function page(lifecycle: Lifecycle, source: string): string {
  const { kind, stateNames, states, transitions } = lifecycle;
  return [
    `# The lifecycle of ${kind} jobs`,
    '',
    `Made from \`${source}\` by \`npm run docs\`. No other transition is ever stored.`,
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...arrows(lifecycle).map((arrow) => `  ${arrow}`),
    '```',
    '',
    '## States',
    '',
    '| state | phase | |',
    '| --- | --- | --- |',
    ...stateNames.map((name) => `| ${name} | ${states[name]?.phase} | ${describe(states[name])} |`),
    '',
    '## Transitions',
    '',
    '| from | command | to | rule |',
    '| --- | --- | --- | --- |',
    ...transitions.map(({ from, command, to, rule, reopens }) => {
      const rules = [...(reopens ? ['reopens the job'] : []), ...(rule === undefined ? [] : [rule])];
      return `| ${from ?? '–'} | ${command} | ${to} | ${rules.join('; ')} |`;
    }),
    '',
    ...claimsOf(lifecycle),
  ].join('\n');
}

/** What happens without a command: the store does it. */
function claimsOf({ claims, transitions }: Lifecycle): string[] {
  if (claims.length === 0) return [];
  const said = claims.map(({ from, to, event }) => {
    const command = transitions.find((transition) => transition.from === from && transition.to === to)?.command;
    const moved = `From ${from} to ${to} it is the store that moves a job (\`${command}\`)`;
    return `${moved}, as it hands it to a worker: the same commit grants the lease and appends \`${event}\`.`;
  });
  return [claims.length === 1 ? '## The claim' : '## The claims', '', ...said.flatMap((one) => [one, ''])];
}

function describe({ description = '', requires = [], estimateMs }: Partial<StateDefinition> = {}): string {
  const needed = requires.length === 0 ? '' : ` Requires ${requires.map((name) => `\`${name}\``).join(', ')}.`;
  return `${description}${needed}${estimateMs === undefined ? '' : ` Mostly takes ${estimateMs / 1_000} s.`}`;
}

/** One for each pair of states, named by all commands that lead along it. */
function arrows({ stateNames, transitions, isTerminal }: Lifecycle): string[] {
  const commands = new Map<string, string[]>();
  for (const { from, command, to, reopens } of transitions) {
    const arrow = `${identifier(from)} --> ${identifier(to)}`;
    commands.set(arrow, [...(commands.get(arrow) ?? []), reopens ? `${command} (reopens)` : command]);
  }
  const renamed = stateNames.filter((name) => identifier(name) !== name);
  const named = renamed.map((name) => `state "${name}" as ${identifier(name)}`);
  const between = [...commands].map(([arrow, names]) => `${arrow} : ${[...new Set(names)].join(', ')}`);
  const ends = stateNames.filter(isTerminal).map((name) => `${identifier(name)} --> [*]`);
  return [...named, ...between, ...ends];
}

/** Mermaid takes no hyphen in the name of a state. */
function identifier(state: string | null): string {
  return state === null ? '[*]' : state.replaceAll(/[^A-Za-z0-9_]/g, '_');
}
