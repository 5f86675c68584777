import { Ban, Check, Hourglass, KeyRound, Plus } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { confirmed } from '../../parts/dialog.tsx';
import { attempt } from '../../parts/messages.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { More, usePaged } from '../../parts/paged.tsx';
import { Roles } from '../../parts/roles.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { Ago, When } from '../../parts/time.tsx';
import { Empty, Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { isAdmin } from '../../shell/session.ts';
import { ticking } from '../../shell/ticks.ts';
import { CreateKey } from './create.tsx';
import { say } from './texts.ts';

type Key = RouteAnswer<CoreRoutes['listTokens']>['tokens'][number];

export default function Keys() {
  const [isCreating, setCreating] = useState(false);
  const list = usePaged<Key, string>(
    async (cursor, signal) => {
      const query = { limit: 50, ...(cursor !== null && { cursor }) };
      const { tokens, nextCursor } = await api().listTokens({ query }, { signal });
      return { rows: tokens, next: nextCursor };
    },
    [],
  );
  const revoke = async ({ tokenId, name }: Key): Promise<void> => {
    const isSure = await confirmed({
      title: say().revokeTitle(name), text: say().revokeText, action: say().revoke, dangerous: true,
    });
    if (!isSure) return;
    await attempt(() => api().revokeToken({ params: { id: tokenId } }), say().revokedDone(name), list.reload);
  };
  const revokeAll = async (): Promise<void> => {
    const isSure = await confirmed({
      title: say().revokeAllTitle, text: say().revokeAllText, action: say().revokeAll, dangerous: true,
      typed: say().revokeAllWord,
    });
    if (!isSure) return;
    await attempt(() => api().revokeTokens({}), ({ revoked }) => say().revokedAll(revoked), list.reload);
  };
  return (
    <>
      <PageHead title={say().title} lead={say().lead}>
        {(list.data.value?.some(isLive) ?? false) && (
          <Button icon={Ban} onClick={() => void revokeAll()}>{say().revokeAll}</Button>
        )}
        <Button icon={Plus} look="primary" onClick={() => setCreating(true)}>{say().create}</Button>
      </PageHead>
      <View of={list} skeleton={<Skeleton lines={8} />}>
        {(keys) => (keys.length === 0
          ? <Empty icon={KeyRound} title={say().none}><p>{say().noneText}</p></Empty>
          : (
            <>
              <KeyTable keys={keys} revoke={(key) => void revoke(key)} />
              <More of={list} />
            </>
          ))}
      </View>
      {isCreating && <CreateKey onClose={() => setCreating(false)} onMade={() => void list.reload()} />}
    </>
  );
}

function isLive({ revokedAt, expiresAt }: Key): boolean {
  return revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > ticking.value);
}

function KeyTable({ keys, revoke }: { readonly keys: readonly Key[]; readonly revoke: (key: Key) => void }) {
  const whose: Column<Key> = { name: 'user', head: say().user, cell: ({ userId }) => userId };
  const columns: readonly Column<Key>[] = [
    { name: 'name', head: say().name, cell: ({ name }) => <strong>{name}</strong> },
    ...(isAdmin.value ? [whose] : []),
    { name: 'roles', head: say().roles, cell: ({ roles }) => <Roles of={roles} /> },
    { name: 'state', head: say().state, cell: (key) => <State of={key} /> },
    { name: 'created', head: say().created, optional: true, cell: ({ createdAt }) => <Ago at={createdAt} /> },
    {
      name: 'used', head: say().used,
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? say().unused : <Ago at={lastUsedAt} />),
    },
    {
      name: 'ends', head: say().ends,
      cell: ({ expiresAt }) => (expiresAt === null ? say().never : <When at={expiresAt} />),
    },
    {
      name: 'actions', head: <span class="unseen">{say().actions}</span>, numeric: true,
      cell: (key) => isLive(key) && (
        <Button look="quiet" label={say().revokeOf(key.name)} onClick={() => revoke(key)}>{say().revoke}</Button>
      ),
    },
  ];
  return <Table caption={say().caption} columns={columns} rows={keys} keyOf={({ tokenId }) => tokenId} />;
}

function State({ of: key }: { readonly of: Key }) {
  if (isLive(key)) return <Badge tone="good" icon={Check}>{say().live}</Badge>;
  if (key.revokedAt === null) return <Badge icon={Hourglass}>{say().expired}</Badge>;
  return <Badge icon={Ban}>{say().revoked}</Badge>;
}
