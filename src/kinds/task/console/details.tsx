import { duration } from '../../../console/language/format.ts';
import type { JobDetailsProps } from '../../../console/page.ts';
import { Json } from '../../../console/parts/json.tsx';
import { memberOf } from '../../../console/parts/raw-json.ts';
import { Link } from '../../../console/parts/link.tsx';
import { Ago } from '../../../console/parts/time.tsx';
import { errorGroups, type ErrorGroup } from './error-groups.ts';
import type { TaskJob } from './task-job.ts';
import { say } from './page-texts.ts';
import { StepsOf } from './steps.tsx';
import './task.css';

/** Of a task: why it waits, what went wrong, what it was given and what it returned. */
export default function TaskDetails({ job, text }: JobDetailsProps) {
  const task = job as unknown as TaskJob;
  const whole = memberOf(text, 'data') ?? text;
  const { waitingFor, cancelRequested, cancelReason, endedAt, errorLog } = task;
  const groups = errorGroups(errorLog);
  const isStopping = cancelRequested && endedAt === null;
  return (
    <>
      {waitingFor != null && (
        <p class="notice">
          <span>
            <strong>{say().why}: </strong>
            {say().waiting[waitingFor.code]}
          </span>
        </p>
      )}
      {isStopping && <p class="notice">{say().stopping}</p>}
      {cancelReason !== null && endedAt !== null && (
        <p class="notice">
          <span>
            <strong>{say().canceledBecause}: </strong>
            {cancelReason}
          </span>
        </p>
      )}
      <StepsOf task={task} />
      {groups.length > 0 && (
        <section class="card">
          <h2>{say().errors}</h2>
          <ul class="error-groups">
            {groups.map((group) => (
              <Group key={group.key} group={group} />
            ))}
          </ul>
        </section>
      )}
      <div class="two">
        <section class="card">
          <h2>{say().input}</h2>
          <Json text={memberOf(whole, 'data') ?? 'null'} label={say().input} />
        </section>
        <section class="card">
          <h2>{say().result}</h2>
          {task.status === 'completed' ? (
            <Json text={memberOf(whole, 'result') ?? 'null'} label={say().result} />
          ) : (
            <p class="quiet">{say().noResult}</p>
          )}
        </section>
      </div>
      <Settings task={task} />
    </>
  );
}

function Group({ group: { message, code, count, lastAt, items, stack } }: { readonly group: ErrorGroup }) {
  const shown = items.slice(0, 5);
  return (
    <li>
      <p>
        <strong>{message}</strong>
        {code !== null && (
          <>
            {' '}
            <code>{code}</code>
          </>
        )}
      </p>
      <p class="small quiet">
        {say().times(count)} · {say().lastAt} <Ago at={lastAt} />
        {shown.length > 0 && ` · ${say().items(shown.join(', '))}`}
        {items.length > shown.length && ` ${say().moreItems(items.length - shown.length)}`}
      </p>
      {stack !== null && (
        <details>
          <summary>{say().stack}</summary>
          <pre class="block" tabIndex={0} role="region" aria-label={say().stack}>
            {stack}
          </pre>
        </details>
      )}
    </li>
  );
}

function Settings({ task }: { readonly task: TaskJob }) {
  const { priority, timeout, backoff, dedupeKey, concurrencyKey, webhookUrl, scheduleId } = task;
  return (
    <details class="card">
      <summary>
        <h2>{say().settings}</h2>
      </summary>
      <dl class="facts">
        <dt>{say().priority}</dt>
        <dd>{priority}</dd>
        <dt>{say().timeout}</dt>
        <dd>{timeout === null ? say().none : duration(timeout)}</dd>
        <dt>{say().backoff}</dt>
        <dd>
          {duration(backoff.firstMs)} – {duration(backoff.maxMs)}
        </dd>
        {dedupeKey !== null && (
          <>
            <dt>{say().dedupeKey}</dt>
            <dd>
              <code>{dedupeKey}</code>
            </dd>
          </>
        )}
        {concurrencyKey !== null && (
          <>
            <dt>{say().concurrencyKey}</dt>
            <dd>
              <code>{concurrencyKey}</code>
            </dd>
          </>
        )}
        {webhookUrl !== null && (
          <>
            <dt>{say().webhook}</dt>
            <dd>
              <code>{webhookUrl}</code>
            </dd>
          </>
        )}
        {scheduleId !== null && (
          <>
            <dt>{say().schedule}</dt>
            <dd>
              <Link to="/schedules">{scheduleId}</Link>
            </dd>
          </>
        )}
      </dl>
    </details>
  );
}
