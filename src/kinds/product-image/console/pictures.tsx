import { ImageOff } from 'lucide-preact';
import { Empty } from '../../../console/parts/view.tsx';
import { objectUrl } from '../../../console/server/objects.ts';
import type { Pictures } from './client.ts';
import { say } from './texts.ts';

/** What the shop gets, in each aspect, and what it was made of. */
export function ProductPictures({ pictures, sku }: { readonly pictures: Pictures; readonly sku: string }) {
  const { original, cutout, composites, backgrounds } = pictures;
  const variants = [...new Set(composites.map(({ variant }) => variant))].sort((a, b) => a - b);
  const isEmpty = composites.length === 0 && original === null && cutout === null;
  if (isEmpty) return <Empty icon={ImageOff} title={say().masters}><p>{say().noPictures}</p></Empty>;
  return (
    <div class="stack">
      <h2>{say().masters}</h2>
      {composites.length === 0 && <p class="quiet">{say().noPictures}</p>}
      {variants.map((variant) => (
        <section key={variant} class="stack" aria-label={say().variant(variant)}>
          {variants.length > 1 && <h3>{say().variant(variant)}</h3>}
          <div class="product-shots">
            {composites.filter((each) => each.variant === variant).map(({ key, url, aspect }) => {
              const caption = aspect?.replace('x', ':') ?? say().variant(variant);
              return <Shot key={key} url={url} alt={`${sku}, ${caption}`} caption={caption} />;
            })}
          </div>
        </section>
      ))}
      <h2>{say().madeOf}</h2>
      <div class="product-shots">
        {original !== null && <Shot url={original.url} alt={`${sku}, ${say().original}`} caption={say().original} />}
        {cutout !== null && <Shot url={cutout.url} alt={`${sku}, ${say().cutout}`} caption={say().cutout} isClear />}
      </div>
      {backgrounds.length > 0 && (
        <details>
          <summary>{say().backgrounds}</summary>
          <div class="product-shots">
            {backgrounds.map(({ key, url, variant }) => (
              <Shot key={key} url={url} alt={`${say().backgrounds}, ${variant}`} caption={say().variant(variant)} />
            ))}
          </div>
        </details>
      )}
    </div>
  );
}

function Shot({ url, alt, caption, isClear = false }: {
  readonly url: string;
  readonly alt: string;
  readonly caption: string;
  /** Whether it has transparency, and is shown on a checkerboard. */
  readonly isClear?: boolean;
}) {
  const address = objectUrl(url);
  return (
    <figure class={`product-shot${isClear ? ' clear' : ''}`}>
      <a href={address} target="_blank" rel="noopener"><img src={address} alt={alt} loading="lazy" /></a>
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
