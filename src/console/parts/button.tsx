import type { LucideIcon } from 'lucide-preact';
import type { ComponentChildren, JSX } from 'preact';
import { href } from '../shell/router.ts';

interface Look {
  /** `primary`: what the page is for, once a page. Default: plain. */
  readonly look?: 'primary' | 'plain' | 'quiet' | 'danger';
  readonly icon?: LucideIcon;
  /** Of a button that shows its icon only: its name. */
  readonly label?: string;
  readonly children?: ComponentChildren;
}

type ButtonProps = Look & Omit<JSX.ButtonHTMLAttributes<HTMLButtonElement>, 'icon' | 'label'> & {
  /** Whether what it started is under way: it cannot be pressed again. */
  readonly busy?: boolean;
};

export function Button({ look = 'plain', icon: Icon, label, busy = false, children, ...rest }: ButtonProps) {
  const isBare = children === undefined;
  return (
    <button
      type="button"
      {...rest}
      class={`button ${look}${isBare ? ' bare' : ''}`}
      aria-label={label}
      title={isBare ? label : undefined}
      aria-busy={busy || undefined}
      disabled={busy || rest.disabled}
    >
      {Icon && <Icon size={16} aria-hidden="true" />}
      {children}
    </button>
  );
}

/** A link that looks like a button. `to` is a page: "/photos/new". */
export function ButtonLink({ look = 'plain', icon: Icon, label, to, children }: Look & { readonly to: string }) {
  return (
    <a class={`button ${look}`} href={href(to)} aria-label={label}>
      {Icon && <Icon size={16} aria-hidden="true" />}
      {children}
    </a>
  );
}
