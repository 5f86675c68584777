/** The file that is made of each photo. What is not given is for the worker to choose. */
export interface Output {
  readonly format: OutputFormat;
  /** What shows behind transparent parts in a JPEG: `#rgb` or `#rrggbb`. */
  readonly background?: string;
  /** Of a JPEG or WebP, 1 to 100. */
  readonly quality?: number;
}

export const outputFormats = ['png', 'webp', 'jpeg'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** How the names of results end. */
export const extensions: Readonly<Record<OutputFormat, string>> = { png: 'png', webp: 'webp', jpeg: 'jpg' };

export const usualOutput: Output = { format: 'png' };
