import { createImageSetModel } from '../src/kinds/image-set/simulation/model.ts';
import { createTaskModel } from '../src/kinds/task/simulation/model.ts';
import { kindModules } from '../src/main/kinds.ts';
import type { SimulatedKind } from '../src/testing/simulator/simulate.ts';

/** What the simulation knows of each kind; null: it does not play the kind, or in a world of its own. */
const models = {
  imageSet: createImageSetModel,
  task: createTaskModel,
  command: null,
  productImage: null,
} satisfies Record<keyof typeof kindModules, SimulatedKind['createModel'] | null>;

export const simulatedKinds: readonly SimulatedKind[] = Object.entries<SimulatedKind['createModel'] | null>(models)
  .flatMap(([name, createModel]) =>
    createModel === null ? [] : [{ parts: kindModules[name as keyof typeof kindModules], createModel }],
  );
