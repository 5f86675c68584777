import type { PageProps } from '../../page.ts';
import { Link } from '../../parts/link.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Tabs, useTab } from '../../parts/tabs.tsx';
import { hasFeature, isAdmin, user } from '../../shell/session.ts';
import { AccountView } from './account.tsx';
import { Accounts } from './accounts.tsx';
import { Plans } from './plans.tsx';
import { say } from './texts.ts';

/** One's own account; for administrators those of all, and any one. */
export default function Credits({ params: { id } }: PageProps) {
  const tabs = [['mine', say().mine], ['accounts', say().accounts], ['plans', say().plansTab]] as const;
  const tab = useTab(tabs);
  const seesAll = isAdmin.value && hasFeature('accounts');
  const own = user.value?.userId ?? '';
  if (id !== undefined) {
    return (
      <>
        <PageHead title={id} crumb={seesAll && <Link to="/credits?tab=accounts">{say().accounts}</Link>} />
        <AccountView key={id} userId={id} />
      </>
    );
  }
  return (
    <>
      <PageHead title={say().title} lead={say().lead} />
      {seesAll && <Tabs tabs={tabs} label={say().parts} />}
      {!seesAll || tab === 'mine' ? <AccountView key={own} userId={own} />
        : tab === 'plans' ? <Plans /> : <Accounts />}
    </>
  );
}
