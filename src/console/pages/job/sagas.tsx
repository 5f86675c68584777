import type { JobSagaView } from '../../../contract/job-saga.ts';
import { count } from '../../language/format.ts';
import type { KindConsole, ShownJob } from '../../page.ts';
import { PhaseMark } from '../../parts/phase.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { Moment, Took } from '../../parts/time.tsx';
import { api } from '../../server/api.ts';
import { useLoad } from '../../server/load.ts';
import { useOfJob } from './of-job.ts';
import { say } from './texts.ts';
import { wordsOf } from './words.ts';

type Step = JobSagaView['steps'][number];
const everyMs = 3_000;

/** What the server does for a job, step by step. */
export function Sagas({ job, kind }: { readonly job: ShownJob; readonly kind: KindConsole | undefined }) {
  const isOver = job.endedAt !== null;
  const loaded = useLoad(
    (signal) => api().listJobSagas({ params: { id: job.id } }, { signal }), [job.id],
    { live: { jobId: job.id }, ...(!isOver && { everyMs }) },
  );
  const ofJob = useOfJob(kind);
  const sagas = loaded.data.value?.sagas ?? [];
  const textOf = (name: string): string => ofJob?.stepText?.(name) ?? wordsOf(name);
  if (sagas.length === 0) return null;
  return (
    <section class="card">
      <h2>{say().sagas}</h2>
      <div class="stack">
        {sagas.map(({ id, type, startedAt, endedAt, steps }) => (
          <div key={id}>
            <h3 class="saga-head">
              {textOf(type)}
              <span class="small quiet"><Moment at={startedAt} /> · <Took from={startedAt} to={endedAt} /></span>
            </h3>
            <Table caption={textOf(type)} columns={columns(textOf)} rows={steps} keyOf={({ name }) => name} />
          </div>
        ))}
      </div>
    </section>
  );
}

const phases = {
  pending: 'waiting', in_progress: 'active', completed: 'succeeded', failed: 'failed', compensating: 'active',
  compensated: 'canceled',
} as const satisfies Record<Step['state'], string>;

function columns(textOf: (name: string) => string): readonly Column<Step>[] {
  return [
    { name: 'step', head: say().step, cell: ({ name }) => textOf(name) },
    {
      name: 'state', head: say().ended,
      cell: ({ state }) => <PhaseMark phase={phases[state]} text={say().stepStates[state]} />,
    },
    { name: 'attempts', head: say().attempts, numeric: true, cell: ({ attempts }) => count(attempts) },
    {
      name: 'took', head: say().took, numeric: true,
      cell: ({ startedAt, endedAt }) => (startedAt === null ? '–' : <Took from={startedAt} to={endedAt} />),
    },
    { name: 'problem', head: say().stepProblem, cell: ({ error }) => error?.message ?? '–' },
  ];
}
