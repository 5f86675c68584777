import type { ComponentChildren } from 'preact';

export interface Column<T> {
  readonly name: string;
  readonly head: ComponentChildren;
  readonly cell: (row: T) => ComponentChildren;
  /** Numbers are aligned to the right. */
  readonly numeric?: boolean;
  /** Left out on narrow screens, where rows are cards. */
  readonly optional?: boolean;
}

/** A table; on narrow screens each row is a card, whose cells have their heads beside them. */
export function Table<T>({ caption, columns, rows, keyOf, rowClass }: {
  /** For those who hear it. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly rowClass?: (row: T) => string | undefined;
}) {
  return (
    <div class="table-frame">
      <table class="table">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, head, numeric }) => (
              <th key={name} scope="col" class={numeric === true ? 'numeric' : undefined}>{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} class={rowClass?.(row)}>
              {columns.map(({ name, head, cell, numeric, optional }) => (
                <td
                  key={name}
                  class={`${numeric === true ? 'numeric' : ''}${optional === true ? ' optional' : ''}`}
                  data-head={typeof head === 'string' ? head : undefined}
                >
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
