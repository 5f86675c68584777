import { useMemo, useRef } from 'preact/hooks';
import type { ListedJob } from '../../page.ts';
import type { Column } from '../../parts/table.tsx';
import { language } from '../../language/language.ts';
import { useJobNames } from '../../shell/kinds.ts';
import { say } from './texts.ts';

/** Jobs in rows that can be chosen: one, several with the shift key, all. */
export function JobTable({
  jobs,
  columns,
  chosen,
  choose,
}: {
  readonly jobs: readonly ListedJob[];
  readonly columns: readonly Column<ListedJob>[];
  readonly chosen: ReadonlySet<string>;
  /** Some of them, to be chosen or not; always the same function. */
  readonly choose: (ids: readonly string[], isChosen: boolean) => void;
}) {
  const last = useRef<string | null>(null);
  const shown = useRef(jobs);
  shown.current = jobs;
  const onChoose = useMemo(
    () =>
      (id: string, isChosen: boolean, isRange: boolean): void => {
        const ids = shown.current.map((job) => job.id);
        const [from, to] = [last.current === null ? -1 : ids.indexOf(last.current), ids.indexOf(id)];
        choose(isRange && from !== -1 ? ids.slice(Math.min(from, to), Math.max(from, to) + 1) : [id], isChosen);
        last.current = id;
      },
    [choose],
  );
  const count = jobs.filter(({ id }) => chosen.has(id)).length;
  const isAll = count === jobs.length;
  return (
    <div class="table-frame">
      <table class="table jobs">
        <caption class="unseen">{say().caption}</caption>
        <thead>
          <tr>
            <th scope="col" class="choice">
              <label>
                <input
                  type="checkbox"
                  aria-label={say().selectAll}
                  checked={isAll}
                  ref={(box) => {
                    if (box) box.indeterminate = count > 0 && !isAll;
                  }}
                  onChange={({ currentTarget }) =>
                    choose(
                      jobs.map(({ id }) => id),
                      currentTarget.checked,
                    )
                  }
                />
              </label>
            </th>
            {columns.map(({ name, head, numeric }) => (
              <th key={name} scope="col" class={numeric === true ? 'numeric' : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <Row key={job.id} job={job} columns={columns} isChosen={chosen.has(job.id)} onChoose={onChoose} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Is drawn again only when something of it has changed: a list may have thousands. */
function Row({
  job,
  columns,
  isChosen,
  onChoose,
}: {
  readonly job: ListedJob;
  readonly columns: readonly Column<ListedJob>[];
  readonly isChosen: boolean;
  readonly onChoose: (id: string, isChosen: boolean, isRange: boolean) => void;
}) {
  const { titleOf } = useJobNames();
  const shape = columns.map(({ name }) => name).join();
  return useMemo(
    () => (
      <tr class={isChosen ? 'chosen' : undefined}>
        <td class="choice">
          <label>
            <input
              type="checkbox"
              aria-label={say().select(titleOf(job))}
              checked={isChosen}
              onClick={(event) => onChoose(job.id, event.currentTarget.checked, event.shiftKey)}
            />
          </label>
        </td>
        {columns.map(({ name, head, cell, numeric, optional }) => (
          <td
            key={name}
            data-head={name === 'job' ? undefined : head}
            class={[name === 'job' && 'first', numeric && 'numeric', optional && 'optional'].filter(Boolean).join(' ')}
          >
            {cell(job)}
          </td>
        ))}
      </tr>
    ),
    [job, shape, isChosen, onChoose, language.value],
  );
}
