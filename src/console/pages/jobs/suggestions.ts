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
  readonly terms: readonly Term[];
  /** Whose id begins as what was typed. */
  readonly found: readonly ListedJob[];
}

const mostSuggestions = 12;
const phases = ['waiting', 'active', 'succeeded', 'failed', 'canceled'] as const;
const times = ['1h', 'today', '24h', '7d', '30d'] as const;

/** What what was typed could become. */
export function useSuggestions(text: string, known: Known): readonly Suggestion[] {
  const kinds = useKinds();
  const [, name = '', typed = ''] = /^([a-z]+):\s*(.*)$/i.exec(text.trimStart()) ?? [];
  const asked = name.toLowerCase();
  const valuesOf = (of: FilterName): readonly (readonly [value: string, hint: string])[] => {
    const named = known.terms.find((term) => term.name === 'kind')?.value;
    switch (of) {
      case 'kind':
        return kinds.map((kind) => [kind.kind, kind.name()]);
      case 'phase':
        return phases.map((phase) => [phase, phaseText(phase)]);
      case 'status':
        return unique(
          known.statuses
            .filter(({ kind }) => named === undefined || kind === named)
            .map(({ kind, status }) => [status, kinds.find((one) => one.kind === kind)?.stateText(status) ?? kind]),
        );
      case 'type':
        return unique(known.jobs.flatMap(({ type }) => (type === null ? [] : [[type, '']])));
      case 'owner':
        return unique(known.jobs.map(({ ownerId }) => [ownerId, '']));
      case 'label':
        return unique(
          known.jobs.flatMap(({ labels }) => Object.entries(labels).map(([label, value]) => [`${label}:${value}`, ''])),
        );
      case 'after':
      case 'before':
        return times.map((time) => [time, say().filter.times[time]]);
    }
  };
  const add = (of: FilterName, value: string, hint: string): Suggestion => ({
    id: `${of}:${value}`,
    text: `${of}:${value}`,
    hint,
    does: { type: 'add', term: { name: of, value } },
  });
  const fits = (value: string, hint: string, part: string): boolean =>
    value.toLowerCase().includes(part) || hint.toLowerCase().includes(part);
  if (isFilterName(asked)) {
    const part = typed.toLowerCase();
    return valuesOf(asked)
      .filter(([value, hint]) => fits(value, hint, part))
      .slice(0, mostSuggestions)
      .map(([value, hint]) => add(asked, value, hint));
  }
  const part = text.trim().toLowerCase();
  const opened = known.found.map((job): Suggestion => ({
    id: job.id,
    text: say().filter.goTo(job.id),
    hint: job.type ?? job.kind,
    does: { type: 'open', job },
  }));
  const begun = filterNames
    .filter((one) => (one !== 'owner' || isAdmin.value) && one.startsWith(part))
    .map((one): Suggestion => ({
      id: one,
      text: `${one}:`,
      hint: say().filter.hints[one],
      does: { type: 'begin', text: `${one}:` },
    }));
  const values =
    part.length < 2
      ? []
      : (['phase', 'kind', 'status', 'type', 'label'] as const).flatMap((of) =>
          valuesOf(of)
            .filter(([value, hint]) => fits(value, hint, part))
            .map(([value, hint]) => add(of, value, hint)),
        );
  return [...opened, ...begun, ...values].slice(0, mostSuggestions);
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
