import { PageHead } from '../../parts/page-head.tsx';
import { user } from '../../shell/session.ts';

export default function Home() {
  return <PageHead title={user.value?.name ?? user.value?.userId ?? ''} />;
}
