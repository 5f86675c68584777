import { useState } from 'preact/hooks';
import type { ScheduledField } from '../../page.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { CheckField, SelectField, TextArea, TextField } from '../../parts/field.tsx';
import { tell } from '../../parts/messages.tsx';
import { shared } from '../../parts/texts.ts';
import { Failure } from '../../parts/view.tsx';
import { fieldProblems } from '../../server/failure.ts';
import { useSending } from '../../server/sending.ts';
import { forgetDraft, useDraft } from '../../shell/draft.ts';
import { useKinds } from '../../shell/kinds.ts';
import { cronWords } from './cron-words.ts';
import { replace, schedules, settingsOf, type Schedule } from './schedule.ts';
import { say } from './texts.ts';

const missedNames = ['once', 'skip', 'all'] as const satisfies readonly Schedule['missed'][];

/** Makes a schedule, or changes one: what the form does not ask for stays as it is. */
export function ScheduleForm({ of, onClose, onSaved }: FormProps) {
  const form = useForm({ of, onClose, onSaved });
  const { kinds, kind, fields, values, problems, set, written } = form;
  const words = cronWords(values['cron']!);
  const missed = missedNames.map((one) => [one, say().missedOptions[one]] as const);
  return (
    <Dialog title={of === null ? say().create : say().editTitle(of.name)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void form.save();
        }}
      >
        {form.failure !== null && <Failure of={form.failure} />}
        <TextField
          label={say().name} required maxLength={100} value={values['name']!} onValue={set('name')}
          problem={problems['name']}
        />
        <TextField
          label={say().cron} required spellcheck={false} autocomplete="off" value={values['cron']!}
          onValue={set('cron')} hint={words === null ? say().cronHint : say().cronWords(words)}
          problem={problems['cron']}
        />
        <TextField
          label={say().zone} list="zones" value={values['timeZone']!} onValue={set('timeZone')}
          problem={problems['timeZone']}
        />
        <datalist id="zones">
          {zones().map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
        <SelectField label={say().missed} options={missed} value={values['missed']!} onValue={set('missed')} />
        {of === null && kinds.length > 1 && (
          <SelectField
            label={say().kind} options={kinds.map((one) => [one.kind, one.name()] as const)} value={kind}
            onValue={form.setKind}
          />
        )}
        {fields.map((field) => (
          <JobField
            key={`${kind}.${field.name}`} field={field} value={written(field)} onValue={set(`job.${field.name}`)}
            problem={problems[field.name]}
          />
        ))}
        <CheckField label={say().enabled} checked={form.isEnabled} onChecked={form.setEnabled} />
        <footer class="actions">
          <Button onClick={onClose}>{shared().cancel}</Button>
          <Button type="submit" look="primary" busy={form.busy}>{shared().save}</Button>
        </footer>
      </form>
    </Dialog>
  );
}

interface FormProps {
  readonly of: Schedule | null;
  readonly onClose: () => void;
  readonly onSaved: () => Promise<void>;
}

function useForm({ of, onClose, onSaved }: FormProps) {
  const kinds = useKinds().filter(({ scheduled }) => scheduled !== undefined);
  const draft = `schedule.${of?.scheduleId ?? 'new'}`;
  const [kind, setKind] = useDraft(`${draft}.kind`, of?.kind ?? kinds[0]?.kind ?? '');
  const [values, setValues] = useDraft<Readonly<Record<string, string>>>(`${draft}.values`, {
    name: of?.name ?? '',
    cron: of?.cron ?? '',
    timeZone: of?.timeZone ?? zoneHere(),
    missed: of?.missed ?? 'once',
  });
  const [isEnabled, setEnabled] = useState(of?.enabled ?? true);
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  const { busy, failure, send } = useSending();
  const fields = kinds.find((one) => one.kind === kind)?.scheduled ?? [];
  const written = (field: ScheduledField): string => values[`job.${field.name}`] ?? writtenOf(of, field);
  const set = (name: string) => (value: string) => setValues((known) => ({ ...known, [name]: value }));
  const save = async (): Promise<void> => {
    const { job, problems: wrong } = jobOf(fields, written);
    setProblems(wrong);
    if (Object.keys(wrong).length > 0) return;
    const { name, cron, timeZone, missed } = values;
    const body = { ...keptOf(of, fields), kind, name, cron, timeZone, missed, enabled: isEnabled, ...job };
    const failed = await send(async () => {
      if (of === null) await schedules().createSchedule({ body: body as never });
      else await replace(of.scheduleId, body);
    });
    if (failed !== null) return setProblems(fieldProblems(failed));
    forgetDraft(draft);
    await onSaved();
    tell(say().saved);
    onClose();
  };
  return {
    kinds, kind, setKind, fields, values, set, written, isEnabled, setEnabled, failure, problems, busy, save,
  };
}

/** What the form does not ask for. */
function keptOf(of: Schedule | null, asked: readonly ScheduledField[]): Readonly<Record<string, unknown>> {
  const names = asked.map(({ name }) => name);
  return Object.fromEntries(
    Object.entries(of === null ? {} : settingsOf(of)).filter(([name]) => !names.includes(name)),
  );
}

function JobField({
  field,
  value,
  onValue,
  problem,
}: {
  readonly field: ScheduledField;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly problem: string | undefined;
}) {
  const { form, label, hint, required = false } = field;
  const props = { label: label(), hint: hint?.(), value, onValue, problem, required, spellcheck: false };
  return form === 'line' ? <TextField {...props} /> : <TextArea {...props} rows={form === 'json' ? 4 : 2} />;
}

/** As the field shows what a schedule has. */
function writtenOf(of: Schedule | null, { name, form }: ScheduledField): string {
  const value = (of as Readonly<Record<string, unknown>> | null)?.[name];
  if (value === undefined) return '';
  return form === 'json' ? JSON.stringify(value, null, 2) : String(value);
}

function jobOf(fields: readonly ScheduledField[], written: (field: ScheduledField) => string) {
  const job: Record<string, unknown> = {};
  const problems: Record<string, string> = {};
  for (const field of fields) {
    const text = written(field);
    if (text.trim() === '') continue;
    try {
      job[field.name] = field.form === 'json' ? JSON.parse(text) : text;
    } catch {
      problems[field.name] = say().notJson;
    }
  }
  return { job, problems };
}

function zoneHere(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

function zones(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone')];
}
