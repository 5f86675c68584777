import { useState } from 'preact/hooks';
import type { JobEventView } from '../../../contract/job-event.ts';
import { clockTime, count, moment } from '../../language/format.ts';
import type { KindConsole, KindOfJob } from '../../page.ts';
import { Button } from '../../parts/button.tsx';
import { Json } from '../../parts/json.tsx';
import { PhaseMark } from '../../parts/phase.tsx';
import { Skeleton } from '../../parts/view.tsx';
import { mostEvents, type JobEvents } from './job-data.ts';
import { useOfJob } from './of-job.ts';
import { say } from './texts.ts';
import { wordsOf } from './words.ts';

const shownAtFirst = 100;

/** What happened to a job, newest first. */
export function History({ of, kind }: { readonly of: JobEvents; readonly kind: KindConsole | undefined }) {
  const [shown, setShown] = useState(shownAtFirst);
  const ofJob = useOfJob(kind);
  if (!of.isLoaded) return <Skeleton lines={6} height="line" />;
  const newest = [...of.events].reverse();
  return (
    <>
      {of.isCut && <p class="notice">{say().eventsCut(count(mostEvents))}</p>}
      <ol class="history" reversed>
        {newest.slice(0, shown).map((event) => (
          <Happened key={event.sequence} event={event} kind={kind} ofJob={ofJob} />
        ))}
      </ol>
      {newest.length > shown && (
        <div class="more">
          <Button onClick={() => setShown(shown + 500)}>{say().olderEvents}</Button>
        </div>
      )}
    </>
  );
}

function Happened({ event, kind, ofJob }: {
  readonly event: JobEventView;
  readonly kind: KindConsole | undefined;
  readonly ofJob: KindOfJob | null;
}) {
  const [isOpen, setOpen] = useState(false);
  const { sequence, type, status, at, actor, data } = event;
  const phase = status === null ? undefined : kind?.phaseOf?.(status);
  const ms = Date.parse(at);
  return (
    <li>
      <time dateTime={at} title={moment(ms)}>
        {clockTime(ms)}
      </time>
      <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          <span>{ofJob?.eventText(event) ?? wordsOf(type)}</span>
          {status !== null && phase !== undefined && (
            <PhaseMark phase={phase} text={kind?.stateText(status) ?? status} />
          )}
          <span class="quiet small">{say().by(actor === 'system' ? say().system : actor)}</span>
        </summary>
        {isOpen && (
          <>
            <p class="small quiet">{`${sequence} · ${type} · ${moment(ms)} · ${event.correlationId}`}</p>
            {Object.keys(data).length > 0 && <Json text={JSON.stringify(data)} label={wordsOf(type)} />}
          </>
        )}
      </details>
    </li>
  );
}
