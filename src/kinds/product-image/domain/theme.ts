import type { Aspect, Backdrop, Light, Placement } from '../../../domain/scene.ts';

/** How the finished images of a product look. */
export interface Theme {
  /** As webhooks name it. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** For models that make backgrounds of words. */
  readonly prompt: string;
  /** What those are not to show. */
  readonly negativePrompt: string;
  /** Of all backdrops, and by which the shadow falls. */
  readonly light: Light;
  /** 0 to 1, see `Placement`. */
  readonly shadow: number;
  readonly margins: Placement['margins'];
  /** Each once, at least one. */
  readonly aspects: readonly Aspect[];
  /** Backgrounds for each product, 1 to 4. */
  readonly variants: number;
  /** In turn for the variants; at least one. */
  readonly backdrops: readonly Omit<Backdrop, 'light'>[];
}

/** One for each variant. */
export function backdropsOf({ backdrops, light }: Theme, variants: number): readonly Backdrop[] {
  return Array.from({ length: variants }, (_, at) => ({ ...backdrops[at % backdrops.length]!, light }));
}

export function placementOf({ light, shadow, margins }: Theme): Placement {
  return { light, shadow, margins };
}

/** By name; a theme that is not among them looks as `default` does. */
export type Themes = ReadonlyMap<string, Theme>;

export function lookOf(themes: Themes, name: string): Theme {
  const theme = themes.get(name) ?? themes.get('default');
  if (theme === undefined) throw new RangeError('there is no theme named default');
  return theme;
}
