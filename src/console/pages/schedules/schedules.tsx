import { CalendarClock, CirclePause, CirclePlay, Pencil, Play, Plus, Trash2 } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { confirmed } from '../../parts/dialog.tsx';
import { Link } from '../../parts/link.tsx';
import { attempt } from '../../parts/messages.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { shared } from '../../parts/texts.ts';
import { Ago } from '../../parts/time.tsx';
import { Empty, Skeleton, View } from '../../parts/view.tsx';
import { useLoad } from '../../server/load.ts';
import { useJobNames } from '../../shell/kinds.ts';
import { user } from '../../shell/session.ts';
import { cronWords } from './cron-words.ts';
import { ScheduleForm } from './form.tsx';
import { listSchedules, replace, schedules, settingsOf, type Schedule } from './schedule.ts';
import { say } from './texts.ts';
import { Ticks } from './ticks.tsx';
import './schedules.css';

const everyMs = 30_000;

export default function Schedules() {
  const [pages, setPages] = useState(1);
  const loaded = useLoad((signal) => firstPages(pages, signal), [pages], { everyMs });
  const [edited, setEdited] = useState<Schedule | 'new' | null>(null);
  const { reload } = loaded;
  const run = async (act: () => Promise<unknown>, done: string): Promise<void> => {
    await attempt(act, done, reload);
  };
  const toggle = (schedule: Schedule): void => {
    const settings = { ...settingsOf(schedule), enabled: !schedule.enabled };
    void run(() => replace(schedule.scheduleId, settings), schedule.enabled ? say().pausedDone : say().resumed);
  };
  const remove = async ({ scheduleId: id, name }: Schedule): Promise<void> => {
    const isSure = await confirmed({
      title: say().removeTitle(name),
      text: say().removeText,
      action: say().remove,
      dangerous: true,
    });
    if (isSure) await run(() => schedules().deleteSchedule({ params: { id } }), say().removed);
  };
  const acts: Acts = {
    run: ({ scheduleId: id }) => void run(() => schedules().triggerSchedule({ params: { id } }), say().ran),
    toggle,
    edit: setEdited,
    remove: (schedule) => void remove(schedule),
  };
  return (
    <>
      <PageHead title={say().title} lead={say().lead}>
        <Button icon={Plus} look="primary" onClick={() => setEdited('new')}>
          {say().create}
        </Button>
      </PageHead>
      <View of={loaded} skeleton={<Skeleton lines={5} height="card" />}>
        {({ all, hasMore }) =>
          all.length === 0 ? (
            <Empty icon={CalendarClock} title={say().none}>
              <p>{say().noneText}</p>
            </Empty>
          ) : (
            <>
              <Rows all={all} acts={acts} />
              {hasMore && (
                <div class="more">
                  <Button onClick={() => setPages(pages + 1)}>{shared().more}</Button>
                </div>
              )}
            </>
          )
        }
      </View>
      {edited !== null && (
        <ScheduleForm of={edited === 'new' ? null : edited} onClose={() => setEdited(null)} onSaved={reload} />
      )}
    </>
  );
}

async function firstPages(pages: number, signal: AbortSignal) {
  const all: Schedule[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pages; page++) {
    const { schedules: more, nextCursor } = await listSchedules(cursor, signal);
    all.push(...more);
    cursor = nextCursor ?? undefined;
    if (nextCursor === null) break;
  }
  return { all, hasMore: cursor !== undefined };
}

type Acts = Readonly<Record<'run' | 'toggle' | 'edit' | 'remove', (schedule: Schedule) => void>>;

function Rows({ all, acts }: { readonly all: readonly Schedule[]; readonly acts: Acts }) {
  const { kindOf } = useJobNames();
  const columns: readonly Column<Schedule>[] = [
    {
      name: 'schedule',
      head: say().schedule,
      cell: ({ name, kind, ownerId, ...one }) => {
        const Icon = kindOf({ kind })?.icon;
        return (
          <span class="schedule-name">
            {Icon && <Icon size={16} aria-hidden="true" />}
            <span>
              <strong>{name}</strong>
              {ownerId !== user.value?.userId && <span class="small quiet"> · {ownerId}</span>}
              <Paused of={one} />
            </span>
          </span>
        );
      },
    },
    {
      name: 'when',
      head: say().when,
      cell: ({ cron, timeZone }) => {
        const words = cronWords(cron);
        return (
          <span class="when">
            {words === null ? <code>{cron}</code> : <span title={cron}>{words}</span>}
            <span class="small quiet">{say().inZone(timeZone)}</span>
          </span>
        );
      },
    },
    {
      name: 'next',
      head: say().next,
      cell: ({ nextAt, nextTicks, timeZone }) =>
        nextAt === null ? '–' : <Ticks next={nextAt} ticks={nextTicks} timeZone={timeZone} />,
    },
    {
      name: 'last',
      head: say().last,
      cell: ({ lastAt, lastJobId }) =>
        lastAt === null || lastJobId === null ? (
          <span class="quiet">{say().never}</span>
        ) : (
          <Link to={`/jobs/${lastJobId}`}>
            <Ago at={lastAt} />
          </Link>
        ),
    },
    {
      name: 'actions',
      head: <span class="unseen">{say().actions}</span>,
      cell: (schedule) => <Actions of={schedule} acts={acts} />,
    },
  ];
  return <Table caption={say().caption} columns={columns} rows={all} keyOf={({ scheduleId }) => scheduleId} />;
}

function Paused({
  of: { enabled, ownerDisabled, kindUnknown },
}: {
  readonly of: Pick<Schedule, 'enabled' | 'ownerDisabled' | 'kindUnknown'>;
}) {
  const why = !enabled ? say().paused : ownerDisabled ? say().ownerDisabled : kindUnknown ? say().kindUnknown : null;
  return why === null ? null : (
    <span class="phase">
      <CirclePause size={14} aria-hidden="true" />
      {why}
    </span>
  );
}

function Actions({ of, acts }: { readonly of: Schedule; readonly acts: Acts }) {
  return (
    <span class="row-actions">
      <Button icon={Play} onClick={() => acts.run(of)}>
        {say().runNow}
      </Button>
      <Button
        icon={of.enabled ? CirclePause : CirclePlay}
        look="quiet"
        onClick={() => acts.toggle(of)}
        label={`${of.enabled ? say().pause : say().resume}: ${of.name}`}
      />
      <Button icon={Pencil} look="quiet" label={say().editTitle(of.name)} onClick={() => acts.edit(of)} />
      <Button icon={Trash2} look="quiet" label={`${say().remove}: ${of.name}`} onClick={() => acts.remove(of)} />
    </span>
  );
}
