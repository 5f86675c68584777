import { duration, moment } from '../../language/format.ts';
import { PhaseMark } from '../../parts/phase.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { ticking } from '../../shell/ticks.ts';
import type { Attempt, Stretch } from './attempts.ts';
import { say } from './texts.ts';

/** Attempts that are drawn; the newest. */
const mostDrawn = 20;

/** How long a job waited and ran in each attempt: as a bar, and as a table for whoever wants to know exactly. */
export function Timeline({ attempts }: { readonly attempts: readonly Attempt[] }) {
  const now = ticking.value;
  const shown = attempts.slice(-mostDrawn);
  const columns: readonly Column<Attempt>[] = [
    { name: 'attempt', head: say().attempt, cell: ({ number, run }) => (run === null ? '–' : number) },
    { name: 'waited', head: say().waited, numeric: true, cell: ({ wait }) => lengthText(wait, now) },
    { name: 'ran', head: say().ran, numeric: true, cell: ({ run }) => (run === null ? '–' : lengthText(run, now)) },
    {
      name: 'end',
      head: say().ended,
      cell: ({ end, run, problem }) => {
        if (end !== 'waiting') return <PhaseMark phase={end ?? (run === null ? 'waiting' : 'active')} />;
        // It waits for something, or was given back.
        if (problem === null) return <PhaseMark phase="waiting" text={say().interrupted} />;
        return <PhaseMark phase="failed" text={say().triedAgain} />;
      },
    },
    {
      name: 'problem',
      head: say().problem,
      cell: ({ problem, workerId }) => problem ?? (workerId === null ? '–' : <code>{workerId}</code>),
    },
  ];
  return (
    <section class="card timeline">
      <h2>{say().timeline}</h2>
      <div class="bar-of-time" role="img" aria-label={summary(shown, now)}>
        {shown.flatMap((attempt) => [
          <Part key={`${attempt.wait.from} wait`} stretch={attempt.wait} attempt={attempt} now={now} />,
          attempt.run && <Part key={`${attempt.run.from} run`} stretch={attempt.run} attempt={attempt} now={now} />,
        ])}
      </div>
      <p class="legend small quiet">
        <span class="wait">{say().waiting}</span>
        <span class="active">{say().running}</span>
        <span class="failed">{say().failedRun}</span>
        <span class="succeeded">{say().goodRun}</span>
      </p>
      <Table
        caption={say().timeline}
        columns={columns}
        rows={[...shown].reverse()}
        keyOf={({ wait }) => String(wait.from)}
      />
    </section>
  );
}

function lengthOf({ from, to }: Stretch, now: number): number {
  return Math.max(0, (to ?? now) - from);
}

function lengthText(stretch: Stretch, now: number): string {
  return duration(lengthOf(stretch, now));
}

function Part({
  stretch,
  attempt,
  now,
}: {
  readonly stretch: Stretch;
  readonly attempt: Attempt;
  readonly now: number;
}) {
  const length = lengthOf(stretch, now);
  const look = stretch.is === 'wait' ? 'wait' : lookOf(attempt);
  const text = stretch.is === 'wait' ? say().waiting : say().running;
  return (
    <span
      class={look}
      style={{ flexGrow: Math.max(1, length) }}
      title={`${text}: ${duration(length)} · ${moment(stretch.from)}`}
    />
  );
}

function lookOf({ end, problem }: Attempt): string {
  if (end === 'waiting') return problem === null ? 'active' : 'failed';
  return end ?? 'active';
}

function summary(attempts: readonly Attempt[], now: number): string {
  const sum = (is: 'wait' | 'run'): number =>
    attempts
      .map((attempt) => attempt[is])
      .reduce((total, stretch) => total + (stretch === null ? 0 : lengthOf(stretch, now)), 0);
  return say().timelineSummary(
    attempts.filter(({ run }) => run !== null).length,
    duration(sum('wait')),
    duration(sum('run')),
  );
}
