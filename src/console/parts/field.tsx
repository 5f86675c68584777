import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

interface Around {
  readonly label: string;
  readonly hint?: string | undefined;
  /** What is wrong with it. */
  readonly problem?: string | undefined;
}

function Frame({ id, label, hint, problem, children }: Around & {
  readonly id: string;
  readonly children: ComponentChildren;
}) {
  return (
    <div class={`field${problem === undefined ? '' : ' wrong'}`}>
      <label for={id}>{label}</label>
      {children}
      {hint !== undefined && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      {problem !== undefined && <p class="problem" id={`${id}-problem`}>{problem}</p>}
    </div>
  );
}

function described(id: string, { hint, problem }: Pick<Around, 'hint' | 'problem'>) {
  const by = [hint !== undefined && `${id}-hint`, problem !== undefined && `${id}-problem`].filter(Boolean).join(' ');
  return { id, 'aria-describedby': by === '' ? undefined : by, 'aria-invalid': problem !== undefined || undefined };
}

type Own<E extends keyof Elements> = Omit<Elements[E], 'label' | 'id' | 'value'>;
interface Elements {
  input: JSX.InputHTMLAttributes<HTMLInputElement>;
  select: JSX.SelectHTMLAttributes<HTMLSelectElement>;
  textarea: JSX.TextareaHTMLAttributes<HTMLTextAreaElement>;
}

interface Bound {
  readonly value: string;
  readonly onValue: (value: string) => void;
}

export function TextField({ label, hint, problem, value, onValue, ...rest }: Around & Bound & Own<'input'>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} problem={problem}>
      <input
        {...rest}
        {...described(id, { hint, problem })}
        value={value}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
      />
    </Frame>
  );
}

export function TextArea({ label, hint, problem, value, onValue, ...rest }: Around & Bound & Own<'textarea'>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} problem={problem}>
      <textarea
        {...rest}
        {...described(id, { hint, problem })}
        value={value}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
      />
    </Frame>
  );
}

export function SelectField({ label, hint, problem, value, onValue, options, ...rest }: Around & Bound & {
  readonly options: readonly (readonly [value: string, text: string])[];
} & Own<'select'>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} problem={problem}>
      <select
        {...rest}
        {...described(id, { hint, problem })}
        value={value}
        onChange={({ currentTarget }) => onValue(currentTarget.value)}
      >
        {options.map(([option, text]) => <option key={option} value={option}>{text}</option>)}
      </select>
    </Frame>
  );
}

export function CheckField({ label, hint, checked, onChecked }: {
  readonly label: string;
  readonly hint?: string;
  readonly checked: boolean;
  readonly onChecked: (checked: boolean) => void;
}) {
  const id = useId();
  return (
    <div class="field check">
      <input
        type="checkbox"
        {...described(id, { hint })}
        checked={checked}
        onChange={({ currentTarget }) => onChecked(currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      {hint !== undefined && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}
