import { backtracking } from './backtracking.ts';
import { consoleSize } from './console-size.ts';
import { cycles } from './cycles.ts';
import { dependencies } from './dependencies.ts';
import { imports } from './imports.ts';
import { machinePaths, marks } from './leftovers.ts';
import { kindNames } from './kind-names.ts';
import { licences } from './licences.ts';
import { links } from './links.ts';
import { migrations } from './migrations.ts';
import { builtFiles, names } from './names.ts';
import { purity } from './purity.ts';
import { fileLength, functionLength, lineWidth } from './sizes.ts';
import { tests } from './tests.ts';
import type { Check } from './tree.ts';
import { deadExports, unusedFiles } from './unused.ts';

/** The rules of the house that a program can see, in the order in which they are shown. */
export const CHECKS: readonly Check[] = [
  imports,
  kindNames,
  cycles,
  purity,
  backtracking,
  fileLength,
  lineWidth,
  functionLength,
  names,
  builtFiles,
  unusedFiles,
  deadExports,
  tests,
  marks,
  machinePaths,
  migrations,
  dependencies,
  licences,
  links,
  consoleSize,
];
