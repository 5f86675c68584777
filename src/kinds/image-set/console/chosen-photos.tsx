import { ImageOff, X } from 'lucide-preact';
import { Button } from '../../../console/parts/button.tsx';
import { bytes, count } from '../../../console/language/format.ts';
import { texts } from '../../../console/language/language.ts';
import { chosen, mostBytes, mostPhotos, tooMany, unchoose, type Chosen } from './chosen.ts';
import { thumbOf } from './thumbs.ts';

const say = texts({
  en: {
    label: 'Chosen photos',
    remove: (name: string) => `Leave ${name} out`,
    problems: {
      type: () => 'Not a JPEG, PNG, WebP or AVIF',
      large: (most: string) => `Larger than ${most}`,
      empty: () => 'The file is empty',
    },
    tooMany: (n: number, most: number) => `A set has ${count(most)} photos at most: ${count(n)} were left out.`,
  },
  de: {
    label: 'Ausgewählte Fotos',
    remove: (name) => `${name} weglassen`,
    problems: {
      type: () => 'Kein JPEG, PNG, WebP oder AVIF',
      large: (most) => `Größer als ${most}`,
      empty: () => 'Die Datei ist leer',
    },
    tooMany: (n, most) => `Eine Serie hat höchstens ${count(most)} Fotos: ${count(n)} wurden weggelassen.`,
  },
});

/** Small pictures of what was chosen, each of which can be left out again. */
export function ChosenPhotos() {
  return (
    <>
      {tooMany.value > 0 && <p class="notice" role="status">{say().tooMany(tooMany.value, mostPhotos)}</p>}
      <ul class="chosen-list" aria-label={say().label}>
        {chosen.value.map((each) => <One key={each.id} chosen={each} />)}
      </ul>
    </>
  );
}

function One({ chosen: { id, file, problem } }: { readonly chosen: Chosen }) {
  return (
    <li class={`chosen-one${problem === null ? '' : ' wrong'}`}>
      <LocalPicture file={problem === null ? file : null} />
      <Button look="plain" icon={X} label={say().remove(file.name)} onClick={() => unchoose(id)} />
      <span class="chosen-name small" title={file.name}>{file.name}</span>
      {problem !== null && <span class="chosen-problem small">{say().problems[problem](bytes(mostBytes()))}</span>}
    </li>
  );
}

/** A file of this machine; a mark for what the browser cannot show. */
export function LocalPicture({ file }: { readonly file: File | null }) {
  const thumb = file === null ? null : thumbOf(file).value;
  if (thumb === undefined) return <span class="chosen-picture skeleton" />;
  if (thumb === null) return <span class="chosen-picture none"><ImageOff size={22} aria-hidden="true" /></span>;
  return <img class="chosen-picture" src={thumb} alt="" />;
}
