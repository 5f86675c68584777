import { Ban, CopyPlus, Download, RotateCw } from 'lucide-preact';
import { useEffect, useState } from 'preact/hooks';
import type { PageProps } from '../../../console/page.ts';
import { Button } from '../../../console/parts/button.tsx';
import { confirmed } from '../../../console/parts/dialog.tsx';
import { Link } from '../../../console/parts/link.tsx';
import { announce, attempt } from '../../../console/parts/messages.tsx';
import { PageHead } from '../../../console/parts/page-head.tsx';
import { PhaseMark } from '../../../console/parts/phase.tsx';
import { Progress } from '../../../console/parts/progress.tsx';
import { Tabs, useTab } from '../../../console/parts/tabs.tsx';
import { View } from '../../../console/parts/view.tsx';
import { useLoad, type Loaded } from '../../../console/server/load.ts';
import { go, href, place, setQuery } from '../../../console/shell/router.ts';
import { AgainDialog } from './again.tsx';
import { costOf } from './cost.ts';
import { Details, History } from './history.tsx';
import { again, loadSet, photosApi, wishesOf, type PhotoSet } from './photos-api.ts';
import { say } from './set-texts.ts';
import { presetName, say as shared, stateName } from './texts.ts';
import { tilesOf } from './tiles.ts';
import { upload } from './upload.ts';
import { Viewer } from './viewer.tsx';
import { Wall } from './wall.tsx';
import './photos.css';

const isOpen = ({ phase }: PhotoSet): boolean => phase === 'waiting' || phase === 'active';

export default function SetPage({ params: { id = '' } }: PageProps) {
  const set = useLoad((signal) => loadSet(id, signal), [id], { live: { jobId: id } });
  const state = set.data.value?.status;
  // Their URLs are there once the upload is confirmed.
  const inputs = useLoad(
    async (signal) => (await photosApi().listInputs({ params: { id } }, { signal })).inputs, [id, state === 'created'],
  );
  return (
    <View of={set} skeleton={<SetSkeleton />}>
      {(data) => <Shown key={id} set={data} loaded={set} inputs={inputs.data.value ?? []} />}
    </View>
  );
}

function Shown({ set, loaded, inputs }: {
  readonly set: PhotoSet;
  readonly loaded: Loaded<PhotoSet>;
  readonly inputs: Parameters<typeof tilesOf>[1];
}) {
  const tabs = Object.entries(say().tabs);
  const tab = useTab(tabs);
  const tiles = tilesOf(set, inputs);
  const [isAgain, setAgain] = useState(false);
  useTitle(set);
  const retry = (items: readonly number[], force: boolean): void => {
    void attempt(async () => {
      const wishes = await wishesOf(set.id);
      go(`/photos/${await again(set.id, set.preset, { ...wishes, ...(force && { force }) }, items)}`);
    }, say().retried);
  };
  const canRetry = set.inputsPurgedAt === null;
  const retryOne = canRetry ? (idx: number, force: boolean) => retry([idx], force) : null;
  const asked = place.value.query.get('photo');
  const opened = asked === null ? null : (tiles[Number(asked) - 1]?.idx ?? null);
  const show = (idx: number | null): void => setQuery({ photo: idx === null ? null : String(idx + 1) });
  return (
    <>
      <Head
        set={set} loaded={loaded} openAgain={() => setAgain(true)} retry={canRetry && !isOpen(set) ? retry : null}
      />
      <State set={set} />
      <Tabs tabs={tabs} label={say().parts} />
      {tab === 'photos' && <Wall jobId={set.id} tiles={tiles} open={show} retry={retryOne} />}
      {tab === 'history' && <History set={set} tiles={tiles} />}
      {tab === 'details' && <Details set={set} />}
      {opened !== null && (
        <Viewer jobId={set.id} tiles={tiles} idx={opened} show={show} close={() => show(null)} retry={retryOne} />
      )}
      {isAgain && <AgainDialog set={set} onClose={() => setAgain(false)} />}
    </>
  );
}

