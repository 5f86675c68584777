import { signal, type ReadonlySignal } from '@preact/signals';

const now = signal(Date.now());

/** The time, every second while the tab is visible. Milliseconds since 1970. */
export const ticking: ReadonlySignal<number> = now;

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1_000);
document.addEventListener('visibilitychange', () => void (now.value = Date.now()));
