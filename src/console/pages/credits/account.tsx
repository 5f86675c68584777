import { Coins } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { count } from '../../language/format.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { SelectField, TextField } from '../../parts/field.tsx';
import { attempt } from '../../parts/messages.tsx';
import { shared } from '../../parts/texts.ts';
import { Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { useLoad } from '../../server/load.ts';
import { forgetDraft, useDraft } from '../../shell/draft.ts';
import { isAdmin, user } from '../../shell/session.ts';
import { Days } from './chart.tsx';
import { Ledger } from './ledger.tsx';
import { say } from './texts.ts';
import './credits.css';

type Account = RouteAnswer<CoreRoutes['showAccount']>;

/** One account: its figures, its last days, all that happened. */
export function AccountView({ userId }: { readonly userId: string }) {
  const isOwn = userId === user.value?.userId;
  const [granted, setGranted] = useState(0);
  const [isGiving, setGiving] = useState(false);
  const account = useLoad(
    (signal) => api().showAccount({ params: { id: userId } }, { signal }),
    [userId],
    isOwn ? { live: 'jobs', throttleMs: 2_000 } : { everyMs: 10_000 },
  );
  const given = async (): Promise<void> => {
    await account.reload();
    setGranted(granted + 1);
  };
  return (
    <div class="stack credits">
      <View of={account} skeleton={<FiguresSkeleton />}>
        {(shown) => (
          <>
            <Figures of={shown} />
            {isAdmin.value && (
              <div class="row"><Button icon={Coins} onClick={() => setGiving(true)}>{say().give}</Button></div>
            )}
            {isGiving && (
              <Give to={shown} onClose={() => setGiving(false)} onGiven={given} />
            )}
          </>
        )}
      </View>
      <Days key={`days ${userId} ${granted}`} userId={userId} />
      <Ledger key={`ledger ${userId} ${granted}`} userId={userId} live={isOwn} />
    </div>
  );
}

function Figures({ of }: { readonly of: Account }) {
  const { credits, reserved, spent, plan } = of;
  return (
    <dl class="cards figures">
      <div class="card figure"><dt>{say().available}</dt><dd>{count(credits)}</dd></div>
      <div class="card figure" title={say().heldHint}><dt>{say().held}</dt><dd>{count(reserved)}</dd></div>
      <div class="card figure"><dt>{say().spent}</dt><dd>{count(spent)}</dd></div>
      <div class="card figure"><dt>{say().plan}</dt><dd>{say().plans[plan]}</dd></div>
    </dl>
  );
}

function FiguresSkeleton() {
  return (
    <>
      <div class="cards figures">{[0, 1, 2, 3].map((at) => <Skeleton key={at} height="card" />)}</div>
      {isAdmin.value && <div class="row"><Button icon={Coins} disabled>{say().give}</Button></div>}
    </>
  );
}

/** A repeat of a request whose answer was lost gives nothing more. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');
}

function Give({ to, onClose, onGiven }: {
  readonly to: Account;
  readonly onClose: () => void;
  readonly onGiven: () => Promise<void>;
}) {
  const [credits, setCredits] = useDraft(`grant.${to.userId}.credits`, '');
  const [note, setNote] = useDraft(`grant.${to.userId}.note`, '');
  const [plan, setPlan] = useState<string>('');
  const [busy, setBusy] = useState(false);
  const [idempotencyKey] = useState(newKey);
  const amount = Number(credits === '' ? 0 : credits);
  const isFine = Number.isSafeInteger(amount) && amount >= 0 && (amount > 0 || plan !== '');
  const give = async (): Promise<void> => {
    setBusy(true);
    const body = {
      credits: amount,
      ...(plan !== '' && { plan: plan as Account['plan'] }),
      ...(note.trim() !== '' && { note: note.trim() }),
    };
    const done = amount > 0 ? say().given(count(amount), to.userId) : say().planned(to.userId);
    const isDone = await attempt(
      () => api().grantCredits({ params: { id: to.userId }, body, idempotencyKey }), done, onGiven,
    );
    setBusy(false);
    if (!isDone) return;
    forgetDraft(`grant.${to.userId}`);
    onClose();
  };
  return (
    <Dialog title={say().giveTo(to.userId)} onClose={onClose}>
      <form onSubmit={(event) => {
        event.preventDefault();
        if (isFine) void give();
      }}>
        <TextField
          label={say().howMany} type="number" min={0} max={1_000_000_000} step={1} inputMode="numeric"
          value={credits} onValue={setCredits} hint={say().needsSomething}
        />
        <TextField label={say().why} value={note} onValue={setNote} maxLength={500} hint={say().whyHint} />
        <SelectField
          label={say().plan} value={plan} onValue={setPlan} hint={say().planHint}
          options={[
            ['', say().unchanged(say().plans[to.plan])],
            ...(['free', 'pro'] as const).filter((each) => each !== to.plan).map((each) =>
              [each, say().plans[each]] as const),
          ]}
        />
        <footer class="actions">
          <Button onClick={onClose}>{shared().cancel}</Button>
          <Button type="submit" look="primary" busy={busy} disabled={!isFine}>{say().give0}</Button>
        </footer>
      </form>
    </Dialog>
  );
}
