import type { JobEventView } from '../../../contract/job-event.ts';
import { count } from '../../language/format.ts';
import type { ListedJob, ShownJob } from '../../page.ts';
import { Link } from '../../parts/link.tsx';
import { PhaseMark } from '../../parts/phase.tsx';
import { api } from '../../server/api.ts';
import { useLoad } from '../../server/load.ts';
import { useJobNames } from '../../shell/kinds.ts';
import { say } from './texts.ts';

/** Jobs of one side that are shown. */
const mostShown = 6;

interface Side {
  readonly ids: readonly string[];
  readonly name: string;
}

/** Ids of the jobs that it waits for; what every kind whose jobs wait for others has. */
function dependenciesOf(job: ShownJob): readonly string[] {
  const { dependsOn } = job as { readonly dependsOn?: unknown };
  return Array.isArray(dependsOn) ? dependsOn.filter((id) => typeof id === 'string') : [];
}

function dependentsIn(events: readonly JobEventView[]): readonly string[] {
  const ids = events.flatMap(({ type, data }) =>
    type === 'DependentAdded' && typeof data['jobId'] === 'string' ? [data['jobId']] : [],
  );
  return [...new Set(ids)];
}

/** What a job waits for, what waits for it, and what it is a part of: as a small graph of links. */
export function Relations({ job, events, withParts }: {
  readonly job: ShownJob;
  readonly events: readonly JobEventView[];
  readonly withParts: boolean;
}) {
  const parts = useLoad(
    async (signal) => (withParts ? api().listJobs({ query: { parent: job.id, limit: mostShown } }, { signal }) : null),
    [job.id, withParts],
  );
  const children = parts.data.value?.jobs ?? [];
  const before: Side = {
    ids: [...(job.parentId === null ? [] : [job.parentId]), ...dependenciesOf(job)],
    name: dependenciesOf(job).length > 0 ? say().before : say().parent,
  };
  const dependents = dependentsIn(events);
  const after: Side = {
    ids: [...dependents, ...children.map(({ id }) => id)],
    name: dependents.length > 0 ? say().after : say().children,
  };
  const { titleOf, stateText } = useJobNames();
  if (before.ids.length === 0 && after.ids.length === 0) return null;
  const side = before.ids.length === 0 ? ' only-after' : after.ids.length === 0 ? ' only-before' : '';
  return (
    <section class="card relations" aria-label={say().relations}>
      <h2>{say().relations}</h2>
      <div class={`graph${side}`} role="group" aria-label={say().relationsText}>
        <Nodes side={before} />
        <Edges count={Math.min(mostShown, before.ids.length)} towards="start" />
        <div class="node own">
          <strong>{titleOf(job as ListedJob)}</strong>
          <PhaseMark phase={job.phase} text={stateText(job)} />
        </div>
        <Edges count={Math.min(mostShown, after.ids.length)} towards="end" />
        <Nodes side={after} />
      </div>
    </section>
  );
}

function Nodes({ side: { ids, name } }: { readonly side: Side }) {
  if (ids.length === 0) return null;
  const more = ids.length - mostShown;
  return (
    <div class="nodes">
      <h3 class="small quiet">{name}</h3>
      <ul>
        {ids.slice(0, mostShown).map((id) => (
          <Node key={id} id={id} />
        ))}
      </ul>
      {more > 0 && <p class="small quiet">{say().moreJobs(count(more))}</p>}
    </div>
  );
}

function Node({ id }: { readonly id: string }) {
  const { data: { value: job }, failure: { value: failure } } =
    useLoad((signal) => api().getJob({ params: { id } }, { signal }), [id], { live: { jobId: id } });
  const { titleOf, pathOf, stateText } = useJobNames();
  if (job === undefined) {
    return (
      <li class="node">
        <code>{id.slice(0, 13)}…</code>{failure?.code === 'not_found' && <span class="small quiet">{say().gone}</span>}
      </li>
    );
  }
  return (
    <li class="node">
      <Link to={pathOf(job)}>{titleOf(job as ListedJob)}</Link>
      <PhaseMark phase={job.phase} text={stateText(job)} />
    </li>
  );
}

/** Lines between one job and several: curves whose ends are spread over the height. */
function Edges({ count: edges, towards }: { readonly count: number; readonly towards: 'start' | 'end' }) {
  if (edges === 0) return null;
  const many = Array.from({ length: edges }, (_, at) => ((at + 0.5) / edges) * 100);
  return (
    <svg class="edges" viewBox="0 0 40 100" preserveAspectRatio="none" aria-hidden="true">
      {many.map((y) => {
        const [from, to] = towards === 'start' ? [y, 50] : [50, y];
        return (
          <path key={y} d={`M0 ${from} C20 ${from} 20 ${to} 40 ${to}`} fill="none" vector-effect="non-scaling-stroke" />
        );
      })}
    </svg>
  );
}