/** The tab says how far it is, and who hears the page is told. */
function useTitle(set: PhotoSet): void {
  const { done, failed, total, percent } = set.progress;
  const name = presetName(set.preset);
  const isOn = isOpen(set);
  const text = say().progress(done, total);
  useEffect(() => {
    document.title = `${isOn ? `${percent} % · ` : ''}${shared().titleOf(name)} · Waybill`;
    if (isOn && done + failed > 0) announce(text);
  }, [isOn, percent, name, text]);
}

function Head({ set, loaded, openAgain, retry }: {
  readonly set: PhotoSet;
  readonly loaded: Loaded<PhotoSet>;
  readonly openAgain: () => void;
  readonly retry: ((items: readonly number[], force: boolean) => void) | null;
}) {
  const { id, progress: { done, failed, total } } = set;
  const cancel = async (): Promise<void> => {
    const sure = await confirmed({
      title: say().cancelTitle, text: say().cancelText(total - done - failed), action: say().cancelAction,
      dangerous: true,
    });
    if (sure) await attempt(() => photosApi().cancelJob({ params: { id } }), say().canceled, loaded.reload);
  };
  const broken = set.items.filter(({ state, errorCode }) => state === 'failed' && errorCode !== 'not_confident');
  return (
    <PageHead
      crumb={<Link to="/photos">{shared().photos}</Link>}
      title={<>{presetName(set.preset)} <PhaseMark phase={set.phase} text={stateName(set.status)} /></>}
      lead={costOf(set).long}
    >
      {isOpen(set) && (
        <Button icon={Ban} onClick={() => void cancel()}>{say().cancel}</Button>
      )}
      {retry !== null && broken.length > 1 && (
        <Button icon={RotateCw} onClick={() => retry(broken.map(({ idx }) => idx), false)}>
          {say().retryAll(broken.length)}
        </Button>
      )}
      {set.status !== 'created' && set.inputsPurgedAt === null && (
        <Button icon={CopyPlus} onClick={openAgain}>{say().again}</Button>
      )}
      {done > 0 && set.purgedAt === null && (
        <a class="button primary" href={href(`/api/jobs/${id}/results.zip`)} download="">
          <Download size={16} aria-hidden="true" />{say().zip}
        </a>
      )}
    </PageHead>
  );
}

/** How far it is, and what has to be known or done. */
function State({ set }: { readonly set: PhotoSet }) {
  const { done, failed, total } = set.progress;
  const [isBusy, setBusy] = useState(false);
  const start = async (): Promise<void> => {
    setBusy(true);
    await attempt(() => photosApi().executeImageSet({ params: { id: set.id }, body: {} }));
    setBusy(false);
  };
  if (set.status === 'created') {
    return (
      <p class="notice">
        {say().notUploaded} {upload.value !== null && <Link to="/photos/new">{say().toUpload}</Link>}
      </p>
    );
  }
  if (set.status === 'uploaded') {
    return (
      <p class="notice">
        <span class="grow">{say().notStarted}</span>
        <Button look="primary" busy={isBusy} onClick={() => void start()}>{say().start}</Button>
      </p>
    );
  }
  if (isOpen(set)) {
    return (
      <div class="set-progress">
        <Progress label={say().progress(done, total)} done={done} failed={failed} total={total} />
        <span class="quiet small">{say().progress(done, total)}</span>
      </div>
    );
  }
  return (
    <>
      {set.cancelReason === 'expired' && <p class="notice">{say().expired}</p>}
      {set.purgedAt !== null && <p class="notice">{say().purged}</p>}
      {set.inputsPurgedAt !== null && <p class="notice">{say().noInputs}</p>}
    </>
  );
}

function SetSkeleton() {
  return (
    <div class="set-skeletons" aria-hidden="true">
      <div class="skeleton set-head-skeleton" />
      <div class="wall">{Array.from({ length: 12 }, (_, at) => <div key={at} class="skeleton tile" />)}</div>
    </div>
  );
}
