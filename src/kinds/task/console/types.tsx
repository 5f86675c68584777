import { CirclePause, CirclePlay, Layers, SlidersHorizontal, TriangleAlert } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { byName, count, duration } from '../../../console/language/format.ts';
import { Button } from '../../../console/parts/button.tsx';
import { Code } from '../../../console/parts/copy.tsx';
import { Link } from '../../../console/parts/link.tsx';
import { attempt } from '../../../console/parts/messages.tsx';
import { PageHead } from '../../../console/parts/page-head.tsx';
import { Table, type Column } from '../../../console/parts/table.tsx';
import { Empty, Skeleton, View } from '../../../console/parts/view.tsx';
import { api } from '../../../console/server/api.ts';
import { useLoad } from '../../../console/server/load.ts';
import { ticking } from '../../../console/shell/ticks.ts';
import { loadTypes, type TypeRow, type TypeRoutes } from './type-rows.ts';
import { Limits } from './limits.tsx';
import { say as ofPages } from './page-texts.ts';
import { say as ofTasks } from './texts.ts';
import './task.css';

const say = () => ofPages().page;
const everyMs = 5_000;
const workerLine = 'waybill worker tasks --handlers handlers.js';

export default function Types() {
  const loaded = useLoad(loadTypes, [], { everyMs });
  const [edited, setEdited] = useState<TypeRow | 'new' | null>(null);
  const pause = async ({ type, paused }: TypeRow): Promise<void> => {
    const params = { type };
    await attempt(
      () => (paused ? api<TypeRoutes>().resumeWorkType({ params }) : api<TypeRoutes>().pauseWorkType({ params })),
      paused ? say().resumedDone : say().pausedDone,
      loaded.reload,
    );
  };
  return (
    <>
      <PageHead title={ofTasks().types} lead={say().lead}>
        <Button icon={SlidersHorizontal} onClick={() => setEdited('new')}>
          {say().newType}
        </Button>
      </PageHead>
      <View of={loaded} skeleton={<Skeleton lines={6} height="line" />}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty icon={Layers} title={say().none}>
              <p>{say().noneText}</p>
              <Code text={workerLine} wrap />
            </Empty>
          ) : (
            <Rows rows={rows} onEdit={setEdited} onPause={(row) => void pause(row)} />
          )
        }
      </View>
      {edited !== null && (
        <Limits
          of={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
          onSaved={loaded.reload}
        />
      )}
    </>
  );
}

interface Acts {
  readonly onEdit: (row: TypeRow) => void;
  readonly onPause: (row: TypeRow) => void;
}

function Rows({ rows, ...acts }: Acts & { readonly rows: readonly TypeRow[] }) {
  return (
    <Table
      caption={say().caption} columns={[...counts(), ...settings(acts)]}
      rows={[...rows].sort((a, b) => byName(a.type, b.type))} keyOf={({ type }) => type}
    />
  );
}

function counts(): readonly Column<TypeRow>[] {
  return [
    { name: 'type', head: say().type, cell: (row) => <Name row={row} /> },
    {
      name: 'running',
      head: say().running,
      numeric: true,
      cell: ({ running, limits: { maxRunning, rate } }) => (
        <>
          {`${count(running)} / ${maxRunning === null ? '∞' : count(maxRunning)}`}
          {rate !== null && <><br />{say().rateText(count(rate.count), duration(rate.windowMs))}</>}
        </>
      ),
    },
    {
      name: 'waiting',
      head: say().waiting,
      numeric: true,
      cell: ({ type, waiting }) =>
        waiting === 0 ? (
          '0'
        ) : (
          <Link to={`/jobs?kind=task&status=pending&type=${encodeURIComponent(type)}`}>{count(waiting)}</Link>
        ),
    },
    {
      name: 'oldest',
      head: say().oldest,
      numeric: true,
      cell: ({ oldestAt }) => (oldestAt === null ? '–' : duration(ticking.value - Date.parse(oldestAt))),
    },
  ];
}

function settings({ onEdit, onPause }: Acts): readonly Column<TypeRow>[] {
  return [
    {
      name: 'times', head: say().times, numeric: true,
      cell: ({ day }) => (
        <>
          {say().wait} {spread(day?.waitMs)}<br />
          {say().run} {spread(day?.runMs)}
        </>
      ),
    },
    {
      name: 'failures',
      head: say().failures,
      numeric: true,
      cell: ({ type, day }) =>
        <span class="type-day">
          {day !== null && <Day of={day} />}
          {day === null || day.failed === 0 ? '0' : (
            <Link
              to={`/jobs?kind=task&status=failed&type=${encodeURIComponent(type)}&after=24h`}
              title={say().failedLink(type)}
            >
              {count(day.failed)}
            </Link>
          )}
        </span>
    },
    {
      name: 'actions',
      head: <span class="unseen">{say().actions}</span>,
      cell: (row) => (
        <span class="row-actions">
          <Button look="quiet" icon={SlidersHorizontal} label={say().edit} onClick={() => onEdit(row)} />
          <Button
            look="quiet" icon={row.paused ? CirclePlay : CirclePause} label={row.paused ? say().resume : say().pause}
            onClick={() => onPause(row)}
          />
        </span>
      ),
    },
  ];
}

function spread(of: { readonly p50: number; readonly p95: number } | null | undefined): string {
  return of == null ? '–' : `${duration(of.p50)} · ${duration(of.p95)}`;
}

/** What ended in each hour, what failed of it from below. */
function Day({ of: { ended, failed, hours } }: { readonly of: NonNullable<TypeRow['day']> }) {
  const most = Math.max(1, ...hours.map((hour) => hour.ended));
  const height = (part: number): number => (part === 0 ? 0 : Math.max(1, Math.round((part / most) * 20)));
  const bars = (part: (hour: (typeof hours)[number]) => number): string =>
    hours.map((hour, at) => `M${at * 4} 20v-${height(part(hour))}h3v${height(part(hour))}z`).join('');
  return (
    <svg class="day" viewBox="0 0 96 20" role="img" aria-label={say().dayText(count(ended), count(failed))}>
      <path d={bars((hour) => hour.ended)} />
      <path class="failed" d={bars((hour) => hour.failed)} />
    </svg>
  );
}

function Name({ row: { type, paused, unasked } }: { readonly row: TypeRow }) {
  return (
    <span class="type-name">
      <Link to={`/jobs?kind=task&type=${encodeURIComponent(type)}`}>{type}</Link>
      {paused && (
        <span class="phase">
          {<CirclePause size={14} aria-hidden="true" />}
          {say().paused}
        </span>
      )}
      {unasked !== null && (
        <span class="small warn">
          <TriangleAlert size={14} aria-hidden="true" />
          {unasked.askedAt === null
            ? say().unaskedNow
            : say().unasked(duration(Math.max(60_000, ticking.value - Date.parse(unasked.askedAt))))}
        </span>
      )}
    </span>
  );
}
