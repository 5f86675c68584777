import { Ban, RotateCcw, SquarePlay, Trash2 } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { KindConsole, ShownJob } from '../../page.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy.tsx';
import { confirmed } from '../../parts/dialog.tsx';
import { attempt } from '../../parts/messages.tsx';
import { api } from '../../server/api.ts';
import { useJobNames } from '../../shell/kinds.ts';
import { go } from '../../shell/router.ts';
import { bodyText, curlOf, quoted, RunAgain } from './again.tsx';
import { useOfJob } from './of-job.ts';
import { say } from './texts.ts';

/** What can be done to a job in the phase that it is in. */
export function Actions({ job, text, kind, reload }: {
  readonly job: ShownJob;
  readonly text: string;
  readonly kind: KindConsole | undefined;
  readonly reload: () => Promise<void>;
}) {
  const [isOpen, setOpen] = useState(false);
  const { pathOf } = useJobNames();
  const { phase } = job;
  const { cancel, retry, remove } = useDeeds(job, kind, reload);
  const again = useOfJob(kind)?.again;
  const hasEnded = phase !== 'waiting' && phase !== 'active';
  const body = again === undefined ? null : bodyText(again, job, text);
  return (
    <>
      {!hasEnded && (
        <Button icon={Ban} onClick={() => void cancel()}>
          {say().cancel}
        </Button>
      )}
      {(phase === 'failed' || phase === 'canceled') && (
        <Button
          icon={RotateCcw}
          look="primary"
          onClick={() => void retry()}
        >
          {say().retry}
        </Button>
      )}
      {again !== undefined && body !== null && (
        <>
          <Button icon={SquarePlay} onClick={() => setOpen(true)}>
            {say().again}
          </Button>
          <span class="copy-as small quiet" title={say().copyHint}>
            {say().copy}
            <CopyText name="curl" text={curlOf(again, body)} />
            <CopyText name="CLI" text={again.cliOf(again.bodyOf(job), quoted)} />
          </span>
        </>
      )}
      {hasEnded && kind?.bulk?.delete !== undefined && (
        <Button icon={Trash2} look="quiet" label={say().remove} onClick={() => void remove()} />
      )}
      {isOpen && again !== undefined && body !== null && (
        <RunAgain
          of={job.id}
          again={again}
          body={body}
          pathOf={(to) => pathOf({ id: to, kind: job.kind })}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

function useDeeds({ id, phase }: ShownJob, kind: KindConsole | undefined, reload: () => Promise<void>) {
  const act = async (does: () => Promise<unknown>, done: string): Promise<void> => {
    await attempt(does, done, reload);
  };
  const cancel = async (): Promise<void> => {
    const isSure = await confirmed({
      title: say().cancelTitle, text: say().cancelText, action: say().cancel, dangerous: true,
    });
    const done = phase === 'active' ? say().canceling : say().canceled;
    if (isSure) await act(() => api().cancelJob({ params: { id } }), done);
  };
  const remove = async (): Promise<void> => {
    const isSure = await confirmed({
      title: say().removeTitle, text: say().removeText, action: say().remove, dangerous: true,
    });
    if (!isSure || kind?.bulk?.delete === undefined) return;
    const isDone = await attempt(async () => {
      const { failed } = await kind.bulk!.delete!([id]);
      if (failed > 0) throw new Error(say().gone);
    }, say().removed);
    if (isDone) go('/jobs', { replace: true });
  };
  const retry = () => act(() => api().retryJob({ params: { id } }), say().retried);
  return { cancel, retry, remove };
}

function CopyText({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <span class="row tight">
      {name}
      <CopyButton text={text} label={`${say().copy} ${name}`} />
    </span>
  );
}
