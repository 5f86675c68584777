import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

/** A place that files can be dropped on; `over` is added to its class while some are above it. */
export function DropArea({ class: name, onDropped, children }: {
  readonly class: string;
  readonly onDropped: (data: DataTransfer) => void;
  readonly children: ComponentChildren;
}) {
  const [isOver, setOver] = useState(false);
  return (
    <div
      class={`${name}${isOver ? ' over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (event.dataTransfer !== null) onDropped(event.dataTransfer);
      }}
    >
      {children}
    </div>
  );
}
