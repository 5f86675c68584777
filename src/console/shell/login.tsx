import { useEffect, useRef, useState } from 'preact/hooks';
import { Brand } from '../parts/brand.tsx';
import { Button } from '../parts/button.tsx';
import { TextField } from '../parts/field.tsx';
import { Link } from '../parts/link.tsx';
import { Failure } from '../parts/view.tsx';
import { api } from '../server/api.ts';
import { useSending } from '../server/sending.ts';
import { enter, server } from './session.ts';
import { say } from './texts.ts';

/** The door: nobody is logged in. */
export function Login() {
  useEffect(() => void (document.title = 'Waybill'), []);
  return <main class="alone"><LoginForms /></main>;
}

/** Over a page whose login has ended: it is there again as it was, for the same user. */
export function LoginAgain() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = (): void => dialog.current?.showModal();
  useEffect(open, []);
  return (
    <dialog
      ref={dialog} class="door" aria-label={say().loginTitle} onClose={open}
      // Browsers would close the page's own dialog with it.
      onKeyDown={(event) => event.key === 'Escape' && event.preventDefault()}
    >
      <div class="alone">
        <LoginForms />
        <p class="quiet">{say().loginEnded}</p>
      </div>
    </dialog>
  );
}

function LoginForms() {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const { busy, failure, run } = useEntering();
  const [needsSetup, setNeedsSetup] = useState(false);
  const isDeveloping = server.value?.devMode === true;
  useEffect(() => {
    api().showSetup().then(({ needed }) => setNeedsSetup(needed), () => {});
  }, []);
  const logIn = () => run(async () => {
    const who = name.includes('@') ? { email: name } : { userId: name };
    await api().logIn({ body: { ...who, password } });
  });
  const isWrong = failure?.code === 'unauthenticated';
  return (
    <>
      <h1><Brand size={32} />{say().loginTitle}</h1>
      {needsSetup && !isDeveloping && (
        <div class="notice">
          <span>{say().setupHint}</span>
          <Link to="/setup" class="button primary">{say().setupTitle}</Link>
        </div>
      )}
      {isDeveloping && <DeveloperLogin />}
      <form onSubmit={(event) => {
        event.preventDefault();
        void logIn();
      }}>
        {failure !== null && !isWrong && <Failure of={failure} />}
        <TextField
          label={say().userOrEmail} name="username" autocomplete="username" autocapitalize="none" required
          value={name} onValue={setName}
        />
        <TextField
          label={say().passwordLabel} type="password" name="password" autocomplete="current-password" required
          value={password} onValue={setPassword} problem={isWrong ? say().wrong : undefined}
        />
        <Button type="submit" look={isDeveloping ? 'plain' : 'primary'} busy={busy}>{say().logIn}</Button>
      </form>
    </>
  );
}

function DeveloperLogin() {
  const [userId, setUserId] = useState('mira');
  const { busy, failure, run } = useEntering();
  const as = (who: string) => run(() => api().logInAsDeveloper({ body: { userId: who } }));
  return (
    <form class="card" onSubmit={(event) => {
      event.preventDefault();
      void as(userId);
    }}>
      <p>{say().developer}</p>
      {failure !== null && <Failure of={failure} />}
      <TextField label={say().developerUser} value={userId} onValue={setUserId} required />
      <div class="actions">
        <Button type="submit" look="primary" busy={busy}>{say().logIn}</Button>
        <Button busy={busy} onClick={() => void as('admin')}>{say().developerAdmin}</Button>
      </div>
    </form>
  );
}

/** Does what sets the cookie. The page stays where it is; from the door it goes on by itself. */
export function useEntering() {
  const sending = useSending();
  const run = (act: () => Promise<unknown>) => sending.send(async () => {
    await act();
    await enter();
  });
  return { ...sending, run };
}
