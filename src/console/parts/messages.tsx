import { signal } from '@preact/signals';
import { CircleAlert, CircleCheck, X } from 'lucide-preact';
import { failureText } from '../language/failures.ts';
import { isAway } from '../server/away.ts';
import { failureOf } from '../server/failure.ts';
import { throttled } from '../server/load.ts';
import { Button } from './button.tsx';
import { shared } from './texts.ts';

interface Message {
  readonly id: number;
  readonly tone: 'good' | 'bad';
  readonly text: string;
}

const shown = signal<readonly Message[]>([]);
const spoken = signal('');
let last = 0;

/** What went well goes away by itself. Milliseconds. */
const goodMs = 5_000;
const mostMessages = 4;

/** Says briefly what was done, or what was not. */
export function tell(text: string, tone: Message['tone'] = 'good'): void {
  const message = { id: (last += 1), tone, text };
  shown.value = [...shown.value, message].slice(-mostMessages);
  if (tone === 'good') setTimeout(() => dismiss(message.id), goodMs);
}

/**
 * Does something, and says what went wrong. True when it went well. That it is done is said once `reload` has loaded
 * what shows it: nobody reads "changed" beside the old value.
 */
export async function attempt<T>(
  act: () => Promise<T>, done?: string | ((result: T) => string), reload?: () => Promise<void>,
): Promise<boolean> {
  try {
    const result = await act();
    await reload?.();
    if (done !== undefined) tell(typeof done === 'string' ? done : done(result));
    return true;
  } catch (thrown) {
    void reload?.();
    const failure = failureOf(thrown);
    if (failure.code !== 'aborted' && !isAway.peek()) tell(`${failureText(failure)} ${failure.message}`, 'bad');
    return false;
  }
}

function dismiss(id: number): void {
  shown.value = shown.value.filter((message) => message.id !== id);
}

/** To be spoken at the next chance; what is newer replaces it. */
let next = '';
const speak = throttled(() => void (spoken.value = next), 5_000);

/** Tells those who hear the page what those who see it see: at most once in 5 s. */
export function announce(text: string): void {
  next = text;
  speak.call();
}

/** Where both are: once, in the shell. */
export function Messages() {
  return (
    <>
      <div class="unseen" role="status" aria-live="polite">{spoken}</div>
      <div class="messages" aria-live="polite">
        {shown.value.map(({ id, tone, text }) => {
          const Icon = tone === 'good' ? CircleCheck : CircleAlert;
          return (
            <div key={id} class={`message ${tone}`}>
              <Icon size={18} aria-hidden="true" />
              <span>{text}</span>
              <Button look="quiet" icon={X} label={shared().close} onClick={() => dismiss(id)} />
            </div>
          );
        })}
      </div>
    </>
  );
}
