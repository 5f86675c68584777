import { useState } from 'preact/hooks';
import type { Again, ShownJob } from '../../page.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { TextArea } from '../../parts/field.tsx';
import { tell } from '../../parts/messages.tsx';
import { inexactNumber, indented, memberOf } from '../../parts/raw-json.ts';
import { shared } from '../../parts/texts.ts';
import { Failure } from '../../parts/view.tsx';
import { useSending } from '../../server/sending.ts';
import { forgetDraft, useDraft } from '../../shell/draft.ts';
import { go, serverUrl } from '../../shell/router.ts';
import { say } from './texts.ts';

/** The body of a job like this one, with its numbers as they were sent. `text`: the answer that has the job. */
export function bodyText(again: Again, job: ShownJob, text: string): string {
  const whole = memberOf(text, 'data') ?? text;
  const members = Object.entries(again.bodyOf(job)).map(([name, value]) => {
    const sent = memberOf(whole, name);
    const isSame = sent !== null && JSON.stringify(JSON.parse(sent)) === JSON.stringify(value);
    return `${JSON.stringify(name)}:${isSame ? sent : JSON.stringify(value)}`;
  });
  return indented(`{${members.join(',')}}`);
}

/** For a shell: whatever it is, it is one word. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function curlOf({ path }: Again, body: string): string {
  return [
    `curl -X POST ${quoted(serverUrl + path)}`,
    '-H "authorization: Bearer $WAYBILL_TOKEN"',
    "-H 'content-type: application/json'",
    `-d ${quoted(body)}`,
  ].join(' \\\n  ');
}

/** The form that makes another job of this one. */
export function RunAgain({
  of,
  again,
  body,
  pathOf,
  onClose,
}: {
  /** The job's id. */
  readonly of: string;
  readonly again: Again;
  readonly body: string;
  readonly pathOf: (id: string) => string;
  readonly onClose: () => void;
}) {
  const draft = `again.${of}`;
  const [text, setText] = useDraft(draft, body);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const { busy, failure, send } = useSending();
  const run = async (): Promise<void> => {
    const parsed = parse(text);
    setProblem(parsed.problem);
    const { body: submitted } = parsed;
    if (submitted === undefined) return;
    await send(async () => {
      const id = await again.submit(submitted);
      forgetDraft(draft);
      tell(say().againDone);
      onClose();
      go(pathOf(id));
    });
  };
  return (
    <Dialog title={say().againTitle} wide onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        {failure !== null && <Failure of={failure} />}
        <TextArea
          label={say().tabs.raw}
          hint={say().againHint}
          problem={problem}
          value={text}
          onValue={setText}
          spellcheck={false}
          rows={Math.min(24, Math.max(8, text.split('\n').length + 1))}
        />
        <footer class="actions">
          <Button onClick={onClose}>{shared().cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {say().againRun}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function parse(text: string): {
  readonly body?: Readonly<Record<string, unknown>>;
  readonly problem: string | undefined;
} {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return { problem: say().againObject };
    const changed = inexactNumber(text);
    if (changed !== null) return { problem: say().againInexact(changed) };
    return { body: body as Readonly<Record<string, unknown>>, problem: undefined };
  } catch (error) {
    return { problem: say().againBad(error instanceof Error ? error.message : '') };
  }
}
