import type { OptionName, OptionValues } from './options.ts';

/** What is wrong with the themes that webhooks may ask for, or null. */
export function themeNamesProblem(
  { themes, defaultTheme }: Pick<OptionValues, 'themes' | 'defaultTheme'>,
): { readonly option: OptionName; readonly message: string } | null {
  if (themes?.length === 0) return { option: 'themes', message: 'THEMES has no theme in it' };
  // A webhook without a theme is refused where it is one of its own accord.
  if (themes === undefined || defaultTheme === undefined || defaultTheme === 'default') return null;
  if (themes.includes(defaultTheme)) return null;
  return { option: 'defaultTheme', message: `DEFAULT_THEME is "${defaultTheme}": it must be one of THEMES` };
}
