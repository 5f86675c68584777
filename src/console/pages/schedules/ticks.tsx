import { language } from '../../language/language.ts';
import { When } from '../../parts/time.tsx';
import { say } from './texts.ts';

/** When a schedule ticks next; the five that follow unfold, by the clock of its time zone. */
export function Ticks({
  next,
  ticks,
  timeZone,
}: {
  readonly next: string;
  readonly ticks: readonly string[];
  readonly timeZone: string;
}) {
  const first = offsetOf(ticks[0] ?? next, timeZone);
  return (
    <details class="ticks">
      <summary title={say().more}>
        <When at={next} />
      </summary>
      <ol>
        {ticks.map((tick, at) => {
          const hasChanged = offsetOf(tick, timeZone) !== (at === 0 ? first : offsetOf(ticks[at - 1]!, timeZone));
          return (
            <li key={tick}>
              <time dateTime={tick}>{clockOf(tick, timeZone)}</time>
              {hasChanged && <span class="small quiet">{say().clockChange}</span>}
            </li>
          );
        })}
      </ol>
    </details>
  );
}

function clockOf(at: string, timeZone: string): string {
  const options = {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  } as const;
  try {
    return new Intl.DateTimeFormat(language.value, options).format(Date.parse(at));
  } catch {
    // A zone that this browser does not know.
    return new Intl.DateTimeFormat(language.value, { ...options, timeZone: 'UTC' }).format(Date.parse(at));
  }
}

/** Of its zone from UTC: "GMT+2". */
function offsetOf(at: string, timeZone: string): string {
  try {
    const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(Date.parse(at));
    return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  } catch {
    return '';
  }
}
