import { useMemo } from 'preact/hooks';
import { clockTime, moment } from '../../../language/format.ts';
import { language } from '../../../language/language.ts';
import { plainText, type Block, type Line } from './log-buffer.ts';

/** A hundred lines, drawn again only when they change. `search`, in lower case: only lines that have it are shown. */
export function Lines({
  block,
  search,
  marked,
}: {
  readonly block: Block;
  readonly search: string;
  /** The number of the line that was gone to. */
  readonly marked: number | null;
}) {
  const isHere = block.lines.some(({ number }) => number === marked) ? marked : null;
  return useMemo(() => {
    const shown = block.lines.filter((line) => matches(line, search));
    return (
      <div class="log-block">
        {shown.map((line) => (
          <LogLine key={line.number} line={line} search={search} isMarked={line.number === isHere} />
        ))}
      </div>
    );
  }, [block, search, isHere, language.value]);
}

export function matches({ text }: Line, search: string): boolean {
  return search === '' || plainText(text).toLowerCase().includes(search);
}

function LogLine({
  line,
  search,
  isMarked,
}: {
  readonly line: Line;
  readonly search: string;
  readonly isMarked: boolean;
}) {
  const { number, at, stream, level, text } = line;
  const name = level ?? (stream === 'log' ? '' : stream);
  const ms = Date.parse(at);
  return (
    <div class={`log-line ${name}${isMarked ? ' marked' : ''}`} data-line={number}>
      <span class="log-number">{number}</span>
      <time dateTime={at} title={moment(ms)}>
        {clockTime(ms)}
      </time>
      <span class="log-level">{name}</span>
      <span class="log-text">
        <Found text={plainText(text)} search={search} />
      </span>
    </div>
  );
}

function Found({ text, search }: { readonly text: string; readonly search: string }) {
  if (search === '') return <>{text}</>;
  const lower = text.toLowerCase();
  const parts = [];
  let from = 0;
  // Text whose lower case is longer has its places elsewhere.
  for (let at = lower.indexOf(search); at !== -1 && lower.length === text.length; at = lower.indexOf(search, from)) {
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + search.length)}</mark>);
    from = at + search.length;
  }
  return (
    <>
      {parts}
      {text.slice(from)}
    </>
  );
}
