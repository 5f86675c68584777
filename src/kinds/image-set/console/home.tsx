import type { HomeProps } from '../../../console/page.ts';
import { go } from '../../../console/shell/router.ts';
import { DropZone } from './drop-zone.tsx';
import './photos.css';

/** Photos are dropped where one is first. */
export default function HomeOfPhotos({ isNew }: HomeProps) {
  return <DropZone small={!isNew} onChosen={() => go('/photos/new')} />;
}
