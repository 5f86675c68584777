import { signal } from '@preact/signals';
import { X } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Button } from './button.tsx';
import { TextField } from './field.tsx';
import { shared } from './texts.ts';

/** The browser's own: it keeps the focus inside, closes by Escape, and gives the focus back. */
export function Dialog({ title, onClose, wide = false, children }: {
  readonly title: string;
  readonly onClose: () => void;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog${wide ? ' wide' : ''}`}
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="dialog-frame">
        <header>
          <h2 id={id}>{title}</h2>
          <Button look="quiet" icon={X} label={shared().close} onClick={() => dialog.current?.close()} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

interface Question {
  readonly title: string;
  /** What is going to happen, to how many of what. */
  readonly text: string;
  /** What the button says: "Cancel 12 jobs". */
  readonly action: string;
  readonly dangerous?: boolean;
  /** Has to be typed first: for what cannot be undone and is about very much. */
  readonly typed?: string;
}

const asking = signal<(Question & { readonly answer: (yes: boolean) => void }) | null>(null);

/** Asks before something is done that is hard to undo. */
export function confirmed(question: Question): Promise<boolean> {
  return new Promise((resolve) => {
    asking.value?.answer(false);
    asking.value = {
      ...question,
      answer: (yes) => {
        asking.value = null;
        resolve(yes);
      },
    };
  });
}

/** Where `confirmed` asks: once, in the shell. */
export function Questions() {
  const question = asking.value;
  return question && <Ask key={question.title} question={question} />;
}

function Ask({ question }: { readonly question: NonNullable<typeof asking.value> }) {
  const [typed, setTyped] = useState('');
  const isSure = question.typed === undefined || typed === question.typed;
  return (
    <Dialog title={question.title} onClose={() => question.answer(false)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isSure) question.answer(true);
        }}
      >
        <p>{question.text}</p>
        {question.typed !== undefined && (
          <TextField
            label={shared().typeToConfirm(question.typed)} autocomplete="off" value={typed} onValue={setTyped}
          />
        )}
        <footer class="actions">
          <Button onClick={() => question.answer(false)}>{shared().cancel}</Button>
          <Button type="submit" look={question.dangerous === true ? 'danger' : 'primary'} disabled={!isSure}>
            {question.action}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
