import type { KindTexts } from '../../transports/cli/job/kind-text.ts';
import type { kindModules } from '../kinds.ts';

type KindModuleName = keyof typeof kindModules;

/** How the commands show the jobs of each kind; null: by what all jobs have. */
const texts = {
  imageSet: { 'image-set': async () => (await import('../../kinds/image-set/cli/text.ts')).imageSetText },
  task: { task: async () => (await import('../../kinds/task/cli/text.ts')).taskText },
  productImage: {
    'product-image': async () => (await import('../../kinds/product-image/cli/text.ts')).productImageText,
  },
  command: { command: async () => (await import('../../kinds/command/cli/text.ts')).commandText },
} satisfies Record<KindModuleName, KindTexts | null>;

export const kindTexts: KindTexts = Object.assign({}, ...Object.values(texts));
