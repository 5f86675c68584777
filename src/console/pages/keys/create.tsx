import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Code } from '../../parts/copy.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { SelectField, TextField } from '../../parts/field.tsx';
import { attempt } from '../../parts/messages.tsx';
import { RolesField } from '../../parts/roles.tsx';
import { shared } from '../../parts/texts.ts';
import { api } from '../../server/api.ts';
import { forgetDraft, useDraft } from '../../shell/draft.ts';
import { isAdmin, user, type Role } from '../../shell/session.ts';
import { say } from './texts.ts';

const lives = ['30', '90', '365', 'never'] as const;

/** Asks what the key is for, then shows it. */
export function CreateKey({ onClose, onMade }: { readonly onClose: () => void; readonly onMade: () => void }) {
  const own = user.value!;
  const [name, setName] = useDraft('key', '');
  const [userId, setUserId] = useState(own.userId);
  const [roles, setRoles] = useState<readonly Role[]>(own.roles.includes('user') ? ['user'] : own.roles);
  const [life, setLife] = useState<string>('365');
  const [busy, setBusy] = useState(false);
  const [key, setKey] = useState<string | null>(null);
  if (key !== null) return <Made value={key} onClose={onClose} />;
  const isFine = name.trim() !== '' && roles.length > 0;
  const create = async (): Promise<void> => {
    setBusy(true);
    await attempt(async () => {
      const expiresInDays = life === 'never' ? null : Number(life);
      const whose = userId.trim() === own.userId ? {} : { userId: userId.trim() };
      const made = await api().createToken({ body: { name: name.trim(), roles, expiresInDays, ...whose } });
      forgetDraft('key');
      setKey(made.key);
      onMade();
    });
    setBusy(false);
  };
  return (
    <Dialog title={say().create} onClose={onClose}>
      <form onSubmit={(event) => {
        event.preventDefault();
        if (isFine) void create();
      }}>
        <TextField
          label={say().name} hint={say().nameHint} value={name} onValue={setName} maxLength={100} required
          autocomplete="off"
        />
        {isAdmin.value && (
          <TextField
            label={say().user} hint={say().userHint} value={userId} onValue={setUserId} required autocomplete="off"
            autocapitalize="none"
          />
        )}
        <RolesField value={roles} onValue={setRoles} {...(!isAdmin.value && { among: own.roles })} />
        <SelectField
          label={say().expires} value={life} onValue={setLife} options={lives.map((each) => [each, say().lives[each]])}
        />
        {!isFine && <p class="small quiet">{say().needsName}</p>}
        <footer class="actions">
          <Button onClick={onClose}>{shared().cancel}</Button>
          <Button type="submit" look="primary" busy={busy} disabled={!isFine}>{say().makeIt}</Button>
        </footer>
      </form>
    </Dialog>
  );
}

function Made({ value, onClose }: { readonly value: string; readonly onClose: () => void }) {
  return (
    <Dialog title={say().madeTitle} onClose={onClose}>
      <p>{say().madeText}</p>
      <Code text={value} wrap />
      <p class="small quiet">{say().madeUse}</p>
      <pre class="block">Authorization: Bearer {value.slice(0, 6)}…</pre>
      <footer class="actions"><Button look="primary" onClick={onClose}>{say().done}</Button></footer>
    </Dialog>
  );
}
