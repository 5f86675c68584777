import { Check, Copy } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { Button } from './button.tsx';
import { shared } from './texts.ts';

/** Browsers have no clipboard for pages without https: what is selected can be copied everywhere. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.readOnly = true;
    area.className = 'unseen';
    // Inside an open dialog, as nothing outside of it can be selected.
    (document.activeElement?.closest('dialog') ?? document.body).append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }) {
  const [isDone, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    if (!(await copied(text))) return;
    setDone(true);
    setTimeout(() => setDone(false), 1_500);
  };
  const name = isDone ? shared().copied : (label ?? shared().copy);
  return <Button look="quiet" icon={isDone ? Check : Copy} label={name} onClick={() => void copy()} />;
}

/** An id, an address or a command, with the button that copies it. */
export function Code({ text, wrap = false }: { readonly text: string; readonly wrap?: boolean }) {
  return (
    <span class={`code${wrap ? ' wrapped' : ''}`}>
      <code>{text}</code>
      <CopyButton text={text} />
    </span>
  );
}
