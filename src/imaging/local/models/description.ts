import type { Slot } from './runtime.ts';

export type Family = 'u2net' | 'isnet' | 'birefnet' | 'modnet';
type Triple = readonly [number, number, number];

/** How a segmentation model is fed and read. */
export interface Description {
  /** Names it in the results, as how a part was found. */
  readonly name: string;
  /** Whose conventions it follows; null for one that is described in full. */
  readonly family: Family | null;
  /** Of its input, in pixels. A model that takes any size is given the picture's shape, the short side this long. */
  readonly size: { readonly width: number; readonly height: number } | { readonly shortSide: number };
  /** A smaller one that it also takes, for a quick look. */
  readonly quickSize?: { readonly width: number; readonly height: number };
  /** What the levels of a channel (0..255) are divided by first: a number, or the largest level of the picture. */
  readonly divisor: number | 'maximum';
  /** Subtracted and then divided by, per channel (red, green, blue). */
  readonly mean: Triple;
  readonly deviation: Triple;
  /** The output that is the mask; null for the first. */
  readonly output: string | null;
  /** What the mask holds: 0..1; logits, to be put through a sigmoid; or values to be stretched to 0..1. */
  readonly values: 'probability' | 'logits' | 'stretched';
}

interface Conventions extends Pick<Description, 'divisor' | 'mean' | 'deviation' | 'values'> {
  readonly side: number;
}

const imageNet = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;

/** As the authors' own programs feed and read their models. */
const families: Readonly<Record<Family, Conventions>> = {
  /** https://github.com/xuebinqin/U-2-Net: data_loader.py (ToTensorLab, flag 0), u2net_test.py */
  u2net: { side: 320, divisor: 'maximum', ...imageNet, values: 'stretched' },
  /** https://github.com/xuebinqin/DIS: IS-Net/Inference.py */
  isnet: { side: 1024, divisor: 255, mean: [0.5, 0.5, 0.5], deviation: [1, 1, 1], values: 'stretched' },
  /** https://github.com/ZhengPeng7/BiRefNet: README, "Run"; its ONNX files give logits */
  birefnet: { side: 1024, divisor: 255, ...imageNet, values: 'logits' },
  /** https://github.com/ZHKKKe/MODNet: onnx/inference_onnx.py */
  modnet: { side: 512, divisor: 255, mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5], values: 'probability' },
};
const familyNames = Object.keys(families) as Family[];

export const builtIn: Description = {
  name: 'u2netp', family: 'u2net', size: { width: 320, height: 320 }, quickSize: { width: 224, height: 224 },
  output: null, ...conventionsOf('u2net'),
};

function conventionsOf(family: Family): Omit<Conventions, 'side'> {
  const { divisor, mean, deviation, values } = families[family];
  return { divisor, mean, deviation, values };
}

/** Sides that are plausible for a model; more would take all memory. */
const [SMALLEST, LARGEST] = [32, 4096];

/** The description as it is written down: whatever of it is needed. */
type Written = Partial<{
  name: string;
  family: Family;
  size: readonly [number, number];
  divisor: number | 'maximum';
  mean: Triple;
  deviation: Triple;
  output: string;
  values: Description['values'];
}>;

const rules: { readonly [Field in keyof Written]-?: readonly [takes: (value: unknown) => boolean, allowed: string] } = {
  name: [
    (value) => typeof value === 'string' && /^[A-Za-z0-9][\w.-]{0,63}$/.test(value),
    '1 to 64 of A-Z a-z 0-9 . _ -',
  ],
  family: [(value) => familyNames.some((name) => name === value), `one of ${familyNames.join(', ')}`],
  size: [
    (value) => isNumbers(value, 2) && value.every((side) => Number.isInteger(side) && isSide(side)),
    `[width, height], each from ${SMALLEST} to ${LARGEST}`,
  ],
  divisor: [(value) => value === 'maximum' || (isNumber(value) && value > 0), 'a number above 0, or "maximum"'],
  mean: [(value) => isNumbers(value, 3), 'three numbers'],
  deviation: [(value) => isNumbers(value, 3) && value.every((one) => one > 0), 'three numbers above 0'],
  output: [(value) => typeof value === 'string' && value !== '', 'the name of an output'],
  values: [
    (value) => value === 'probability' || value === 'logits' || value === 'stretched',
    'probability, logits or stretched',
  ],
};

const isSide = (side: number): boolean => side >= SMALLEST && side <= LARGEST;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isNumbers = (value: unknown, count: number): value is readonly number[] =>
  Array.isArray(value) && value.length === count && value.every(isNumber);

