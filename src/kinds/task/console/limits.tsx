import { useState } from 'preact/hooks';
import { count } from '../../../console/language/format.ts';
import { Button } from '../../../console/parts/button.tsx';
import { Dialog } from '../../../console/parts/dialog.tsx';
import { TextField } from '../../../console/parts/field.tsx';
import { tell } from '../../../console/parts/messages.tsx';
import { shared } from '../../../console/parts/texts.ts';
import { Failure } from '../../../console/parts/view.tsx';
import { api } from '../../../console/server/api.ts';
import { useSending } from '../../../console/server/sending.ts';
import type { TypeRoutes, TypeSettings } from './type-rows.ts';
import { say as ofPages } from './page-texts.ts';

const say = () => ofPages().page;

/** From, to. Null: it must not be empty. */
const ranges = {
  maxRunning: [1, 1_000_000],
  perKey: [1, 1_000_000],
  rateCount: [1, 1_000_000],
  rateWindow: [0.1, 86_400],
  maxAttempts: [1, 100],
  timeout: [1, 604_800],
} as const;
type Name = keyof typeof ranges;
const mayBeEmpty: ReadonlySet<Name> = new Set(['maxRunning', 'rateCount', 'rateWindow', 'timeout']);
const inSeconds: ReadonlySet<Name> = new Set(['rateWindow', 'timeout']);

/** The form of what holds for a type; of a new one where there is none. */
export function Limits({ of, onClose, onSaved }: {
  readonly of: TypeSettings | null;
  readonly onClose: () => void;
  readonly onSaved: () => Promise<void>;
}) {
  const [type, setType] = useState(of?.type ?? '');
  const [values, setValues] = useState(() => valuesOf(of));
  const [searchable, setSearchable] = useState(() => of?.searchable.join(', ') ?? '');
  const [problems, setProblems] = useState<Partial<Record<Name, string>>>({});
  const { busy, failure, fields, send } = useSending();
  const keysProblem = Object.entries(fields).find(([name]) => name.startsWith('searchable'))?.[1];
  const save = async (): Promise<void> => {
    const wrong = problemsOf(values);
    setProblems(wrong);
    if (Object.keys(wrong).length > 0) return;
    await send(async () => {
      const body = { ...bodyOf(values), searchable: keysIn(searchable) };
      await api<TypeRoutes>().putWorkType({ params: { type: type.trim() }, body });
      await onSaved();
      tell(say().saved);
      onClose();
    });
  };
  const field = (name: Name, label: string, hint?: string) => (
    <TextField
      label={label}
      hint={hint}
      inputMode="decimal"
      autocomplete="off"
      value={values[name]}
      problem={problems[name]}
      onValue={(value) => setValues((known) => ({ ...known, [name]: value }))}
    />
  );
  return (
    <Dialog title={of === null ? say().newType : say().dialog(of.type)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {failure !== null && keysProblem === undefined && <Failure of={failure} />}
        {of === null && <TextField label={say().newTypeName} value={type} onValue={setType} required maxLength={100} />}
        {field('maxRunning', say().maxRunning, say().maxRunningHint)}
        {field('perKey', say().perKey)}
        <div class="pair">
          {field('rateCount', say().rateCount, say().rateHint)}
          {field('rateWindow', say().rateWindow)}
        </div>
        <h3>{say().defaults}</h3>
        <div class="pair">
          {field('maxAttempts', say().maxAttempts)}
          {field('timeout', say().timeout, say().timeoutHint)}
        </div>
        <TextField
          label={say().searchable} hint={say().searchableHint} problem={keysProblem} autocomplete="off"
          autocapitalize="none" spellcheck={false} value={searchable} onValue={setSearchable}
        />
        <footer class="actions">
          <Button onClick={onClose}>{shared().cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {shared().save}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

type Values = Readonly<Record<Name, string>>;

function valuesOf(of: TypeSettings | null): Values {
  const written = (value: number | null | undefined): string => (value == null ? '' : String(value));
  const { limits, defaults } = of ?? { limits: null, defaults: null };
  const rate = limits?.rate ?? null;
  return {
    maxRunning: written(limits?.maxRunning),
    perKey: written(limits?.maxRunningPerKey ?? 1),
    rateCount: written(rate?.count),
    rateWindow: written(rate === null ? null : rate.windowMs / 1_000),
    maxAttempts: written(defaults?.maxAttempts ?? 3),
    timeout: written(defaults?.timeout == null ? null : defaults.timeout / 1_000),
  };
}

function keysIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((key) => key !== '');
}

function numberIn(text: string): number {
  return /^\d+([.,]\d+)?$/.test(text.trim()) ? Number(text.trim().replace(',', '.')) : NaN;
}

function problemsOf(values: Values): Partial<Record<Name, string>> {
  const rateIsHalf = (values.rateCount.trim() === '') !== (values.rateWindow.trim() === '');
  const wrong = (Object.keys(ranges) as Name[]).filter((name) => {
    const [from, to] = ranges[name];
    const value = numberIn(values[name]);
    const isEmpty = values[name].trim() === '';
    if (isEmpty) return !mayBeEmpty.has(name) || (rateIsHalf && (name === 'rateCount' || name === 'rateWindow'));
    return !(value >= from && value <= to) || (!inSeconds.has(name) && !Number.isInteger(value));
  });
  return Object.fromEntries(
    wrong.map((name) => [name, say().mustBeNumber(count(ranges[name][0]), count(ranges[name][1]))]),
  );
}

function bodyOf(values: Values) {
  const number = (name: Name): number | null => (values[name].trim() === '' ? null : numberIn(values[name]));
  const ms = (name: Name): number | null => (number(name) === null ? null : Math.round(number(name)! * 1_000));
  const [rateCount, windowMs] = [number('rateCount'), ms('rateWindow')];
  return {
    limits: {
      maxRunning: number('maxRunning'),
      maxRunningPerKey: number('perKey')!,
      rate: rateCount === null || windowMs === null ? null : { count: rateCount, windowMs },
    },
    defaults: { maxAttempts: number('maxAttempts')!, timeout: ms('timeout') },
  };
}
