import { Code } from '../../../console/parts/copy.tsx';
import { Link } from '../../../console/parts/link.tsx';
import { Table } from '../../../console/parts/table.tsx';
import { Moment, Took } from '../../../console/parts/time.tsx';
import { Skeleton, View } from '../../../console/parts/view.tsx';
import { useLoad } from '../../../console/server/load.ts';
import { isAdmin, user } from '../../../console/shell/session.ts';
import { costOf } from './cost.ts';
import { photosApi, wishesOf, type PhotoSet } from './photos-api.ts';
import { say } from './set-texts.ts';
import { presetName, say as shared } from './texts.ts';
import type { Tile } from './tiles.ts';

type Event = Awaited<ReturnType<ReturnType<typeof photosApi>['listJobEvents']>>['events'][number];

/** What happened to the set, in plain words. All of it: a set has some 200 photos at most. */
export function History({ set: { id }, tiles }: { readonly set: PhotoSet; readonly tiles: readonly Tile[] }) {
  const events = useLoad((signal) => allEvents(id, signal), [id], { live: { jobId: id }, throttleMs: 3_000 });
  const columns = [
    { name: 'when', head: say().when, cell: ({ at }: Event) => <Moment at={at} /> },
    { name: 'what', head: say().what, cell: (event: Event) => textOf(event, tiles) },
    { name: 'who', head: say().who, optional: true, cell: ({ actor }: Event) => actorName(actor) },
  ];
  return (
    <View of={events} skeleton={<Skeleton lines={8} />}>
      {(all) => (
        <Table caption={say().tabs.history} columns={columns} rows={all} keyOf={({ sequence }) => String(sequence)} />
      )}
    </View>
  );
}

async function allEvents(id: string, signal: AbortSignal): Promise<readonly Event[]> {
  const all: Event[] = [];
  for (let after: number | null = 0; after !== null && all.length < 1_000;) {
    const page: { readonly events: readonly Event[]; readonly nextAfter: number | null } =
      await photosApi().listJobEvents({ params: { id }, query: { after, limit: 200 } }, { signal });
    all.push(...page.events);
    after = page.nextAfter;
  }
  return all.reverse();
}

function actorName(actor: string): string {
  if (actor === 'worker' || actor === 'system') return say().by[actor];
  return actor === user.value?.userId ? (user.value.name ?? actor) : actor;
}

function textOf({ type, data }: Event, tiles: readonly Tile[]): string {
  const { history } = say();
  const { itemCount, total, result, reason } = data as {
    readonly itemCount?: number;
    readonly total?: number;
    readonly result?: { readonly idx: number; readonly status: 'done' | 'failed'; readonly error: string | null };
    readonly reason?: string;
  };
  if (type === 'ItemRecorded' && result !== undefined) {
    const { name = shared().photoNumber(result.idx + 1), reason: why } = tiles[result.idx] ?? {};
    return result.status === 'done' ? history.done(name) : history.failed(name, why ?? result.error ?? '');
  }
  if (type === 'JobCreated') return history.JobCreated(itemCount ?? 0);
  if (type === 'UploadConfirmed') return history.UploadConfirmed(total ?? 0);
  if (type === 'JobCanceled' && reason === 'expired') return history.expired();
  return type in plain(history) ? plain(history)[type]!() : type;
}

/** Those of which there is nothing more to say. */
function plain(words: Words): Readonly<Record<string, () => string>> {
  const { JobQueued, JobStarted, JobCompleted, JobFailed, JobCanceled, DeadlineCorrected, DependentAdded } = words;
  return { JobQueued, JobStarted, JobCompleted, JobFailed, JobCanceled, DeadlineCorrected, DependentAdded };
}

type Words = ReturnType<typeof say>['history'];

/** For who wants to know exactly. */
export function Details({ set }: { readonly set: PhotoSet }) {
  const { facts } = say();
  const wishes = useLoad(() => wishesOf(set.id), [set.id, set.status]);
  return (
    <dl class="facts card">
      <dt>{facts.id}</dt><dd><Code text={set.id} wrap /> <Link to={`/jobs/${set.id}`}>{facts.asJob}</Link></dd>
      {isAdmin.value && <><dt>{facts.owner}</dt><dd>{set.ownerId}</dd></>}
      <dt>{facts.preset}</dt><dd>{presetName(set.preset)}</dd>
      <dt>{facts.photos}</dt><dd>{shared().count(set.progress.total)}</dd>
      <dt>{facts.cost}</dt><dd>{costOf(set).long}</dd>
      <dt>{facts.created}</dt><dd><Moment at={set.createdAt} /></dd>
      {set.startedAt !== null && <><dt>{facts.started}</dt><dd><Moment at={set.startedAt} /></dd></>}
      {set.endedAt !== null && <><dt>{facts.ended}</dt><dd><Moment at={set.endedAt} /></dd></>}
      <dt>{facts.took}</dt><dd><Took from={set.createdAt} to={set.endedAt} /></dd>
      {set.deadlineAt !== null && set.endedAt === null && (
        <><dt>{facts.deadline}</dt><dd><Moment at={set.deadlineAt} /></dd></>
      )}
      {wishes.data.value !== undefined && Object.keys(wishes.data.value).length > 0 && (
        <><dt>{facts.wishes}</dt><dd><pre class="block">{JSON.stringify(wishes.data.value, null, 2)}</pre></dd></>
      )}
    </dl>
  );
}
