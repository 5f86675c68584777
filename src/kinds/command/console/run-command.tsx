import { Play } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { Button } from '../../../console/parts/button.tsx';
import { SelectField, TextArea, TextField } from '../../../console/parts/field.tsx';
import { tell } from '../../../console/parts/messages.tsx';
import { Failure } from '../../../console/parts/view.tsx';
import { api } from '../../../console/server/api.ts';
import { useLoad } from '../../../console/server/load.ts';
import { useSending } from '../../../console/server/sending.ts';
import { forgetDraft, useDraft } from '../../../console/shell/draft.ts';
import { go } from '../../../console/shell/router.ts';
import type { commandRoutes } from '../contract/commands.ts';
import type { secretRoutes } from '../contract/secrets.ts';
import { say as ofPages } from './page-texts.ts';

const say = () => ofPages().run;

const empty = { command: '', name: '', provider: '', image: '', env: '', secrets: '', limit: '', keep: '' };
type Values = Readonly<typeof empty>;
type Problems = Partial<Record<keyof Values, string>>;

/** The form that runs a command: the line, and what is rarely needed folded away. */
export function RunCommand({ providers }: { readonly providers: readonly string[] }) {
  const [values, setValues] = useDraft<Values>('command', empty, withoutSecrets);
  const [problems, setProblems] = useState<Problems>({});
  const { busy, failure, send } = useSending();
  const set = (name: keyof Values) => (value: string) => setValues((known) => ({ ...known, [name]: value }));
  const run = async (): Promise<void> => {
    const { body, problems: wrong } = bodyOf(values);
    setProblems(wrong);
    if (Object.keys(wrong).length > 0) return;
    await send(async () => {
      const { id } = await api<typeof commandRoutes>().submitCommand({ body });
      forgetDraft('command');
      tell(say().done);
      go(`/jobs/${id}?tab=log`);
    });
  };
  return (
    <form
      class="card stack run-command"
      aria-label={say().title}
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      {failure !== null && <Failure of={failure} />}
      <TextArea
        label={ofPages().commandLine}
        rows={2}
        required
        spellcheck={false}
        placeholder={'echo "hello from $(hostname)"'}
        value={values.command}
        onValue={set('command')}
        problem={problems.command}
      />
      <details>
        <summary>{say().more}</summary>
        <More values={values} problems={problems} set={set} providers={providers} />
      </details>
      <footer class="actions">
        <Button type="submit" look="primary" icon={Play} busy={busy}>
          {say().submit}
        </Button>
      </footer>
    </form>
  );
}

function More({
  values,
  problems,
  set,
  providers,
}: {
  readonly values: Values;
  readonly problems: Problems;
  readonly set: (name: keyof Values) => (value: string) => void;
  readonly providers: readonly string[];
}) {
  const stored = useLoad((signal) => api<typeof secretRoutes>().listSecrets({}, { signal }), []);
  const names = stored.data.value?.secrets.map(({ name }) => name) ?? [];
  const hint =
    names.length === 0 ? say().secretsHint : `${say().secretsHint} ${say().known(names.slice(0, 20).join(', '))}`;
  const field = (name: keyof Values, label: string, hintText?: string) => (
    <TextField label={label} hint={hintText} value={values[name]} onValue={set(name)} problem={problems[name]} />
  );
  const area = (name: keyof Values, label: string, hintText: string) => (
    <TextArea
      label={label}
      hint={hintText}
      rows={3}
      spellcheck={false}
      value={values[name]}
      onValue={set(name)}
      problem={problems[name]}
    />
  );
  return (
    <div class="fields">
      {field('name', say().nameLabel, say().nameHint)}
      <SelectField
        label={ofPages().provider}
        value={values.provider}
        onValue={set('provider')}
        options={[['', say().anyProvider], ...providers.map((name) => [name, name] as const)]}
      />
      {field('image', ofPages().image, say().imageHint)}
      {field('limit', say().limit)}
      {area('env', say().env, say().envHint)}
      {area('secrets', say().secretsLabel, hint)}
      {area('keep', say().keep, say().keepHint)}
    </div>
  );
}

/** Variables by whose name it is likely are not kept in the browser. */
function withoutSecrets(values: Values): Values {
  const lines = values.env.split('\n').filter((line) => !/^[^=]*(pass|secret|token|key|credential)/i.test(line));
  return { ...values, env: lines.join('\n') };
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** NAME=value, one a line. A line that is none is the problem. */
function pairsOf(text: string): {
  readonly pairs: Readonly<Record<string, string>>;
  readonly wrong: string | undefined;
} {
  const lines = linesOf(text);
  const wrong = lines.find((line) => !/^[A-Za-z_]\w*\s*=/.test(line));
  const pairs = lines.map((line) => [
    line.slice(0, line.indexOf('=')).trim(),
    line.slice(line.indexOf('=') + 1).trim(),
  ]);
  return { pairs: Object.fromEntries(pairs) as Record<string, string>, wrong };
}

function bodyOf({ command, name, provider, image, env, secrets, limit, keep }: Values) {
  const [variables, named] = [pairsOf(env), pairsOf(secrets)];
  const seconds = limit.trim() === '' ? null : Number(limit.trim().replace(',', '.'));
  const problems: Problems = {
    ...(variables.wrong !== undefined && { env: say().badLine(variables.wrong) }),
    ...(named.wrong !== undefined && { secrets: say().badLine(named.wrong) }),
    ...(seconds !== null && !(seconds >= 0.1 && seconds <= 604_800) && { limit: say().badNumber }),
  };
  const outputs = linesOf(keep);
  const requirements = { ...(provider !== '' && { provider }), ...(image.trim() !== '' && { image: image.trim() }) };
  const body = {
    command,
    ...(name.trim() !== '' && { name: name.trim() }),
    ...(Object.keys(requirements).length > 0 && { requirements }),
    ...(Object.keys(variables.pairs).length > 0 && { environment: variables.pairs }),
    ...(Object.keys(named.pairs).length > 0 && { secrets: named.pairs }),
    ...(seconds !== null && { timeoutMs: Math.round(seconds * 1_000) }),
    ...(outputs.length > 0 && { outputs: [...outputs] }),
  };
  return { body, problems };
}
