/** How much is done of how much; a moving bar while nobody knows how much there is. */
export function Progress({ label, done, failed = 0, total }: {
  readonly label: string;
  readonly done: number;
  readonly failed?: number;
  readonly total: number | null;
}) {
  if (total === null || total === 0) return <progress class="progress" aria-label={label} />;
  return (
    <span class="progress-frame">
      <progress
        class={`progress${failed > 0 ? ' some-failed' : ''}`} aria-label={label} max={total} value={done + failed}
      />
    </span>
  );
}
