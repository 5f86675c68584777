import type { ComponentChildren } from 'preact';

/** What stands first on every page: where it belongs, its title, what can be done. */
export function PageHead({ title, crumb, lead, children }: {
  readonly title: ComponentChildren;
  /** A link to the page above. */
  readonly crumb?: ComponentChildren;
  /** What the page is for, where that is not plain. */
  readonly lead?: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  return (
    <header class="page-head">
      {crumb !== undefined && <p class="crumb">{crumb}</p>}
      <h1>{title}</h1>
      {children !== undefined && <div class="row">{children}</div>}
      {lead !== undefined && <p class="lead">{lead}</p>}
    </header>
  );
}
