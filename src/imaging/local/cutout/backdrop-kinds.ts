/** What a cell of a picture on a plain backdrop is. */
export const BACKDROP = 0;
export const SHADOW = 1;
export const SUBJECT = 2;

export interface Parts {
  readonly width: number;
  readonly height: number;
  readonly kind: Uint8Array;
  /** Cells whose kind the colours do not settle, as a share of the subject. */
  readonly doubt: number;
}
