import { ArrowLeft, ArrowRight, Download, X, ZoomIn, ZoomOut } from 'lucide-preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { share } from '../../../console/language/format.ts';
import { Button } from '../../../console/parts/button.tsx';
import { attempt } from '../../../console/parts/messages.tsx';
import { saveAs } from '../../../console/parts/save.ts';
import { shared as parts } from '../../../console/parts/texts.ts';
import { fromHere } from '../../../console/server/objects.ts';
import { keep, kept } from '../../../console/shell/kept.ts';
import { photosApi } from './photos-api.ts';
import { Picture } from './pictures.tsx';
import { say } from './set-texts.ts';
import { localThumb } from './thumbs.ts';
import type { Tile } from './tiles.ts';

const zooms = [1, 1.5, 2, 3, 4] as const;
const backgrounds = ['checks', 'white', 'black', 'own'] as const;
type Background = (typeof backgrounds)[number];

/** One photo before and after, as large as the window. `idx` of another one is shown by `show`. */
export function Viewer({ jobId, tiles, idx, show, close, retry }: {
  readonly jobId: string;
  readonly tiles: readonly Tile[];
  readonly idx: number;
  readonly show: (idx: number) => void;
  readonly close: () => void;
  readonly retry: ((idx: number, force: boolean) => void) | null;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [shown, setShown] = useState(50);
  const [isBefore, setBefore] = useState(false);
  const [zoom, setZoom] = useState(0);
  const tile = tiles[idx]!;
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => setZoom(0), [idx]);
  const step = (by: number): void => {
    if (tiles[idx + by] !== undefined) show(idx + by);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Inputs need them for themselves.
    if (event.target instanceof HTMLInputElement || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'ArrowLeft') step(-1);
    else if (event.key === 'ArrowRight') step(1);
    else if (event.key === '+') setZoom(Math.min(zooms.length - 1, zoom + 1));
    else if (event.key === '-') setZoom(Math.max(0, zoom - 1));
    else if (event.key === 'b') setBefore(!isBefore);
    else return;
    event.preventDefault();
  };
  const { viewer } = say();
  return (
    <dialog ref={dialog} class="viewer" aria-label={tile.name} onClose={close} onKeyDown={onKeyDown}>
      <header>
        <h2>{tile.name}</h2>
        <Likelihood tile={tile} />
        <span class="quiet small" role="status">{viewer.of(idx + 1, tiles.length)}</span>
        <Button look="quiet" icon={X} label={parts().close} onClick={() => dialog.current?.close()} />
      </header>
      <Stage jobId={jobId} tile={tile} share={shown} onShare={setShown} isBefore={isBefore} zoom={zooms[zoom]!} />
      {tile.reason !== null && (
        <p class="viewer-reason">
          {tile.reason} {tile.item?.errorCode === 'not_confident' && viewer.doubtful}
          {tile.item?.error != null && <span class="quiet small"> {tile.item.error}</span>}
        </p>
      )}
      <footer>
        <Button icon={ArrowLeft} label={viewer.previous} disabled={idx === 0} onClick={() => step(-1)} />
        <Button icon={ArrowRight} label={viewer.next} disabled={idx === tiles.length - 1} onClick={() => step(1)} />
        {tile.state === 'done' && (
          <>
            <Button aria-pressed={isBefore} onClick={() => setBefore(!isBefore)}>{viewer.before}</Button>
            <Backgrounds dialog={dialog} />
          </>
        )}
        <Button icon={ZoomOut} label={viewer.zoomOut} disabled={zoom === 0} onClick={() => setZoom(zoom - 1)} />
        <Button
          icon={ZoomIn} label={viewer.zoomIn} disabled={zoom === zooms.length - 1} onClick={() => setZoom(zoom + 1)}
        />
        <span class="grow" />
        {tile.state === 'failed' && retry !== null && (
          <Button onClick={() => retry(idx, tile.item?.errorCode === 'not_confident')}>
            {tile.item?.errorCode === 'not_confident' ? say().use : say().retry}
          </Button>
        )}
        {tile.item?.outputUrl != null && <DownloadLink tile={tile} url={tile.item.outputUrl} />}
      </footer>
    </dialog>
  );
}

