import type { ComponentChildren } from 'preact';
import { href } from '../shell/router.ts';

/** To a page of the console: "/jobs/0193…". */
export function Link({ to, children, ...rest }: {
  readonly to: string;
  readonly class?: string;
  readonly 'aria-current'?: 'page';
  readonly title?: string;
  readonly children?: ComponentChildren;
}) {
  return <a href={href(to)} {...rest}>{children}</a>;
}
