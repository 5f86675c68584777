import type { LucideIcon } from 'lucide-preact';
import type { ComponentChildren } from 'preact';

/** A word or two about something; in a colour only beside an icon that says the same. */
export function Badge({ tone, icon: Icon, children }: {
  readonly tone?: 'good' | 'bad';
  readonly icon?: LucideIcon;
  readonly children: ComponentChildren;
}) {
  return (
    <span class={`badge${tone === undefined ? '' : ` ${tone}`}`}>
      {Icon && <Icon size={13} aria-hidden="true" />}
      {children}
    </span>
  );
}
