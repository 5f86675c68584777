import { Check, CircleAlert } from 'lucide-preact';
import { Button } from '../../../console/parts/button.tsx';
import { confirmed } from '../../../console/parts/dialog.tsx';
import { attempt } from '../../../console/parts/messages.tsx';
import { Progress } from '../../../console/parts/progress.tsx';
import { Failure } from '../../../console/parts/view.tsx';
import { bytes } from '../../../console/language/format.ts';
import { LocalPicture } from './chosen-photos.tsx';
import { DropZone } from './drop-zone.tsx';
import { say } from './new-texts.ts';
import { giveUp, goOn, supply, type Upload, type UploadedFile } from './upload.ts';

/** How far an upload is, file by file, and what it needs to go on. */
export function Uploading({ upload: { files, state, failure }, onEnd }: {
  readonly upload: Upload;
  readonly onEnd: (jobId: string | null) => void;
}) {
  const done = files.filter((file) => file.state === 'done').length;
  const missing = files.filter((file) => file.file === null && file.state !== 'done').length;
  const share = files.reduce((sum, file) => sum + file.share, 0);
  const stop = async (): Promise<void> => {
    const sure = await confirmed({
      title: say().giveUpTitle, text: say().giveUpText, action: say().giveUp, dangerous: true,
    });
    if (sure) await attempt(giveUp);
  };
  return (
    <div class="stack">
      <div class="card stack">
        <div class="row spread">
          <h2 role="status">{state === 'starting' ? say().starting : say().uploaded(done, files.length)}</h2>
          <Button onClick={() => void stop()}>{say().giveUp}</Button>
        </div>
        <Progress label={say().uploading} done={share} total={files.length} />
      </div>
      {state === 'missing' && (
        <div class="card stack">
          <p><CircleAlert size={18} aria-hidden="true" class="inline" /> {say().missing(missing)}</p>
          <DropZone small take={(chosen) => void supply(chosen).then(onEnd)} />
        </div>
      )}
      {state === 'failed' && failure !== null && (
        <>
          <Failure of={failure} />
          <p><Button look="primary" onClick={() => void goOn().then(onEnd)}>{say().goOn}</Button></p>
        </>
      )}
      <ul class="uploads">{files.map((file, idx) => <One key={idx} file={file} />)}</ul>
    </div>
  );
}

function One({ file: { name, size, file, state, share } }: { readonly file: UploadedFile }) {
  return (
    <li class={`upload ${state}`}>
      <LocalPicture file={file} />
      <span class="grow">
        <span class="upload-name">{name}</span>
        <Progress label={name} done={share} total={1} />
      </span>
      <span class="quiet small upload-state">
        {state === 'done' && <Check size={16} aria-hidden="true" />}
        {file === null && state !== 'done' ? say().chooseAgain : say().states[state]}
        {' · '}{bytes(size)}
      </span>
    </li>
  );
}
