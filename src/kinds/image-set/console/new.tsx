import { Coins, Hourglass, TriangleAlert } from 'lucide-preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../../console/parts/button.tsx';
import { Link } from '../../../console/parts/link.tsx';
import { tell } from '../../../console/parts/messages.tsx';
import { PageHead } from '../../../console/parts/page-head.tsx';
import { Skeleton, View } from '../../../console/parts/view.tsx';
import { useLoad } from '../../../console/server/load.ts';
import { go, place } from '../../../console/shell/router.ts';
import { chosen, unchooseAll } from './chosen.ts';
import { ChosenPhotos } from './chosen-photos.tsx';
import { DropZone } from './drop-zone.tsx';
import { say } from './new-texts.ts';
import { photosApi, type Account } from './photos-api.ts';
import { PresetChoice } from './preset-choice.tsx';
import { say as shared } from './texts.ts';
import { begin, resume, upload } from './upload.ts';
import { Uploading } from './uploading.tsx';
import { usualWishes, WishFields, wishesFrom } from './wishes.tsx';
import './photos.css';

export default function NewPhotos() {
  useEffect(() => void resume().then(onEnd), []);
  return (
    <>
      <PageHead
        crumb={<Link to="/photos">{shared().photos}</Link>}
        title={upload.value === null ? shared().newPhotos : say().uploading}
        lead={upload.value === null ? say().lead : say().uploadingLead}
      />
      {upload.value === null ? <Choosing /> : <Uploading upload={upload.value} onEnd={onEnd} />}
    </>
  );
}

/** Of an upload: to the set that it has become, unless somebody has gone elsewhere meanwhile. */
function onEnd(jobId: string | null): void {
  if (jobId === null) return;
  unchooseAll();
  if (place.peek().path === '/photos/new') go(`/photos/${jobId}`, { replace: true });
  else tell(say().started);
}

function Choosing() {
  const facts = useLoad(loadFacts, [], { live: 'jobs', throttleMs: 3_000 });
  const [preset, setPreset] = useState('remove-background');
  const [wished, setWished] = useState(usualWishes);
  const good = chosen.value.filter(({ problem }) => problem === null);
  const isEmpty = chosen.value.length === 0;
  const start = (): void => {
    void begin(good.map(({ file }) => file), preset, wishesFrom(wished)).then(onEnd);
  };
  return (
    <div class="new-photos">
      <DropZone small={!isEmpty} />
      {!isEmpty && (
        <section class="stack">
          <div class="row spread">
            <h2>{say().photos}: {shared().count(good.length)}</h2>
            <Button look="quiet" onClick={unchooseAll}>{say().clear}</Button>
          </div>
          <ChosenPhotos />
        </section>
      )}
      <View of={facts} skeleton={<Skeleton lines={3} height="card" />}>
        {({ account, presets, rules }) => (
          <>
            <PresetChoice presets={presets} value={preset} onValue={setPreset} />
            <WishFields rules={rules} value={wished} onValue={setWished} />
            {!isEmpty && (
              <Price account={account} needed={good.length} wrong={chosen.value.length - good.length} start={start} />
            )}
          </>
        )}
      </View>
    </div>
  );
}

async function loadFacts(signal: AbortSignal) {
  const [account, { presets }, { rules }] = await Promise.all([
    photosApi().me({}, { signal }), photosApi().listPresets({}, { signal }), photosApi().listRules({}, { signal }),
  ]);
  return { account, presets, rules };
}

/** What it will cost, and the one button. */
function Price({ account, needed, wrong, start }: {
  readonly account: Account;
  readonly needed: number;
  readonly wrong: number;
  readonly start: () => void;
}) {
  const isLacking = needed > account.credits;
  const isBusy = account.activeJobs >= account.maxActiveJobs;
  return (
    <footer class="price">
      <div class="grow">
        {wrong > 0 && <p><TriangleAlert size={16} aria-hidden="true" />{say().wrong(wrong)}</p>}
        {isBusy && (
          <p class="lacking">
            <Hourglass size={16} aria-hidden="true" />
            <span>{say().busy(account.maxActiveJobs)} <Link to="/photos">{say().seeSets}</Link></span>
          </p>
        )}
        {isLacking
          ? (
            <p class="lacking">
              <Coins size={16} aria-hidden="true" />
              <span>{say().lacking(needed, account.credits)} <Link to="/credits">{say().credits}</Link></span>
            </p>
          )
          : <p><Coins size={16} aria-hidden="true" />{say().uses(needed, account.credits)}</p>}
      </div>
      <Button look="primary" disabled={needed === 0 || isLacking || isBusy} onClick={start}>{say().go(needed)}</Button>
    </footer>
  );
}
