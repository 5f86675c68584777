import { Ban, Check, Coins, Pencil, RotateCcwKey, Trash2, UserPlus, Users as UsersIcon } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { confirmed } from '../../parts/dialog.tsx';
import { attempt } from '../../parts/messages.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { More, usePaged } from '../../parts/paged.tsx';
import { Roles } from '../../parts/roles.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { Ago } from '../../parts/time.tsx';
import { Empty, Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { go } from '../../shell/router.ts';
import { user as me } from '../../shell/session.ts';
import { CreateUser, EditUser, ResetPassword, type User } from './forms.tsx';
import { say } from './texts.ts';
import './users.css';

type Open = { readonly what: 'edit' | 'reset'; readonly user: User } | { readonly what: 'create' };

export default function Users() {
  const [open, setOpen] = useState<Open | null>(null);
  const list = usePaged<User, string>(
    async (cursor, signal) => {
      const { users, nextAfter } = await api().listUsers(
        { query: { limit: 50, ...(cursor !== null && { after: cursor }) } }, { signal },
      );
      return { rows: users, next: nextAfter };
    },
    [],
  );
  const close = (): void => setOpen(null);
  const acts: Acts = {
    edit: (user) => setOpen({ what: 'edit', user }),
    reset: (user) => setOpen({ what: 'reset', user }),
    toggle: (user) => void toggle(user, list.reload),
    remove: (user) => void remove(user, list.reload),
  };
  return (
    <>
      <PageHead title={say().title} lead={say().lead}>
        <Button icon={UserPlus} look="primary" onClick={() => setOpen({ what: 'create' })}>{say().create}</Button>
      </PageHead>
      <View of={list} skeleton={<Skeleton lines={8} />}>
        {(users) => (users.length === 0
          ? <Empty icon={UsersIcon} title={say().none}><p>{say().noneText}</p></Empty>
          : (
            <>
              <UserTable users={users} acts={acts} />
              <More of={list} />
            </>
          ))}
      </View>
      {open?.what === 'create' && <CreateUser onClose={close} onDone={list.reload} />}
      {open?.what === 'edit' && <EditUser user={open.user} onClose={close} onDone={list.reload} />}
      {open?.what === 'reset' && <ResetPassword user={open.user} onClose={close} onDone={list.reload} />}
    </>
  );
}

async function toggle({ userId, disabled }: User, reload: () => Promise<void>): Promise<void> {
  const isSure = disabled || (await confirmed({
    title: say().disableTitle(userId), text: say().disableText, action: say().disable, dangerous: true,
  }));
  if (!isSure) return;
  await attempt(
    () => api().updateUser({ params: { id: userId }, body: { disabled: !disabled } }),
    disabled ? say().enabledDone(userId) : say().disabledDone(userId),
    reload,
  );
}

async function remove({ userId }: User, reload: () => Promise<void>): Promise<void> {
  const isSure = await confirmed({
    title: say().removeTitle(userId), text: say().removeText, action: say().remove, dangerous: true, typed: userId,
  });
  if (isSure) await attempt(() => api().deleteUser({ params: { id: userId } }), say().removed(userId), reload);
}

type Acts = Readonly<Record<'edit' | 'reset' | 'toggle' | 'remove', (user: User) => void>>;

function UserTable({ users, acts }: { readonly users: readonly User[]; readonly acts: Acts }) {
  const columns: readonly Column<User>[] = [
    {
      name: 'user', head: say().user,
      cell: ({ userId, name, email }) => (
        <span class="user-name">
          <strong>{userId}</strong>
          {userId === me.value?.userId && <span class="small quiet"> · {say().you}</span>}
          {[name, email === userId ? null : email].map((text) => text !== null && (
            <span key={text}><br /><span class="small quiet">{text}</span></span>
          ))}
        </span>
      ),
    },
    { name: 'roles', head: say().roles, cell: ({ roles }) => <Roles of={roles} /> },
    {
      name: 'state', head: say().state,
      cell: ({ disabled }) => (disabled
        ? <Badge tone="bad" icon={Ban}>{say().disabled}</Badge>
        : <Badge tone="good" icon={Check}>{say().enabled}</Badge>),
    },
    { name: 'since', head: say().since, optional: true, cell: ({ createdAt }) => <Ago at={createdAt} /> },
    {
      name: 'actions', head: <span class="unseen">{say().actions}</span>, numeric: true,
      cell: (user) => <RowActions user={user} acts={acts} />,
    },
  ];
  return <Table caption={say().caption} columns={columns} rows={users} keyOf={({ userId }) => userId} />;
}

function RowActions({ user, acts }: { readonly user: User; readonly acts: Acts }) {
  const { userId, disabled } = user;
  const isMe = userId === me.value?.userId;
  return (
    <span class="row-actions">
      <Button look="quiet" icon={Coins} label={say().creditsOf(userId)} onClick={() => go(`/credits/${userId}`)} />
      <Button look="quiet" icon={Pencil} label={say().editOf(userId)} onClick={() => acts.edit(user)} />
      <Button look="quiet" icon={RotateCcwKey} label={say().resetOf(userId)} onClick={() => acts.reset(user)} />
      {!isMe && (
        <>
          <Button
            look="quiet" icon={disabled ? Check : Ban}
            label={disabled ? say().enableOf(userId) : say().disableOf(userId)} onClick={() => acts.toggle(user)}
          />
          <Button look="quiet" icon={Trash2} label={say().removeOf(userId)} onClick={() => acts.remove(user)} />
        </>
      )}
    </span>
  );
}
