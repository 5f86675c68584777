import { CopyButton } from './copy.tsx';
import { indented } from './raw-json.ts';
import { shared } from './texts.ts';

/** More is not put on a page; the button copies all of it. Characters. */
const mostShown = 300_000;

/** JSON text, as it came, with its lines indented. */
export function Json({ text, label }: { readonly text: string; readonly label: string }) {
  const shown = indented(text);
  return (
    <div class="json">
      <CopyButton text={shown} />
      <pre class="block" tabIndex={0} role="region" aria-label={label}>{shown.slice(0, mostShown)}</pre>
      {shown.length > mostShown && <p class="small quiet">{shared().cut}</p>}
    </div>
  );
}
