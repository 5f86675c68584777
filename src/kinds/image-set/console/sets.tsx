import { Plus } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { count } from '../../../console/language/format.ts';
import { texts } from '../../../console/language/language.ts';
import { Button, ButtonLink } from '../../../console/parts/button.tsx';
import { Link } from '../../../console/parts/link.tsx';
import { attempt } from '../../../console/parts/messages.tsx';
import { PageHead } from '../../../console/parts/page-head.tsx';
import { PhaseMark } from '../../../console/parts/phase.tsx';
import { Progress } from '../../../console/parts/progress.tsx';
import { shared as parts } from '../../../console/parts/texts.ts';
import { Ago } from '../../../console/parts/time.tsx';
import { View } from '../../../console/parts/view.tsx';
import { useLoad } from '../../../console/server/load.ts';
import { go } from '../../../console/shell/router.ts';
import { costOf } from './cost.ts';
import { DropZone } from './drop-zone.tsx';
import { photosApi, type FirstPictures, type PhotoSet } from './photos-api.ts';
import { Picture } from './pictures.tsx';
import { Examples } from './preset-choice.tsx';
import { presetName, say as shared, stateName } from './texts.ts';
import { upload } from './upload.ts';
import './photos.css';

const say = texts({
  en: {
    new: 'New photos',
    empty: 'Photos that are dropped here are made into a set: cut out, put before white, or in a warmer light.',
    uploading: 'An upload is under way', goThere: 'Go there', progress: 'Done so far',
    label: 'Your sets of photos, newest first',
  },
  de: {
    new: 'Neue Fotos',
    empty: 'Aus Fotos, die Sie hier ablegen, wird eine Serie: freigestellt, vor Weiß gesetzt oder in wärmerem Licht.',
    uploading: 'Es wird gerade hochgeladen', goThere: 'Dorthin', progress: 'Bisher fertig',
    label: 'Ihre Fotoserien, die neuesten zuerst',
  },
});

const pageSize = 24;
/** Pictures of a set in the list. */
const wallSize = 6;
type Listed = Omit<PhotoSet, 'items' | 'cancelReason' | 'purgedAt' | 'inputsPurgedAt'>;
interface Page {
  readonly sets: readonly (Listed & { readonly pictures: FirstPictures })[];
  readonly nextCursor: string | null;
}

export default function Sets() {
  const page = useLoad((signal) => loadPage(undefined, signal), [], { live: 'jobs', throttleMs: 2_000 });
  const [more, setMore] = useState<readonly Page[]>([]);
  const isThere = (page.data.value?.sets.length ?? 0) > 0;
  return (
    <>
      <PageHead title={shared().photos}>
        {isThere && <ButtonLink look="primary" icon={Plus} to="/photos/new">{say().new}</ButtonLink>}
      </PageHead>
      {upload.value !== null && (
        <p class="notice">{say().uploading} <Link to="/photos/new">{say().goThere}</Link></p>
      )}
      <View of={page} skeleton={<SetsSkeleton />}>
        {(first) => {
          if (first.sets.length === 0) return <NoSets />;
          const known = new Set<string>();
          const all = [first, ...more].flatMap(({ sets }) => sets).filter(({ id }) => !known.has(id) && known.add(id));
          const { nextCursor } = more.at(-1) ?? first;
          const loadMore = (): Promise<boolean> =>
            attempt(async () => setMore([...more, await loadPage(nextCursor!)]));
          return (
            <>
              <ul class="sets" aria-label={say().label}>{all.map((set) => <SetCard key={set.id} set={set} />)}</ul>
              {nextCursor !== null && (
                <p class="actions"><Button onClick={() => void loadMore()}>{parts().more}</Button></p>
              )}
            </>
          );
        }}
      </View>
    </>
  );
}

async function loadPage(cursor?: string, signal?: AbortSignal): Promise<Page> {
  const query = { kind: 'image-set', limit: pageSize, ...(cursor !== undefined && { cursor }) };
  const options = signal && { signal };
  const { jobs, nextCursor } = await photosApi().listJobs({ query }, options);
  if (jobs.length === 0) return { sets: [], nextCursor };
  const ids = jobs.map(({ id }) => id).join(',');
  const { sets } = await photosApi().listFirstPictures({ query: { ids, first: wallSize } }, options);
  const of = new Map(sets.map(({ id, pictures }) => [id, pictures]));
  const listed = jobs as unknown as readonly Listed[];
  return { sets: listed.map((set) => ({ ...set, pictures: of.get(set.id) ?? [] })), nextCursor };
}

function NoSets() {
  return (
    <div class="no-sets">
      <DropZone onChosen={() => go('/photos/new')} />
      <p class="quiet">{say().empty}</p>
      <Examples />
    </div>
  );
}

function SetsSkeleton() {
  return (
    <div class="sets" aria-hidden="true">
      {Array.from({ length: 6 }, (_, at) => <div key={at} class="skeleton set-skeleton" />)}
    </div>
  );
}

function SetCard({ set }: { readonly set: Page['sets'][number] }) {
  const { id, status, phase, preset, createdAt, pictures, progress: { done, failed, total } } = set;
  return (
    <li class="card set-card">
      <SmallWall pictures={pictures} total={total} />
      <div class="row spread">
        <Link to={`/photos/${id}`} class="set-link">{presetName(preset)}</Link>
        <PhaseMark phase={phase} text={stateName(status)} />
      </div>
      {phase === 'active' && <Progress label={say().progress} done={done} failed={failed} total={total} />}
      <p class="quiet small row spread">
        <span>{phase === 'active' ? `${count(done + failed)} / ${shared().count(total)}` : shared().count(total)}</span>
        <span>{costOf(set).short}</span>
        <Ago at={createdAt} />
      </p>
    </li>
  );
}

function SmallWall({ pictures, total }: { readonly pictures: FirstPictures; readonly total: number }) {
  return (
    <div class="small-wall" aria-hidden="true">
      {pictures.map(({ idx, state, previewUrl, outputUrl, inputPreviewUrl, inputUrl }) => {
        const isDone = state === 'done';
        const input = [inputPreviewUrl, inputUrl];
        return (
          <span key={idx} class={`small-tile${isDone ? ' done' : ''}`}>
            <Picture alt="" loading="lazy" urls={isDone ? [previewUrl, outputUrl, ...input] : input} />
          </span>
        );
      })}
      {total > pictures.length && <span class="small-more">+{count(total - pictures.length)}</span>}
    </div>
  );
}