/** Reads a description that was written down. Throws what is wrong with it. */
export function parseDescription(json: string): Written {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new Error(`is no JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('is no JSON object');
  for (const [field, given] of Object.entries(value)) {
    const rule = Object.hasOwn(rules, field) ? rules[field as keyof Written] : undefined;
    if (rule === undefined) throw new Error(`has the unknown field "${field}": ${Object.keys(rules).join(', ')}`);
    if (!rule[0](given)) throw new Error(`"${field}" must be ${rule[1]}`);
  }
  return value as Written;
}

interface Interface { readonly inputs: readonly Slot[]; readonly outputs: readonly Slot[] }

/**
 * What is known of a model by its file's name, its interface and its description. What is written wins over what the
 * model declares, and that over what its name suggests. Throws what is missing.
 */
export function described(stem: string, model: Interface, written: Written): Description {
  const input = imageInput(model);
  const family = written.family ?? recognised(stem, model) ?? null;
  const known = family === null ? {} : conventionsOf(family);
  const { divisor, mean, deviation, values } = { divisor: 255, ...known, ...written };
  const size = sizeOf(input, family, written.size);
  if (size === undefined || mean === undefined || deviation === undefined || values === undefined) {
    const wanted = Object.entries({ size, mean, deviation, values }).filter(([, value]) => value === undefined);
    const fields = wanted.map(([field]) => `"${field}"`).join(', ');
    throw new Error(
      `is of no family that can be told from its name and interface (${interfaceText(model)}): ` +
        `give "family" (${familyNames.join(', ')}), or ${fields}`,
    );
  }
  const { output = null } = written;
  const names = model.outputs.map(({ name }) => name);
  if (output !== null && !names.includes(output)) throw new Error(`has no output "${output}", but ${names.join(', ')}`);
  const name = written.name ?? (stem.replace(/[^\w.-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '').slice(0, 64) || 'model');
  return { name, family, size, divisor, mean, deviation, output, values };
}

function imageInput(model: Interface): Slot {
  const [input, ...others] = model.inputs;
  if (input === undefined || others.length > 0) {
    throw new Error(`has ${model.inputs.length} inputs, and a segmentation model has one, the picture`);
  }
  const [batch, channels] = input.dims;
  const isPicture = input.dims.length === 4 && (batch === 1 || batch === null) && (channels === 3 || channels === null);
  if (!isPicture || !['float32', 'float16'].includes(input.type)) {
    throw new Error(`does not take a picture as 1 x 3 x height x width of float32 or float16: ${slotText(input)}`);
  }
  return input;
}

function sizeOf(input: Slot, family: Family | null, written: readonly [number, number] | undefined) {
  const [, , height = null, width = null] = input.dims;
  if (written !== undefined) {
    if ((width ?? written[0]) !== written[0] || (height ?? written[1]) !== written[1]) {
      throw new Error(`takes ${width ?? 'any'} x ${height ?? 'any'} pixels, not ${written.join(' x ')} ("size")`);
    }
    return { width: written[0], height: written[1] };
  }
  if (width !== null && height !== null) {
    if (!isSide(width) || !isSide(height)) {
      throw new Error(`takes ${width} x ${height} pixels: between ${SMALLEST} and ${LARGEST} a side can be used`);
    }
    return { width, height };
  }
  if (family === null) return undefined;
  const { side } = families[family];
  if (family === 'modnet' && width === null && height === null) return { shortSide: side };
  return { width: width ?? side, height: height ?? side };
}

/** By the interface where it is like no other, else by the name of the file. */
function recognised(stem: string, { inputs, outputs }: Interface): Family | undefined {
  const [input, [, , height = null, width = null]] = [inputs[0]?.name, inputs[0]?.dims ?? []];
  const isSquare = (side: number): boolean => width === side && height === side;
  const single = outputs.length === 1 ? outputs[0]?.name : undefined;
  // U²-Net gives its fused mask and six side outputs, IS-Net six masks or these and six feature maps.
  if (isSquare(320) && outputs.length === 7) return 'u2net';
  if (isSquare(1024) && (outputs.length === 6 || outputs.length === 12)) return 'isnet';
  if (input === 'input_image' && single === 'output_image') return 'birefnet';
  const hints: readonly (readonly [RegExp, Family])[] = [
    [/u2net|u-2-net|silueta/i, 'u2net'],
    [/is-?net/i, 'isnet'],
    [/birefnet/i, 'birefnet'],
    [/modnet/i, 'modnet'],
  ];
  const hinted = hints.filter(([pattern]) => pattern.test(stem)).map(([, family]) => family);
  return hinted.length === 1 ? hinted[0] : undefined;
}

const slotText = ({ name, type, dims }: Slot): string =>
  `${name}: ${type} ${dims.map((size) => size ?? '?').join(' x ')}`;

function interfaceText({ inputs, outputs }: Interface): string {
  const shown = outputs.slice(0, 3).map(slotText);
  const more = outputs.length > 3 ? ` and ${outputs.length - 3} more` : '';
  return `${inputs.map(slotText).join(', ')} → ${shown.join(', ')}${more}`;
}
