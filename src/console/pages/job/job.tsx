import { count, duration, money } from '../../language/format.ts';
import type { KindConsole, ListedJob, PageProps } from '../../page.ts';
import { Code } from '../../parts/copy.tsx';
import { Json } from '../../parts/json.tsx';
import { useLazy } from '../../parts/lazy.tsx';
import { Link } from '../../parts/link.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { PhaseMark } from '../../parts/phase.tsx';
import { Progress } from '../../parts/progress.tsx';
import { memberOf } from '../../parts/raw-json.ts';
import { Tabs, useTab } from '../../parts/tabs.tsx';
import { Moment, When } from '../../parts/time.tsx';
import { Skeleton, View } from '../../parts/view.tsx';
import { useLoad } from '../../server/load.ts';
import { useJobNames } from '../../shell/kinds.ts';
import { user } from '../../shell/session.ts';
import { ticking } from '../../shell/ticks.ts';
import { Actions } from './actions.tsx';
import { attemptsOf } from './attempts.ts';
import { History } from './history.tsx';
import { loadJob, useJobEvents, type JobData, type JobEvents } from './job-data.ts';
import { Log } from './log/log.tsx';
import { Relations } from './relations.tsx';
import { Sagas } from './sagas.tsx';
import { say } from './texts.ts';
import { Timeline } from './timeline.tsx';
import './job.css';

export default function Job({ params: { id = '' } }: PageProps) {
  const loaded = useLoad((signal) => loadJob(id, signal), [id], { live: { jobId: id }, throttleMs: 500 });
  const events = useJobEvents(id);
  return (
    <View of={loaded} skeleton={<Skeleton lines={4} height="card" />}>
      {(data) => <Shown data={data} events={events} reload={loaded.reload} />}
    </View>
  );
}

function Shown({
  data,
  events,
  reload,
}: {
  readonly data: JobData;
  readonly events: JobEvents;
  readonly reload: () => Promise<void>;
}) {
  const { job, text } = data;
  const { kindOf, titleOf, stateText } = useJobNames();
  const kind = kindOf(job);
  const tabs = [
    ['overview', say().tabs.overview] as const,
    ...(kind?.hasLog === true ? [['log', say().tabs.log] as const] : []),
    ['history', say().tabs.history] as const,
    ['raw', say().tabs.raw] as const,
  ];
  const tab = useTab(tabs);
  const Icon = kind?.icon;
  return (
    <>
      <PageHead
        crumb={<Link to="/jobs">{say().jobs}</Link>}
        title={
          <span class="job-name">
            {Icon && <Icon size={24} aria-hidden="true" />}
            <span>{titleOf(job as ListedJob)}</span>
            <PhaseMark phase={job.phase} text={stateText(job)} />
          </span>
        }
      >
        <Actions job={job} text={text} kind={kind} reload={reload} />
      </PageHead>
      <Facts data={data} kind={kind} />
      <Tabs tabs={tabs} label={say().parts} />
      {tab === 'overview' && <Overview data={data} events={events} kind={kind} reload={reload} />}
      {tab === 'log' && <Log id={job.id} isActive={job.phase === 'waiting' || job.phase === 'active'} />}
      {tab === 'history' && <History of={events} kind={kind} />}
      {tab === 'raw' && <Json text={memberOf(text, 'data') ?? text} label={say().tabs.raw} />}
    </>
  );
}

/** What kinds whose jobs are tried several times say of it. */
interface Tried {
  readonly attempt?: number;
  readonly maxAttempts?: number;
  readonly runAt?: string;
}

function Facts({ data: { job }, kind }: { readonly data: JobData; readonly kind: KindConsole | undefined }) {
  const { attempt = 0, maxAttempts, runAt } = job as Tried;
  const isWaiting = job.phase === 'waiting';
  const { done, failed, total } = job.progress;
  const isDue = runAt !== undefined && Date.parse(runAt) <= ticking.value;
  const since = Date.parse(job.startedAt ?? job.createdAt);
  const until = job.endedAt === null ? ticking.value : Date.parse(job.endedAt);
  const labels = Object.entries(job.labels);
  return (
    <dl class="job-facts">
      {maxAttempts !== undefined && attempt > 0 && (
        <Fact name={say().attempt}>{say().attemptOf(count(attempt), count(maxAttempts))}</Fact>
      )}
      {isWaiting && runAt !== undefined && !isDue && (
        <Fact name={attempt > 0 ? say().nextTry : say().starts}>
          <When at={runAt} />
        </Fact>
      )}
      {total !== null && total > 0 && (
        <Fact name={say().progress}>
          {`${count(done + failed)} / ${count(total)}`}
          <Progress label={say().progress} done={done} failed={failed} total={total} />
        </Fact>
      )}
      <Fact name={job.startedAt === null ? say().waits : say().took}>{duration(until - since)}</Fact>
      <Fact name={say().created}>
        <Moment at={job.createdAt} />
      </Fact>
      {job.costMicroUsd > 0 && <Fact name={say().cost}>{money(job.costMicroUsd)}</Fact>}
      {job.deadlineAt !== null && job.endedAt === null && (
        <Fact name={say().expires}>
          <When at={job.deadlineAt} />
        </Fact>
      )}
      {job.ownerId !== user.value?.userId && <Fact name={say().owner}>{job.ownerId}</Fact>}
      {job.type !== null && kind !== undefined && <Fact name={say().type}>{job.type}</Fact>}
      <Fact name={say().id}>
        <Code text={job.id} />
      </Fact>
      {labels.length > 0 && (
        <Fact name={say().labels}>
          <span class="row tight">
            {labels.map(([name, value]) => (
              <Link
                key={name}
                class="tag"
                to={`/jobs?label=${encodeURIComponent(`${name}:${value}`)}`}
              >{`${name}:${value}`}</Link>
            ))}
          </span>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Overview({
  data: { job, text },
  events,
  kind,
  reload,
}: {
  readonly data: JobData;
  readonly events: JobEvents;
  readonly kind: KindConsole | undefined;
  readonly reload: () => Promise<void>;
}) {
  const attempts = attemptsOf(job, events.events, (status) => kind?.phaseOf?.(status));
  const { part: Details } = useLazy(kind?.details);
  // What comes later would push down what is there.
  const isWhole = events.isLoaded && (Details !== null || kind?.details === undefined);
  if (!isWhole) return <Skeleton lines={3} height="card" />;
  return (
    <div class="stack">
      {Details && <Details job={job} text={text} reload={reload} />}
      <Timeline attempts={attempts} />
      <Sagas job={job} kind={kind} />
      <Relations job={job} events={events.events} withParts={kind?.showsParts !== true} />
    </div>
  );
}
