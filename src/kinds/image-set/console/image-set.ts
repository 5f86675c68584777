import { Images } from 'lucide-preact';
import type { KindConsole, ListedJob } from '../../../console/page.ts';
import { presetName, say, stateName } from './texts.ts';

const isSet = (job: ListedJob): job is ListedJob & { readonly kind: 'image-set' } => job.kind === 'image-set';

export const imageSetConsole: KindConsole = {
  kind: 'image-set',
  icon: Images,
  name: () => say().photos,
  titleOf: (job) => say().titleOf(presetName((isSet(job) && 'preset' in job ? job.preset : '') as string)),
  pathOf: (id) => `/photos/${id}`,
  stateText: stateName,
  labelNames: async () => ['preset'],
  home: () => import('./home.tsx'),
  pages: [
    {
      path: '/photos', title: () => say().photos, load: () => import('./sets.tsx'),
      entry: { group: 'work', icon: Images, key: 'p' },
    },
    { path: '/photos/new', title: () => say().newPhotos, load: () => import('./new.tsx') },
    { path: '/photos/:id', title: () => say().set, load: () => import('./set.tsx') },
  ],
};
