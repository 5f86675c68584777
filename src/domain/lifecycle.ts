import { InvariantViolation } from './errors.ts';

/** What the states of all kinds have in common, for lists and counts. */
export const phases = ['waiting', 'active', 'succeeded', 'failed', 'canceled'] as const;
export type Phase = (typeof phases)[number];
/** How a job ended. */
export type EndPhase = Exclude<Phase, 'waiting' | 'active'>;

const terminalPhases: ReadonlySet<Phase> = new Set(['succeeded', 'failed', 'canceled']);

export interface StateDefinition {
  readonly phase: Phase;
  /** One sentence for people, in the docs and on the page. */
  readonly description: string;
  /** Fields of the kind that are not null (any more) when a job enters the state. */
  readonly requires?: readonly string[];
  /** How long a job is mostly in it, for people who wait. Milliseconds, 1 or more. */
  readonly estimateMs?: number;
}

export interface TransitionDefinition<S extends string, C extends string> {
  /** Null: the job does not exist yet. */
  readonly from: S | null;
  readonly command: C;
  readonly to: S;
  /** The rule in words, where the table alone does not say it. */
  readonly rule?: string;
  /** Leads out of a terminal state, back to a waiting one. Only what a person asks for may do that. */
  readonly reopens?: true;
}

/** A transition that a store makes by itself: of the job that it hands to a worker. */
export interface Claim<S extends string = string> {
  readonly from: S;
  readonly to: S;
  /** The type of the event that says so. */
  readonly event: string;
}

export interface Lifecycle<S extends string = string, C extends string = string> {
  readonly kind: string;
  readonly initial: S;
  readonly states: Readonly<Record<S, StateDefinition>>;
  readonly stateNames: readonly S[];
  readonly transitions: readonly TransitionDefinition<S, C>[];
  /** Each from another state; empty where no worker claims jobs of the kind. */
  readonly claims: readonly Claim<S>[];
  phase(state: S): Phase;
  isTerminal(state: S): boolean;
  /** Whether this one step is declared, by whatever command. */
  allows(from: S | null, to: S): boolean;
  /** Whether some transition out of this state is declared for the command. */
  accepts(from: S | null, command: C): boolean;
}

/**
 * A lifecycle is data: states with their phases, and every transition that may ever be stored.
 * Throws at once when the data contradict themselves: an unknown or unreachable state, a terminal state with a way out
 * that does not reopen the job or leads to no waiting state, a state without one that is not terminal, a duplicate row,
 * a claim that is no transition from a waiting to an active state, two claims from one state, an estimate that is no
 * time.
 */
export function defineLifecycle<const S extends string, const C extends string>(definition: {
  readonly kind: string;
  readonly states: Readonly<Record<S, StateDefinition>>;
  readonly transitions: readonly TransitionDefinition<S, C>[];
  readonly claims?: readonly Claim<S>[];
}): Lifecycle<S, C> {
  const { kind, states, transitions, claims = [] } = definition;
  const stateNames = Object.keys(states) as S[];
  const fail = (what: string): never => {
    throw new InvariantViolation(`lifecycle ${kind}: ${what}`);
  };
  const steps = new Set<string>();
  const accepted = new Set<string>();
  for (const { from, command, to } of transitions) {
    if (from !== null && !(from in states)) fail(`transition from unknown state ${from}`);
    if (!(to in states)) fail(`transition to unknown state ${to}`);
    const row = `${from} ${command} ${to}`;
    if (steps.has(row)) fail(`transition ${row} is declared twice`);
    steps.add(row);
    steps.add(`${from} ${to}`);
    accepted.add(`${from} ${command}`);
  }
  const births = transitions.filter((transition) => transition.from === null);
  const initial = births[0]?.to ?? fail('no transition creates a job');
  if (births.some((transition) => transition.to !== initial)) fail('a job may begin in one state only');
  for (const name of stateNames) {
    const terminal = terminalPhases.has(states[name].phase);
    const ways = transitions.filter((transition) => transition.from === name);
    if (terminal && ways.some((way) => !way.reopens || states[way.to].phase !== 'waiting')) {
      fail(`terminal state ${name} has a way out`);
    }
    if (!terminal && ways.some((way) => way.reopens)) fail(`state ${name} is not terminal: nothing reopens it`);
    if (!terminal && ways.length === 0) fail(`state ${name} has no way out and is not terminal`);
    const { estimateMs = 1 } = states[name];
    if (!Number.isSafeInteger(estimateMs) || estimateMs < 1) fail(`state ${name} takes ${estimateMs} ms`);
  }
  for (const { from, to } of claims) {
    const fits = states[from].phase === 'waiting' && states[to].phase === 'active';
    if (!fits || !steps.has(`${from} ${to}`)) fail(`no worker can claim from ${from} to ${to}`);
    if (claims.filter((claim) => claim.from === from).length > 1) fail(`two claims from ${from}`);
  }
  const reached = reachable(initial, transitions);
  for (const name of stateNames) if (!reached.has(name)) fail(`state ${name} cannot be reached`);
  return {
    kind,
    initial,
    states,
    stateNames,
    transitions,
    claims,
    phase: (state) => states[state].phase,
    isTerminal: (state) => terminalPhases.has(states[state].phase),
    allows: (from, to) => steps.has(`${from} ${to}`),
    accepts: (from, command) => accepted.has(`${from} ${command}`),
  };
}

function reachable<S extends string>(
  initial: S,
  transitions: readonly TransitionDefinition<S, string>[],
): ReadonlySet<S> {
  const reached = new Set<S>([initial]);
  for (const state of reached) {
    for (const transition of transitions) if (transition.from === state) reached.add(transition.to);
  }
  return reached;
}
