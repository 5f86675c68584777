import { useEffect, useState } from 'preact/hooks';
import { Brand } from '../parts/brand.tsx';
import { Button } from '../parts/button.tsx';
import { TextField } from '../parts/field.tsx';
import { Failure } from '../parts/view.tsx';
import { api } from '../server/api.ts';
import { useEntering } from './login.tsx';
import { go } from './router.ts';
import { say } from './texts.ts';

/** Makes the first administrator. */
export function Setup() {
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [setupToken, setSetupToken] = useState('');
  const [isTokenNeeded, setTokenNeeded] = useState(false);
  const { busy, failure, fields, run } = useEntering();
  useEffect(() => {
    document.title = `${say().setupTitle} · Waybill`;
    api().showSetup().then(({ needed, tokenNeeded }) => {
      if (!needed) go('/login', { replace: true });
      setTokenNeeded(tokenNeeded);
    }, () => {});
  }, []);
  const named = name === '' ? {} : { name };
  const allowed = setupToken === '' ? {} : { setupToken: setupToken.trim() };
  const setUp = () => run(() => api().setUp({ body: { email, password, ...named, ...allowed } }));
  return (
    <main class="alone">
      <h1><Brand size={32} />{say().setupTitle}</h1>
      <p>{say().setupText}</p>
      <form onSubmit={(event) => {
        event.preventDefault();
        void setUp();
      }}>
        {failure !== null && Object.keys(fields).length === 0 && <Failure of={failure} />}
        {isTokenNeeded && (
          <TextField
            label={say().setupToken} hint={say().setupTokenHint} autocomplete="off" required
            value={setupToken} onValue={setSetupToken} problem={fields['setupToken']}
          />
        )}
        <TextField
          label={say().email} type="email" name="username" autocomplete="username" required
          value={email} onValue={setEmail} problem={fields['email']}
        />
        <TextField
          label={say().name} name="name" autocomplete="name" value={name} onValue={setName} problem={fields['name']}
        />
        <TextField
          label={say().newPassword} hint={say().newPasswordHint} type="password" name="password" minLength={10}
          autocomplete="new-password" required value={password} onValue={setPassword} problem={fields['password']}
        />
        <Button type="submit" look="primary" busy={busy}>{say().create}</Button>
      </form>
    </main>
  );
}
