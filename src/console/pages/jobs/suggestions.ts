import type { ListedJob } from '../../page.ts';
import { phaseText } from '../../parts/phase.tsx';
import { api } from '../../server/api.ts';
import { useKinds } from '../../shell/kinds.ts';
import { isAdmin } from '../../shell/session.ts';
import { filterNames, idStart, isFilterName, timesOf, type FilterName, type Term } from './filter.ts';
import { say } from './texts.ts';

export interface Suggestion {
  readonly id: string;
  readonly text: string;
  readonly hint: string;
  readonly does:
    | { readonly type: 'begin'; readonly text: string }
    | { readonly type: 'add'; readonly term: Term }
    | { readonly type: 'open'; readonly job: Pick<ListedJob, 'id' | 'kind'> };
}

export interface Known {
  /** Those on screen, which types, owners and labels are suggested from. */
  readonly jobs: readonly ListedJob[];
  readonly statuses: readonly { readonly kind: string; readonly status: string }[];
  /** What jobs are found by. */
  readonly labelNames: readonly string[];
  readonly terms: readonly Term[];
  /** Whose id begins as what was typed. */
  readonly found: readonly ListedJob[];
}

const mostSuggestions = 12;
const phases = ['waiting', 'active', 'succeeded', 'failed', 'canceled'] as const;
const times = ['1h', 'today', '24h', '7d', '30d'] as const;

/** What what was typed could become. */
export function useSuggestions(text: string, known: Known): readonly Suggestion[] {
  const valuesOf = useValues(known);
  const [, name = '', typed = ''] = /^([^\s:]+):\s*(.*)$/.exec(text.trimStart()) ?? [];
  const asked = name.toLowerCase();
  if (isFilterName(asked)) {
    return valuesOf(asked)
      .filter((pair) => fits(pair, typed))
      .slice(0, mostSuggestions)
      .map(([value, hint]) => added(asked, value, hint));
  }
  if (known.labelNames.includes(name)) {
    return valuesOf('label')
      .filter(([value]) => value.startsWith(`${name}:`) && fits([value.slice(name.length + 1), ''], typed))
      .slice(0, mostSuggestions)
      .map(([value, hint]) => ({ ...added('label', value, hint), text: value }));
  }
  return [...begun(text.trim().toLowerCase(), known), ...anyValues(text.trim(), valuesOf)].slice(0, mostSuggestions);
}

type Pair = readonly [value: string, hint: string];
type ValuesOf = (of: FilterName) => readonly Pair[];

/** What each filter could be. */
function useValues({ jobs, statuses, terms }: Known): ValuesOf {
  const kinds = useKinds();
  return (of) => {
    const named = terms.find((term) => term.name === 'kind')?.value;
    switch (of) {
      case 'kind':
        return kinds.map((kind) => [kind.kind, kind.name()]);
      case 'phase':
        return phases.map((phase) => [phase, phaseText(phase)]);
      case 'status':
        return unique(
          statuses
            .filter(({ kind }) => named === undefined || kind === named)
            .map(({ kind, status }) => [status, kinds.find((one) => one.kind === kind)?.stateText(status) ?? kind]),
        );
      case 'type':
        return unique(jobs.flatMap(({ type }) => (type === null ? [] : [[type, '']])));
      case 'owner':
        return unique(jobs.map(({ ownerId }) => [ownerId, '']));
      case 'label':
        return unique(
          jobs.flatMap(({ labels }) => Object.entries(labels).map(([label, value]) => [`${label}:${value}`, ''])),
        );
      case 'after':
      case 'before':
        return times.map((time) => [time, say().filter.times[time]]);
    }
  };
}

function added(of: FilterName, value: string, hint: string): Suggestion {
  const id = `${of}:${value}`;
  return { id, text: id, hint, does: { type: 'add', term: { name: of, value } } };
}

function fits([value, hint]: Pair, typed: string): boolean {
  const part = typed.toLowerCase();
  return value.toLowerCase().includes(part) || hint.toLowerCase().includes(part);
}

/** Jobs to go to, and terms and labels that begin so. */
function begun(part: string, { found, labelNames }: Known): readonly Suggestion[] {
  const begin = (name: string, hint: string): Suggestion => ({
    id: `${name}:`, text: `${name}:`, hint, does: { type: 'begin', text: `${name}:` },
  });
  return [
    ...found.map((job): Suggestion => ({
      id: job.id, text: say().filter.goTo(job.id), hint: job.type ?? job.kind, does: { type: 'open', job },
    })),
    ...filterNames
      .filter((one) => (one !== 'owner' || isAdmin.value) && one.startsWith(part))
      .map((one) => begin(one, say().filter.hints[one])),
    ...labelNames
      .filter((one) => !isFilterName(one) && one.toLowerCase().startsWith(part))
      .map((one) => begin(one, say().filter.byLabel)),
  ];
}

function anyValues(part: string, valuesOf: ValuesOf): readonly Suggestion[] {
  if (part.length < 2) return [];
  return (['phase', 'kind', 'status', 'type', 'label'] as const).flatMap((of) =>
    valuesOf(of).filter((pair) => fits(pair, part)).map(([value, hint]) => added(of, value, hint)));
}

function unique(pairs: readonly (readonly string[])[]): readonly (readonly [string, string])[] {
  return [...new Map(pairs.map(([value = '', hint = '']) => [value, hint])).entries()];
}

/** The jobs whose id begins so, at most five. */
export async function jobsByIdStart(text: string, signal: AbortSignal): Promise<readonly ListedJob[]> {
  const start = idStart(text);
  if (start === null) return [];
  if (start.length === 36) {
    // Clients may have chosen an id, which says nothing of its time.
    return api()
      .getJob({ params: { id: start } }, { signal })
      .then(
        (job) => [job as ListedJob],
        () => [],
      );
  }
  const times = timesOf(start);
  if (times === null) return [];
  const { jobs } = await api().listJobs({ query: { ...times, limit: 200 } }, { signal });
  return jobs.filter(({ id }) => id.startsWith(start)).slice(0, 5);
}