function Likelihood({ tile: { item } }: { readonly tile: Tile }) {
  if (item?.confidence == null) return null;
  return <span class="quiet small">{say().viewer.confidence(share(item.confidence))}</span>;
}

/** Under the name of its photo: the storage has another, which a browser prefers to that of a link. */
function DownloadLink({ tile: { name }, url }: { readonly tile: Tile; readonly url: string }) {
  const from = fromHere(url);
  const ending = /\.\w+$/.exec(new URL(url).pathname)?.[0] ?? '';
  const save = async (event: MouseEvent): Promise<void> => {
    event.preventDefault();
    await attempt(async () => {
      const photo = await (await photosApi().download(from)).blob();
      saveAs(photo, name.replace(/(?<=.)\.[^.]*$/, '') + ending);
    });
  };
  return (
    <a class="button primary" href={from} download="" onClick={(event) => void save(event)}>
      <Download size={16} aria-hidden="true" />{say().viewer.download}
    </a>
  );
}

/** Both pictures on top of each other; how much of which is seen is for the slider to say. */
function Stage({ jobId, tile, share, onShare, isBefore, zoom }: {
  readonly jobId: string;
  readonly tile: Tile;
  readonly share: number;
  readonly onShare: (share: number) => void;
  readonly isBefore: boolean;
  readonly zoom: number;
}) {
  const { item, name, inputUrl, state } = tile;
  const { viewer } = say();
  const before = [inputUrl, item?.inputPreviewUrl, localThumb(jobId, tile.idx)];
  const seen = isBefore ? 100 : share;
  return (
    <div class="stage" tabIndex={zoom > 1 ? 0 : -1}>
      <div class="stage-pictures" style={{ '--zoom': zoom, '--share': `${seen}%` }}>
        {state === 'done'
          ? (
            <>
              <Picture key={`a${tile.idx}`} class="stage-after" alt={viewer.afterAlt(name)}
                urls={[item?.outputUrl, item?.previewUrl]}
              />
              <Picture key={`b${tile.idx}`} class="stage-before" alt={viewer.beforeAlt(name)} urls={before} />
              {!isBefore && <span class="stage-line" aria-hidden="true" />}
              <input
                class="stage-slider" type="range" min={0} max={100} value={share} aria-label={viewer.slider}
                disabled={isBefore} onInput={({ currentTarget }) => onShare(Number(currentTarget.value))}
              />
            </>
          )
          : (
            <Picture key={tile.idx} class="stage-after" alt={name} urls={[item?.previewUrl, ...before]} />
          )}
      </div>
    </div>
  );
}

/** What a cut-out is looked at on. The browser keeps the choice. */
function Backgrounds({ dialog }: { readonly dialog: { readonly current: HTMLDialogElement | null } }) {
  const { viewer } = say();
  const [chosen, setChosen] = useState<Background>((kept('photos-background') as Background | null) ?? 'checks');
  const [colour, setColour] = useState(kept('photos-colour') ?? '#ffd8b8');
  useEffect(() => {
    dialog.current!.dataset['background'] = chosen;
    dialog.current!.style.setProperty('--own', colour);
    keep('photos-background', chosen);
    keep('photos-colour', colour);
  }, [chosen, colour]);
  return (
    <fieldset class="backgrounds">
      <legend class="unseen">{viewer.background}</legend>
      {backgrounds.map((name) => (
        <label key={name} class={`swatch ${name}`} title={viewer.backgrounds[name]}>
          <input
            type="radio" name="background" checked={chosen === name} aria-label={viewer.backgrounds[name]}
            onChange={() => setChosen(name)}
          />
        </label>
      ))}
      {chosen === 'own' && (
        <input
          type="color" value={colour} aria-label={viewer.colour}
          onInput={({ currentTarget }) => setColour(currentTarget.value)}
        />
      )}
    </fieldset>
  );
}
