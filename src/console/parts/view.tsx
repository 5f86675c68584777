import { CircleAlert, RotateCw } from 'lucide-preact';
import type { ComponentChildren, ComponentType } from 'preact';
import type { LucideIcon } from 'lucide-preact';
import type { ApiError } from '../../client/index.ts';
import { failureText } from '../language/failures.ts';
import type { Loaded } from '../server/load.ts';
import { Button } from './button.tsx';
import { shared } from './texts.ts';

/** Shows what was loaded; until then a skeleton, and why when it failed. What was shown before stays. */
export function View<T>({ of, skeleton, children }: {
  readonly of: Loaded<T>;
  /** In the shape of what comes, so that nothing jumps. */
  readonly skeleton: ComponentChildren;
  readonly children: (data: T) => ComponentChildren;
}) {
  const { data: { value: data }, failure: { value: failure } } = of;
  if (data === undefined && failure === null) {
    return <div aria-busy="true"><span class="unseen" role="status">{shared().loading}</span>{skeleton}</div>;
  }
  return (
    <>
      {failure !== null && <Failure of={failure} retry={() => void of.reload()} />}
      {data !== undefined && children(data)}
    </>
  );
}

/** What went wrong, in the reader's language; then in the server's words, with the id that its log has. */
export function Failure({ of, retry }: { readonly of: ApiError; readonly retry?: () => void }) {
  return (
    <div class="notice bad" role="alert">
      <CircleAlert size={18} aria-hidden="true" />
      <div>
        <strong>{failureText(of)}</strong>
        <p>{of.message}</p>
        {of.requestId !== null && <p class="small quiet">{shared().requestId(of.requestId)}</p>}
      </div>
      {retry && <Button icon={RotateCw} onClick={retry}>{shared().tryAgain}</Button>}
    </div>
  );
}

/** Bars where text will be. */
export function Skeleton({ lines = 1, height }: {
  readonly lines?: number;
  readonly height?: 'tile' | 'card' | 'row' | 'line';
}) {
  return (
    <div class="skeletons" aria-hidden="true">
      {Array.from({ length: lines }, (_, at) => <div key={at} class={`skeleton ${height ?? 'row'}`} />)}
    </div>
  );
}

/** Nothing is there yet: what it would be, and how to get it. */
export function Empty({ icon: Icon, title, children }: {
  readonly icon: LucideIcon | ComponentType<{ size?: number }>;
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <Icon size={32} aria-hidden="true" />
      <h2>{title}</h2>
      {children}
    </div>
  );
}
