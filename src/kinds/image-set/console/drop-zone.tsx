import { Camera, FolderOpen, ImagePlus } from 'lucide-preact';
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../../../console/parts/button.tsx';
import { DropArea } from '../../../console/parts/drop.tsx';
import { bytes } from '../../../console/language/format.ts';
import { texts } from '../../../console/language/language.ts';
import { accepted, choose, chosen, filesOf, mostBytes, mostPhotos } from './chosen.ts';

const say = texts({
  en: {
    title: 'Drop photos here', more: 'Drop more photos here', files: 'Choose photos', folder: 'Choose a folder',
    camera: 'Take a photo',
    limits: (size: string, most: number) =>
      `JPEG, PNG, WebP or AVIF, up to ${size} and 50 megapixels each, ${most} at once. Pasting works too.`,
  },
  de: {
    title: 'Fotos hier ablegen', more: 'Weitere Fotos hier ablegen', files: 'Fotos auswählen',
    folder: 'Ordner auswählen', camera: 'Foto aufnehmen',
    limits: (size, most) =>
      `JPEG, PNG, WebP oder AVIF, je bis ${size} und 50 Megapixel, bis zu ${most} auf einmal. Einfügen geht auch.`,
  },
});

/** Where photos come in: dropped, pasted, chosen, a folder of them, from a phone's camera. */
export function DropZone({ onChosen, small = false, take = choose }: {
  readonly onChosen?: () => void;
  /** Some are there already. */
  readonly small?: boolean;
  readonly take?: (files: readonly File[]) => void;
}) {
  const given = (files: readonly File[]): void => {
    if (files.length === 0) return;
    take(files);
    onChosen?.();
  };
  usePasted(given);
  const inputs = { files: useRef<HTMLInputElement>(null), folder: useRef<HTMLInputElement>(null) };
  const camera = useRef<HTMLInputElement>(null);
  const picker = (ref: RefObject<HTMLInputElement>, more: Readonly<Record<string, unknown>>) => (
    <input
      ref={ref} type="file" hidden multiple accept={accepted} {...more}
      onChange={({ currentTarget }) => {
        given([...(currentTarget.files ?? [])]);
        // The same file can be chosen again.
        currentTarget.value = '';
      }}
    />
  );
  return (
    <DropArea
      class={`drop${small ? ' small-drop' : ''}`}
      onDropped={(data) => void filesOf(data).then(given)}
    >
      <ImagePlus size={small ? 20 : 36} aria-hidden="true" />
      <p class="drop-title">{chosen.value.length > 0 ? say().more : say().title}</p>
      <div class="row drop-buttons">
        <Button look={small ? 'plain' : 'primary'} onClick={() => inputs.files.current?.click()}>{say().files}</Button>
        <Button icon={FolderOpen} onClick={() => inputs.folder.current?.click()}>{say().folder}</Button>
        <span class="drop-camera">
          <Button icon={Camera} onClick={() => camera.current?.click()}>{say().camera}</Button>
        </span>
      </div>
      {!small && <p class="quiet small">{say().limits(bytes(mostBytes()), mostPhotos)}</p>}
      {picker(inputs.files, {})}
      {picker(inputs.folder, { webkitdirectory: true })}
      {picker(camera, { capture: 'environment', multiple: false })}
    </DropArea>
  );
}

function usePasted(given: (files: readonly File[]) => void): void {
  const latest = useRef(given);
  latest.current = given;
  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      const isWriting = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA)$/.test(event.target.tagName);
      if (event.clipboardData === null || isWriting) return;
      void filesOf(event.clipboardData).then((files) => latest.current(files));
    };
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, []);
}
