import { imageSetModule } from '../src/kinds/image-set/module.ts';
import { createImageSetModel } from '../src/kinds/image-set/simulation/model.ts';
import { taskModule } from '../src/kinds/task/module.ts';
import { createTaskModel } from '../src/kinds/task/simulation/model.ts';
import type { SimulatedKind } from '../src/testing/simulator/simulate.ts';

/** The kinds of job with what the simulation knows of them. */
export const simulatedKinds: readonly SimulatedKind[] = [
  { parts: imageSetModule, createModel: createImageSetModel },
  { parts: taskModule, createModel: createTaskModel },
];
