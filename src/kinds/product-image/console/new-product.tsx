import { ImagePlus } from 'lucide-preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../../../console/parts/button.tsx';
import { DropArea } from '../../../console/parts/drop.tsx';
import { SelectField, TextField } from '../../../console/parts/field.tsx';
import { Link } from '../../../console/parts/link.tsx';
import { attempt, tell } from '../../../console/parts/messages.tsx';
import { PageHead } from '../../../console/parts/page-head.tsx';
import { useLoad } from '../../../console/server/load.ts';
import { fromHere } from '../../../console/server/objects.ts';
import { forgetDraft, useDraft } from '../../../console/shell/draft.ts';
import { go } from '../../../console/shell/router.ts';
import { products } from './client.ts';
import { say } from './texts.ts';
import './products.css';

const types = ['image/jpeg', 'image/png', 'image/webp'] as const;
type Type = (typeof types)[number];

/** A photo without a supplier's webhook: SKU, theme and file, with the theme's look at it before anything is made. */
export default function NewProduct() {
  const [photo, setPhoto] = useState<File | null>(null);
  const [sku, setSku] = useDraft('product.sku', '');
  const [theme, setTheme] = useDraft('product.theme', 'default');
  const [isBusy, setBusy] = useState(false);
  const themes = useLoad((signal) => products().listThemes({}, { signal }), []);
  const isPossible = crypto.subtle !== undefined;
  const add = async (): Promise<void> => {
    if (photo === null) return;
    setBusy(true);
    await attempt(() => addPhoto(photo, sku.trim(), theme));
    setBusy(false);
  };
  return (
    <>
      <PageHead title={say().add} crumb={<Link to="/products">{say().products}</Link>} />
      {!isPossible && <p class="notice">{say().needsHttps}</p>}
      <div class="product-new">
        <form class="stack" onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}>
          <PhotoField photo={photo} setPhoto={setPhoto} />
          <TextField label={say().sku} hint={say().skuHint} value={sku} onValue={setSku} required maxLength={200} />
          <SelectField
            label={say().theme} value={theme} onValue={setTheme}
            options={(themes.data.value?.themes ?? []).filter(({ isTaken }) => isTaken).map(({ name, title }) =>
              [name, title] as const)}
          />
          <div class="actions">
            <Button
              type="submit" look="primary" busy={isBusy} disabled={photo === null || sku.trim() === '' || !isPossible}
            >
              {isBusy ? say().uploading : say().upload}
            </Button>
          </div>
        </form>
        <Look photo={photo} theme={theme} />
      </div>
    </>
  );
}

async function addPhoto(photo: File, sku: string, theme: string): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await photo.arrayBuffer()));
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const type = photo.type as Type;
  const body = { sku, sha256, theme, type };
  const { jobId, status, job, upload, pipeline } = await products().createProductImage({ body });
  if (upload?.putUrl != null) {
    await products().upload(fromHere(upload.putUrl), photo, { contentType: photo.type });
    const params = { id: jobId };
    if (job.status === 'FAILED') await products().retryJob({ params });
    else if (pipeline) await products().startProductImage({ params });
  } else if (status === 'duplicate') tell(say().known);
  forgetDraft('product');
  go(`/products/${jobId}`);
}

function PhotoField({ photo, setPhoto }: {
  readonly photo: File | null;
  readonly setPhoto: (photo: File) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const url = useObjectUrl(photo);
  const take = (files: FileList | null): void => {
    const file = [...(files ?? [])].find(({ type }) => types.includes(type as Type));
    if (file !== undefined) setPhoto(file);
  };
  return (
    <DropArea class="product-drop" onDropped={({ files }) => take(files)}>
      {url === null ? <ImagePlus size={32} aria-hidden="true" /> : <img src={url} alt={photo?.name ?? ''} />}
      <Button onClick={() => input.current?.click()}>{say().chooseFile}</Button>
      <input
        ref={input} type="file" class="unseen" accept={types.join(',')} aria-label={say().photo} tabIndex={-1}
        onChange={({ currentTarget }) => take(currentTarget.files)}
      />
    </DropArea>
  );
}

/** How the photo would look: made by the server, for nothing, and not kept. */
function Look({ photo, theme }: { readonly photo: File | null; readonly theme: string }) {
  const [look, setLook] = useState<Blob | null>(null);
  const [isLooking, setLooking] = useState(false);
  const url = useObjectUrl(look);
  useEffect(() => {
    setLook(null);
    if (photo === null) return;
    const leaving = new AbortController();
    setLooking(true);
    const asked = async (): Promise<void> => {
      const file = { type: photo.type as Type, bytes: new Uint8Array(await photo.arrayBuffer()) };
      const answer = await products().previewTheme({ params: { theme }, query: {}, file }, {
        signal: leaving.signal, timeoutMs: 120_000,
      });
      setLook(await answer.blob());
    };
    void attempt(asked).finally(() => leaving.signal.aborted || setLooking(false));
    return () => leaving.abort();
  }, [photo, theme]);
  return (
    <section class="stack" aria-label={say().look}>
      <h2>{say().look}</h2>
      <div class="product-look" aria-busy={isLooking}>
        {url !== null && <img src={url} alt={say().look} />}
        {url === null && <span>{isLooking ? say().looking : '—'}</span>}
      </div>
    </section>
  );
}

function useObjectUrl(blob: Blob | null): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (blob === null) return setUrl(null);
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}
