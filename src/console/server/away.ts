import { signal, type ReadonlySignal } from '@preact/signals';

const state = signal(false);

/**
 * Whether the login has ended under an open page. The page stays as it is below the login, with what was typed into
 * it, and asks for nothing until its user is back.
 */
export const isAway: ReadonlySignal<boolean> = state;

export function setAway(away: boolean): void {
  if (away && !state.peek()) forgetPasswords();
  state.value = away;
}

/** What nobody may find who comes to the machine meanwhile. */
function forgetPasswords(): void {
  for (const field of document.querySelectorAll<HTMLInputElement>('input[type=password]')) {
    field.value = '';
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
}
