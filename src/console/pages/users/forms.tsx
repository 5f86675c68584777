import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { tell } from '../../parts/messages.tsx';
import { RolesField } from '../../parts/roles.tsx';
import { shared } from '../../parts/texts.ts';
import { Failure } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { useSending } from '../../server/sending.ts';
import { forgetDraft, useDraft } from '../../shell/draft.ts';
import type { Role } from '../../shell/session.ts';
import { say } from './texts.ts';

export type User = RouteAnswer<CoreRoutes['listUsers']>['users'][number];

interface Asked {
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

/** Does it, closes the dialog, or says which field is wrong. */
function useAsking({ onClose, onDone }: Asked) {
  const { busy, failure, fields, send: sendForm } = useSending();
  const send = async (act: () => Promise<unknown>, done: string): Promise<void> => {
    if ((await sendForm(act)) !== null) return;
    await onDone();
    tell(done);
    onClose();
  };
  return { busy, failure: Object.keys(fields).length === 0 ? failure : null, fields, send };
}

function Form({ title, action, isFine = true, of: { busy, failure }, onClose, onSend, children }: {
  readonly title: string;
  readonly action: string;
  readonly isFine?: boolean;
  readonly of: Pick<ReturnType<typeof useAsking>, 'busy' | 'failure'>;
  readonly onClose: () => void;
  readonly onSend: () => void;
  readonly children: ComponentChildren;
}) {
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => {
        event.preventDefault();
        if (isFine) onSend();
      }}>
        {failure !== null && <Failure of={failure} />}
        {children}
        <footer class="actions">
          <Button onClick={onClose}>{shared().cancel}</Button>
          <Button type="submit" look="primary" busy={busy} disabled={!isFine}>{action}</Button>
        </footer>
      </form>
    </Dialog>
  );
}

export function CreateUser(asked: Asked) {
  const [userId, setUserId] = useDraft('user.id', '');
  const [email, setEmail] = useDraft('user.email', '');
  const [name, setName] = useDraft('user.name', '');
  const [password, setPassword] = useState('');
  const [roles, setRoles] = useState<readonly Role[]>(['user']);
  const sending = useAsking(asked);
  const { fields } = sending;
  const isFine = (userId !== '' || email !== '') && password !== '' && roles.length > 0;
  const create = (): void => {
    const given = Object.entries({ userId: userId.trim(), email: email.trim(), name: name.trim() });
    const named = Object.fromEntries(given.filter(([, value]) => value !== ''));
    const send = async (): Promise<void> => {
      await api().createUser({ body: { ...named, password, roles } });
      forgetDraft('user');
    };
    void sending.send(send, say().added(userId.trim() || email.trim()));
  };
  return (
    <Form
      title={say().create} action={say().add} isFine={isFine} of={sending} onClose={asked.onClose} onSend={create}
    >
      <TextField
        label={say().email} type="email" autocomplete="off" value={email} onValue={setEmail}
        problem={fields['email']}
      />
      <TextField
        label={say().user} hint={say().userHint} autocomplete="off" autocapitalize="none" maxLength={128}
        value={userId} onValue={setUserId} problem={fields['userId']}
      />
      <TextField
        label={say().name} autocomplete="off" maxLength={100} value={name} onValue={setName} problem={fields['name']}
      />
      <TextField
        label={say().password} hint={say().passwordHint} type="password" autocomplete="new-password" minLength={10}
        maxLength={200} value={password} onValue={setPassword} problem={fields['password']}
      />
      <RolesField value={roles} onValue={setRoles} />
      {!isFine && <p class="small quiet">{say().needs}</p>}
    </Form>
  );
}

export function EditUser({ user, ...asked }: Asked & { readonly user: User }) {
  const { userId } = user;
  const [email, setEmail] = useState(user.email ?? '');
  const [name, setName] = useState(user.name ?? '');
  const [roles, setRoles] = useState<readonly Role[]>(user.roles);
  const sending = useAsking(asked);
  const { fields } = sending;
  const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());
  const save = (): void => {
    // Only what is another now: the audit names what was sent.
    const body = {
      ...(orNull(email) !== user.email && { email: orNull(email) }),
      ...(orNull(name) !== user.name && { name: orNull(name) }),
      ...(roles.join() !== user.roles.join() && { roles }),
    };
    void sending.send(() => api().updateUser({ params: { id: userId }, body }), say().saved(userId));
  };
  return (
    <Form
      title={say().editOf(userId)} action={shared().save} isFine={roles.length > 0} of={sending}
      onClose={asked.onClose} onSend={save}
    >
      <TextField
        label={say().email} type="email" autocomplete="off" value={email} onValue={setEmail}
        problem={fields['email']}
      />
      <TextField
        label={say().name} autocomplete="off" maxLength={100} value={name} onValue={setName} problem={fields['name']}
      />
      <RolesField value={roles} onValue={setRoles} />
    </Form>
  );
}

export function ResetPassword({ user: { userId }, ...asked }: Asked & { readonly user: User }) {
  const [password, setPassword] = useState('');
  const sending = useAsking(asked);
  const reset = (): void =>
    void sending.send(() => api().updateUser({ params: { id: userId }, body: { password } }), say().resetDone(userId));
  return (
    <Form
      title={say().resetOf(userId)} action={say().reset} isFine={password !== ''} of={sending}
      onClose={asked.onClose} onSend={reset}
    >
      <p>{say().resetText}</p>
      <TextField
        label={say().password} hint={say().passwordHint} type="password" autocomplete="new-password" minLength={10}
        maxLength={200} required value={password} onValue={setPassword} problem={sending.fields['password']}
      />
    </Form>
  );
}
