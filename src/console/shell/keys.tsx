import { useEffect } from 'preact/hooks';
import type { Page } from '../page.ts';
import { Dialog } from '../parts/dialog.tsx';
import { go } from './router.ts';
import { say } from './texts.ts';

const search = 'main :is([type=search], [role=combobox])';
/** How long `g` waits for the letter of a page. Milliseconds. */
const waitMs = 1_500;

/** `/` to the page's search, `?` for this list, `g` and a letter to a page; not while somebody writes. */
export function useKeys(pages: readonly Page[], openHelp: () => void): void {
  useEffect(() => {
    let gAt = -Infinity;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isWriting(event.target) || document.querySelector('dialog[open]') !== null) return;
      const isSecond = performance.now() - gAt < waitMs;
      gAt = -Infinity;
      const page = isSecond ? pages.find(({ entry }) => entry?.key === event.key) : undefined;
      if (page !== undefined) go(page.path);
      else if (event.key === 'g') gAt = performance.now();
      else if (event.key === '?') openHelp();
      else if (event.key === '/') document.querySelector<HTMLInputElement>(search)?.focus();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [pages, openHelp]);
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

export function KeyHelp({ pages, onClose }: { readonly pages: readonly Page[]; readonly onClose: () => void }) {
  const { keyRows } = say();
  return (
    <Dialog title={say().keys} onClose={onClose}>
      <dl class="keys">
        <dt><kbd>/</kbd></dt><dd>{keyRows.search}</dd>
        <dt><kbd>?</kbd></dt><dd>{keyRows.help}</dd>
        {pages.map(({ path, title, entry }) => entry !== undefined && (
          <div key={path}><dt><kbd>g</kbd> <kbd>{entry.key}</kbd></dt><dd>{title()}</dd></div>
        ))}
      </dl>
      <p class="quiet small">{keyRows.go}</p>
    </Dialog>
  );
}
