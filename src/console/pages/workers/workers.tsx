import { Server } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { workerRoutes } from '../../../contract/workers.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { count } from '../../language/format.ts';
import { texts } from '../../language/language.ts';
import type { KindConsole } from '../../page.ts';
import { Button } from '../../parts/button.tsx';
import { Code } from '../../parts/copy.tsx';
import { useLazy } from '../../parts/lazy.tsx';
import { Link } from '../../parts/link.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { shared } from '../../parts/texts.ts';
import { Ago } from '../../parts/time.tsx';
import { Empty, Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { useLoad } from '../../server/load.ts';
import { useKinds } from '../../shell/kinds.ts';
import './workers.css';

const say = texts({
  en: {
    title: 'Workers', lead: 'Who does the work, since when, and what they have at the moment.',
    caption: 'Workers that ask for jobs, by id', worker: 'Worker', types: 'Asks for', holds: 'Has', since: 'Since',
    heard: 'Last heard of', nothing: 'nothing', more: (n: string) => `and ${n} more`,
    none: 'No worker asks for jobs',
    noneText: 'A worker asks the server for tasks and does them, on any machine. It appears here within seconds:',
    incomplete: 'Workers have more than 10,000 jobs in total: not all of them are shown.',
  },
  de: {
    title: 'Worker', lead: 'Wer die Arbeit macht, seit wann, und was sie gerade haben.',
    caption: 'Worker, die nach Aufträgen fragen, nach ID', worker: 'Worker', types: 'Fragt nach', holds: 'Hat',
    since: 'Seit', heard: 'Zuletzt gehört', nothing: 'nichts', more: (n) => `und ${n} weitere`,
    none: 'Kein Worker fragt nach Aufträgen',
    noneText:
      'Ein Worker fragt den Server nach Tasks und erledigt sie, auf beliebigen Maschinen. Er erscheint hier nach ' +
      'Sekunden:',
    incomplete: 'Worker haben zusammen mehr als 10.000 Aufträge: Nicht alle werden gezeigt.',
  },
});

type Worker = RouteAnswer<(typeof workerRoutes)['listWorkers']>['workers'][number];
const everyMs = 5_000;
const shownJobs = 3;

export default function Workers() {
  const [limit, setLimit] = useState(50);
  const loaded = useLoad((signal) => firstWorkers(limit, signal), [limit], { everyMs });
  const kinds = useKinds();
  return (
    <>
      <PageHead title={say().title} lead={say().lead} />
      <View of={loaded} skeleton={<Skeleton lines={4} height="line" />}>
        {({ workers, complete, hasMore }) => (
          <>
            {!complete && <p class="notice">{say().incomplete}</p>}
            {workers.length === 0
              ? (
                <Empty icon={Server} title={say().none}>
                  <p>{say().noneText}</p><Code text="waybill worker tasks --handlers handlers.js" wrap />
                </Empty>
              )
              : <Table caption={say().caption} columns={columns()} rows={workers} keyOf={({ id }) => id} />}
            {hasMore && <div class="more"><Button onClick={() => setLimit(limit + 100)}>{shared().more}</Button></div>}
          </>
        )}
      </View>
      {kinds.map((kind) => kind.workers !== undefined && <OfKind key={kind.kind} load={kind.workers} />)}
    </>
  );
}

async function firstWorkers(limit: number, signal: AbortSignal) {
  const workers: Worker[] = [];
  let complete = true;
  let cursor: string | null = null;
  do {
    const query = { limit: Math.min(100, limit - workers.length), ...(cursor !== null && { cursor }) };
    const page: RouteAnswer<(typeof workerRoutes)['listWorkers']> = await api().listWorkers({ query }, { signal });
    workers.push(...page.workers);
    complete &&= page.complete;
    cursor = page.nextCursor;
  } while (cursor !== null && workers.length < limit);
  return { workers, complete, hasMore: cursor !== null };
}

function columns(): readonly Column<Worker>[] {
  return [
    { name: 'worker', head: say().worker, cell: ({ id }) => <code>{id}</code> },
    {
      name: 'types', head: say().types,
      cell: ({ types }) => (
        <span class="worker-types">{types.map((type) => <span key={type} class="tag">{type}</span>)}</span>
      ),
    },
    { name: 'holds', head: say().holds, cell: ({ holds }) => <Holds holds={holds} /> },
    { name: 'since', head: say().since, optional: true, cell: ({ since }) => <Ago at={since} /> },
    { name: 'heard', head: say().heard, cell: ({ heardAt }) => <Ago at={heardAt} /> },
  ];
}

function Holds({ holds: { count: all, jobs } }: { readonly holds: Worker['holds'] }) {
  if (all === 0) return <span class="quiet">{say().nothing}</span>;
  const shown = jobs.slice(0, shownJobs);
  return (
    <ul class="worker-jobs">
      {shown.map(({ id, type, since }) => (
        <li key={id}><Link to={`/jobs/${id}`}>{type}</Link> <span class="small quiet"><Ago at={since} /></span></li>
      ))}
      {all > shown.length && <li class="small quiet">{say().more(count(all - shown.length))}</li>}
    </ul>
  );
}

function OfKind({ load }: { readonly load: NonNullable<KindConsole['workers']> }) {
  const { part: Part } = useLazy(load);
  return Part && <Part />;
}
