import { Check, CircleDashed, CircleSlash, X, type LucideIcon } from 'lucide-preact';
import { useRef, useState } from 'preact/hooks';
import { Button } from '../../../console/parts/button.tsx';
import { Picture } from './pictures.tsx';
import { say } from './set-texts.ts';
import { localThumb } from './thumbs.ts';
import type { Tile } from './tiles.ts';

const marks: Readonly<Record<Tile['state'], LucideIcon>> = {
  waiting: CircleDashed, done: Check, failed: X, notMade: CircleSlash,
};

interface WallProps {
  readonly jobId: string;
  readonly tiles: readonly Tile[];
  readonly open: (idx: number) => void;
  /** Null: photos cannot be used again. */
  readonly retry: ((idx: number, force: boolean) => void) | null;
}

/** The photos as tiles. One of them can be reached by Tab, the others by arrows from there. */
export function Wall({ tiles, ...rest }: WallProps) {
  const [current, setCurrent] = useState(0);
  const wall = useRef<HTMLUListElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = stepOf(event.key, wall.current!, tiles.length, current);
    if (step === null || !(event.target instanceof HTMLElement) || !event.target.matches('.tile-open')) return;
    event.preventDefault();
    setCurrent(step);
    wall.current!.querySelectorAll<HTMLElement>('.tile-open')[step]?.focus();
  };
  return (
    <ul ref={wall} class="wall" aria-label={say().wall} onKeyDown={onKeyDown}>
      {tiles.map((tile) => (
        <OneTile
          key={tile.idx} {...rest} tile={tile} isCurrent={tile.idx === Math.min(current, tiles.length - 1)}
          onFocus={() => setCurrent(tile.idx)}
        />
      ))}
    </ul>
  );
}

/** Where a key leads from a tile; null where it leads nowhere. */
function stepOf(key: string, wall: HTMLElement, total: number, from: number): number | null {
  const columns = getComputedStyle(wall).gridTemplateColumns.split(' ').length;
  const steps: Readonly<Record<string, number | undefined>> = {
    ArrowRight: from + 1, ArrowLeft: from - 1, ArrowDown: from + columns, ArrowUp: from - columns, Home: 0,
    End: total - 1,
  };
  const to = steps[key];
  return to === undefined || to < 0 || to >= total ? null : to;
}

function OneTile({ jobId, tile, isCurrent, open, retry, onFocus }: Omit<WallProps, 'tiles'> & {
  readonly tile: Tile;
  readonly isCurrent: boolean;
  readonly onFocus: () => void;
}) {
  const { idx, name, state, item, inputUrl, reason } = tile;
  const [isShown, setShown] = useState(false);
  const Mark = marks[state];
  const input = [item?.inputPreviewUrl, localThumb(jobId, idx), inputUrl];
  const isDone = item?.state === 'done';
  return (
    <li class={`tile ${state}${isShown ? ' shown' : ''}`}>
      <button
        type="button" class="tile-open" tabIndex={isCurrent ? 0 : -1} onFocus={onFocus} onClick={() => open(idx)}
        aria-label={say().tile(name, reason ?? say()[state])}
      >
        <Picture class="tile-input" alt="" loading="lazy" urls={isDone ? input : [item?.previewUrl, ...input]} />
        {isDone && (
          <span class="tile-result checks">
            <Picture alt="" loading="lazy" urls={[item.previewUrl, item.outputUrl]} onShown={() => setShown(true)} />
          </span>
        )}
        <span class="tile-mark"><Mark size={14} aria-hidden="true" /></span>
      </button>
      <span class="tile-name small" title={name}>{name}</span>
      {reason !== null && <span class="tile-reason small">{reason}</span>}
      {state === 'failed' && retry !== null && (
        <span class="tile-actions">
          {item?.errorCode === 'not_confident'
            ? <Button onClick={() => retry(idx, true)}>{say().use}</Button>
            : <Button onClick={() => retry(idx, false)}>{say().retry}</Button>}
        </span>
      )}
    </li>
  );
}
