/** The models of the server: what each takes, and how long it runs. */
export interface TestModel {
  readonly name: string;
  /** Null: official, without versions. */
  readonly version: string | null;
  readonly seconds: number;
  /** Null when the input is good. */
  problem(input: Readonly<Record<string, unknown>>): string | null;
  outputs(input: Readonly<Record<string, unknown>>): number | 'one';
}

type Check = (value: unknown) => boolean;

const isInteger = (min: number, max: number, step = 1): Check => (value) =>
  Number.isInteger(value) && Number(value) >= min && Number(value) <= max && Number(value) % step === 0;
const isText: Check = (value) => typeof value === 'string';

function inputOf(required: readonly string[], fields: Readonly<Record<string, Check>>): TestModel['problem'] {
  return (input) => {
    for (const name of required) if (!Object.hasOwn(input, name)) return `- input: ${name} is required`;
    for (const [name, value] of Object.entries(input)) {
      const check = fields[name];
      if (check === undefined) return `- input: Additional property ${name} is not allowed`;
      if (!check(value)) return `- input.${name}: ${JSON.stringify(value)} is not valid`;
    }
    return null;
  };
}

/** `isFile`: whether a file of this address is there. */
export function testModels(isFile: (url: string) => boolean): readonly TestModel[] {
  const cutOut = inputOf(['image'], { image: (value) => typeof value === 'string' && isFile(value) });
  return [
    {
      name: 'cjwbw/rembg',
      version: 'fb8af171cfa1616ddcf1242c093f9c46bcada5ad4cf6f2fbe8b81b330ec5c003',
      seconds: 3.9,
      problem: cutOut,
      outputs: () => 'one',
    },
    { name: 'acme/cut-out', version: null, seconds: 1.5, problem: cutOut, outputs: () => 'one' },
    {
      name: 'stability-ai/sdxl',
      version: '7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc',
      seconds: 5,
      problem: inputOf([], {
        prompt: isText, negative_prompt: isText, width: isInteger(256, 2_048, 8), height: isInteger(256, 2_048, 8),
        num_outputs: isInteger(1, 4), seed: isInteger(0, 2 ** 32 - 1),
      }),
      outputs: ({ num_outputs }) => Number(num_outputs ?? 1),
    },
  ];
}
