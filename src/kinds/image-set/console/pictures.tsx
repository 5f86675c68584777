import { ImageOff } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { objectUrl } from '../../../console/server/objects.ts';

/** A picture of the server's; the next of `urls` where one cannot be shown, and a mark where none can. */
export function Picture({ urls, alt, class: name = '', ...rest }: {
  readonly urls: readonly (string | null | undefined)[];
  readonly alt: string;
  readonly class?: string;
  readonly loading?: 'lazy';
  readonly onShown?: () => void;
}) {
  const [broken, setBroken] = useState<readonly string[]>([]);
  const url = urls.filter((each) => each != null).map(pathed).find((each) => !broken.includes(each.split('?', 1)[0]!));
  if (url === undefined) {
    const icon = <ImageOff size={22} aria-hidden="true" />;
    if (alt === '') return <span class={`${name} no-picture`} aria-hidden="true">{icon}</span>;
    return <span class={`${name} no-picture`} role="img" aria-label={alt}>{icon}</span>;
  }
  return (
    <img
      class={name} src={url} alt={alt} loading={rest.loading} decoding="async" draggable={false}
      onLoad={rest.onShown}
      onError={() => setBroken((before) => [...before, url.split('?', 1)[0]!])}
    />
  );
}

const pathed = (url: string): string => (url.startsWith('blob:') ? url : objectUrl(url));
