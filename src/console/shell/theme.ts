import { signal, type ReadonlySignal } from '@preact/signals';
import { keep, kept } from './kept.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const chosen = signal<Theme>(themes.find((theme) => theme === kept('theme')) ?? 'system');
export const theme: ReadonlySignal<Theme> = chosen;
show();

export function chooseTheme(to: Theme): void {
  chosen.value = to;
  keep('theme', to === 'system' ? null : to);
  show();
}

/** The style sheet goes by `color-scheme`. */
function show(): void {
  const { value } = chosen;
  if (value === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = value;
}
