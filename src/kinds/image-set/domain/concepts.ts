/** What is to be done with one part of the picture. */
export interface Concept {
  readonly action: ConceptAction;
  /** What the action needs: a colour, a tone, a texture; may be empty for `remove`. */
  readonly value: string;
  /** Where the part is, as fractions of the upright picture, when no worker could find it by its name. */
  readonly box?: readonly [x: number, y: number, width: number, height: number];
  /** Whether a new background shows the subject's shadow; it does unless this is false. */
  readonly shadow?: boolean;
}

export const conceptActions = ['recolor', 'tone', 'texture', 'remove'] as const;
export type ConceptAction = (typeof conceptActions)[number];

/** By the name of the part: "background", "person", "wall". */
export type Concepts = Readonly<Record<string, Concept>>;

export interface Preset {
  readonly name: string;
  readonly description: string;
  readonly concepts: Concepts;
  readonly protect: readonly string[];
}

export const presets: readonly Preset[] = [
  {
    name: 'interior',
    description: 'Rooms in a warmer light, with people left as they are.',
    concepts: { room: { action: 'tone', value: 'warm' } },
    protect: ['person', 'face'],
  },
  {
    name: 'seller',
    description: 'The product before a clean white background.',
    concepts: { background: { action: 'recolor', value: '#ffffff' } },
    protect: ['subject'],
  },
  {
    name: 'remove-background',
    description: 'The subject cut out, with a transparent background.',
    concepts: { background: { action: 'remove', value: '' } },
    protect: [],
  },
];

export function findPreset(name: string): Preset | null {
  return presets.find((preset) => preset.name === name) ?? null;
}
