/** A cut-out that is less likely right is refused. */
export const LEAST_CONFIDENCE = 0.5;

/** What was seen of a cut-out on a plain backdrop; each 0..1. */
export interface PlainSigns {
  /** Cells that the colours do not settle, as a share of the subject. */
  readonly doubt: number;
  /** Of what the model is sure of, what was taken for backdrop or its shadow where neither is near anything clear. */
  readonly lost: number;
  /** Of the subject, what could be a shadow by its colour; and what of that the model does not see. */
  readonly grey: number;
  readonly shade: number;
  /** Of the subject, what could be a shadow by its colour and is well within it, as between the turns of a cable. */
  readonly deep: number;
  /** Of the subject, what is grey between what is coloured, as is the shadow in the links of a chain. */
  readonly dull: number;
  /** Of the subject, what the model sees nothing in: a part may have been lost. */
  readonly unseen: number;
  /** On a rough backdrop, of what the model is sure of, what was left to the backdrop around the subject. */
  readonly vague: number;
  /** Of the subject's pixels, those that are mixed with the backdrop: many in thin things. */
  readonly mixed: number;
}

/** What was seen of a cut-out that a model found; each 0..1. */
export interface ModelSigns {
  /** Overlap of what it saw twice. */
  readonly agreement: number;
  /** Of what it saw, what it was in two minds about. */
  readonly entropy: number;
  /** Before a plain backdrop, what is unlike it and the model saw nothing in, as a share of what it saw. */
  readonly ignored: number;
}

/**
 * The probability that a cut-out on a plain backdrop is right. The weights of both are rounded from a logistic
 * regression on the pictures of bench/imaging, wrong being an IoU under 0.8. The last four were chosen so that what is
 * wrong is refused: each is seen in few pictures.
 */
export function plainConfidence(signs: PlainSigns): number {
  const { doubt, lost, mixed, grey, shade, deep, dull, unseen, vague } = signs;
  const colours = 10 * doubt + 3 * lost + 4 * mixed + 6 * grey + 8 * shade;
  return logistic(4 - colours - 11 * deep - 14 * dull - 13 * unseen - 20 * vague);
}

/** The probability that what a model found is right. */
export function modelConfidence({ agreement, entropy, ignored }: ModelSigns): number {
  return logistic(3.6 - 11 * entropy - 8 * (1 - agreement) - 6 * ignored);
}

const logistic = (value: number): number => 1 / (1 + Math.exp(-value));
