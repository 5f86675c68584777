import { ArrowDown, Download, Pause, ScrollText } from 'lucide-preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { count } from '../../../language/format.ts';
import { Button } from '../../../parts/button.tsx';
import { attempt, tell } from '../../../parts/messages.tsx';
import { Empty } from '../../../parts/view.tsx';
import { api } from '../../../server/api.ts';
import { serverUrl } from '../../../shell/router.ts';
import { say as ofJob } from '../texts.ts';
import { useLog } from './follow.ts';
import { Lines, matches } from './lines.tsx';
import { grown, mostLines, type Block, type LogBuffer } from './log-buffer.ts';
import './log.css';

const say = () => ofJob().log;
/** From the end of the lines: nearer than that, new ones are followed. CSS pixels. */
const nearEnd = 24;
const windowLines = 1_000;

/** What a job writes, as it is written. */
export function Log({ id, isActive }: { readonly id: string; readonly isActive: boolean }) {
  const log = useLog(id);
  const [search, setSearch] = useState('');
  const [marked, setMarked] = useState<number | null>(null);
  /** Lines from elsewhere in the log, instead of the newest. */
  const [elsewhere, setElsewhere] = useState<readonly Block[] | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const sought = search.trim().toLowerCase();
  const blocks = elsewhere ?? log.blocks.value;
  useFollowing(frame, log, blocks, elsewhere === null && sought === '');
  useEffect(() => {
    if (marked !== null) frame.current?.querySelector(`[data-line="${marked}"]`)?.scrollIntoView({ block: 'center' });
  }, [marked, elsewhere]);
  const goTo = async (number: number): Promise<void> => {
    log.pause();
    setSearch('');
    const isHeld = log.blocks.peek().some(({ lines }) => lines.some((line) => line.number === number));
    if (!isHeld) {
      const query = { after: Math.max(0, number - 1), limit: windowLines };
      const { lines } = await api().jobLogs({ params: { id }, query });
      if (lines[0]?.number !== number) return tell(say().noLine(count(number)), 'bad');
      setElsewhere(grown([], lines));
    } else setElsewhere(null);
    setMarked(number);
  };
  const follow = (): void => {
    setElsewhere(null);
    setMarked(null);
    log.follow();
    if (frame.current) frame.current.scrollTop = frame.current.scrollHeight;
  };
  const isEmpty = blocks.length === 0;
  return (
    <section class="log" aria-label={say().label}>
      <Tools
        id={id}
        log={log}
        search={search}
        onSearch={setSearch}
        goTo={(number) => void attempt(() => goTo(number))}
        onFollow={follow}
        isElsewhere={elsewhere !== null}
      />
      {sought !== '' && (
        <p class="small quiet" role="status">
          {say().onlyMatches(matching(blocks, sought))}
        </p>
      )}
      {log.isCut.value && elsewhere === null && <p class="small quiet">{say().cut(count(mostLines))}</p>}
      {log.dropped.value > 0 && <p class="small quiet">{say().dropped(log.dropped.value)}</p>}
      {isEmpty ? (
        <Empty icon={ScrollText} title={isActive ? say().empty : say().nothing}>
          {isActive && <p>{say().emptyText}</p>}
        </Empty>
      ) : (
        <div class="log-frame" ref={frame} tabIndex={0} role="log" aria-live="off" aria-label={say().label}>
          {blocks.map((block) => (
            <Lines key={block.id} block={block} search={sought} marked={marked} />
          ))}
          {log.hasEnded.value && elsewhere === null && <p class="log-end small">{say().end}</p>}
        </div>
      )}
    </section>
  );
}

function matching(blocks: readonly Block[], sought: string): number {
  return blocks.reduce((sum, { lines }) => sum + lines.filter((line) => matches(line, sought)).length, 0);
}

/** Keeps the end in sight, until somebody scrolls away from it. */
function useFollowing(
  frame: { readonly current: HTMLDivElement | null },
  log: LogBuffer,
  blocks: readonly Block[],
  isFollowing: boolean,
): void {
  useLayoutEffect(() => {
    const { current } = frame;
    if (current !== null && isFollowing && !log.isPaused.peek()) current.scrollTop = current.scrollHeight;
  }, [blocks, isFollowing]);
  const isThere = blocks.length > 0;
  useEffect(() => {
    const { current } = frame;
    if (current === null) return;
    // A wheel, a finger or a key, and not lines that came.
    const onMove = (): void => {
      const isAtEnd = current.scrollHeight - current.scrollTop - current.clientHeight < nearEnd;
      if (!isAtEnd && !log.hasEnded.peek()) log.pause();
      else if (isAtEnd && log.isPaused.peek() && isFollowing) log.follow();
    };
    const later = (): void => void setTimeout(onMove, 50);
    for (const type of ['wheel', 'touchmove', 'keyup', 'pointerup'])
      current.addEventListener(type, later, { passive: true });
    return () => {
      for (const type of ['wheel', 'touchmove', 'keyup', 'pointerup']) current.removeEventListener(type, later);
    };
  }, [isThere, isFollowing]);
}

function Tools({
  id,
  log,
  search,
  onSearch,
  goTo,
  onFollow,
  isElsewhere,
}: {
  readonly id: string;
  readonly log: LogBuffer;
  readonly search: string;
  readonly onSearch: (text: string) => void;
  readonly goTo: (number: number) => void;
  readonly onFollow: () => void;
  readonly isElsewhere: boolean;
}) {
  const [line, setLine] = useState('');
  const pending = log.pending.value;
  return (
    <div class="log-tools">
      <input
        type="search"
        aria-label={say().search}
        placeholder={say().search}
        value={search}
        onInput={({ currentTarget }) => onSearch(currentTarget.value)}
      />
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          if (/^\d{1,15}$/.test(line.trim())) goTo(Number(line));
        }}
      >
        <input
          type="text"
          inputMode="numeric"
          aria-label={say().line}
          placeholder={say().line}
          value={line}
          onInput={({ currentTarget }) => setLine(currentTarget.value)}
        />
        <Button type="submit">{say().go}</Button>
      </form>
      {isElsewhere ? (
        <Button icon={ArrowDown} onClick={onFollow}>
          {say().latest}
        </Button>
      ) : log.isPaused.value ? (
        <Button icon={ArrowDown} onClick={onFollow}>
          {pending > 0 ? say().newLines(pending, count(pending)) : say().follow}
        </Button>
      ) : (
        !log.hasEnded.value && (
          <Button icon={Pause} onClick={() => log.pause()}>
            {say().pause}
          </Button>
        )
      )}
      <a class="button plain" href={`${serverUrl}/api/jobs/${id}/logs/file`} download={`${id}.ndjson`}>
        <Download size={16} aria-hidden="true" />
        {say().download}
      </a>
    </div>
  );
}
