import { useState } from 'preact/hooks';
import { chooseLanguage, language, languages, type Language } from '../language/language.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { SelectField } from '../parts/field.tsx';
import { chooseTheme, theme, themes, type Theme } from './theme.ts';
import { say } from './texts.ts';
import { href } from './router.ts';
import { shared } from '../parts/texts.ts';

/** How the console looks and speaks, in this browser. */
export function Preferences({ onClose }: { readonly onClose: () => void }) {
  const [isOpen, setOpen] = useState(true);
  if (!isOpen) return null;
  const close = (): void => {
    setOpen(false);
    onClose();
  };
  return (
    <Dialog title={say().preferences} onClose={close}>
      <SelectField
        label={say().theme}
        value={theme.value}
        onValue={(value) => chooseTheme(value as Theme)}
        options={themes.map((each) => [each, say().themes[each]])}
      />
      <SelectField
        label={say().language}
        value={language.value}
        onValue={(value) => chooseLanguage(value as Language)}
        options={Object.entries(languages)}
      />
      <footer class="actions">
        <a href={href('/docs/guides')} data-outside="">{say().docs}</a>
        <Button onClick={close}>{shared().close}</Button>
      </footer>
    </Dialog>
  );
}
