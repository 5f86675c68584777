import { Users } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { count } from '../../language/format.ts';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { Link } from '../../parts/link.tsx';
import { More, usePaged } from '../../parts/paged.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { Empty, Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { place, setQuery } from '../../shell/router.ts';
import { say } from './texts.ts';

type Account = RouteAnswer<CoreRoutes['listAccounts']>['accounts'][number];

export function Accounts() {
  const prefix = place.value.query.get('q') ?? '';
  const [text, setText] = useState(prefix);
  const list = usePaged<Account, string>(
    async (cursor, signal) => {
      const query = { limit: 50, ...(prefix !== '' && { prefix }), ...(cursor !== null && { after: cursor }) };
      const { accounts, nextAfter } = await api().listAccounts({ query }, { signal });
      return { rows: accounts, next: nextAfter };
    },
    [prefix],
  );
  const numbers = (['credits', 'reserved', 'spent'] as const).map((name): Column<Account> => ({
    name, numeric: true, cell: (account) => count(account[name]),
    head: { credits: say().available, reserved: say().held, spent: say().spent }[name],
  }));
  const columns: readonly Column<Account>[] = [
    { name: 'user', head: say().user, cell: ({ userId }) => <Link to={`/credits/${userId}`}>{userId}</Link> },
    { name: 'plan', head: say().plan, cell: ({ plan }) => say().plans[plan] },
    ...numbers,
  ];
  return (
    <div class="stack">
      <form class="search-row" role="search" onSubmit={(event) => {
        event.preventDefault();
        setQuery({ q: text.trim() });
      }}>
        <TextField label={say().searchLabel} type="search" value={text} onValue={setText} autocapitalize="none" />
        <Button type="submit">{say().search}</Button>
      </form>
      <View of={list} skeleton={<Skeleton lines={8} />}>
        {(accounts) => (accounts.length === 0
          ? <Empty icon={Users} title={say().noAccounts}><p>{say().noAccountsText}</p></Empty>
          : (
            <>
              <Table
                caption={say().accountsCaption} columns={columns} rows={accounts} keyOf={({ userId }) => userId}
              />
              <More of={list} />
            </>
          ))}
      </View>
    </div>
  );
}
