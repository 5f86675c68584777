import { LogOut } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { texts } from '../../language/language.ts';
import { Button } from '../../parts/button.tsx';
import { confirmed } from '../../parts/dialog.tsx';
import { CheckField, TextField } from '../../parts/field.tsx';
import { attempt, tell } from '../../parts/messages.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Roles } from '../../parts/roles.tsx';
import { Failure } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { useSending } from '../../server/sending.ts';
import { enter, logOut, server, user } from '../../shell/session.ts';

const say = texts({
  en: {
    title: 'Your account',
    who: 'Who you are',
    userId: 'User',
    email: 'Email address',
    name: 'Name',
    roles: 'Roles',
    none: '–',
    password: 'Change your password',
    current: 'Current password',
    next: 'New password',
    nextHint: 'At least 10 characters. Long is better than complicated.',
    again: 'New password once more',
    differs: 'The two are not the same.',
    keepKeys: 'Keep my API keys',
    keepKeysHint: 'Otherwise they are revoked, in case somebody else made one.',
    change: 'Change the password',
    changed: 'Your password is changed, and all other logins have ended.',
    elsewhere: 'Other devices',
    everywhereText: 'Ends every login of yours, on this and all other devices. Your API keys stay.',
    everywhere: 'Log out everywhere',
    everywhereTitle: 'Log out everywhere?',
    noPassword: 'You are known by another program, which is where your password and your logins are.',
    developer: 'This server is in development mode: there are no passwords, and a login is a name.',
  },
  de: {
    title: 'Ihr Konto',
    who: 'Wer Sie sind',
    userId: 'Benutzer',
    email: 'E-Mail-Adresse',
    name: 'Name',
    roles: 'Rollen',
    none: '–',
    password: 'Passwort ändern',
    current: 'Bisheriges Passwort',
    next: 'Neues Passwort',
    nextHint: 'Mindestens 10 Zeichen. Lang ist besser als kompliziert.',
    again: 'Neues Passwort noch einmal',
    differs: 'Die beiden stimmen nicht überein.',
    keepKeys: 'Meine API-Schlüssel behalten',
    keepKeysHint: 'Sonst werden sie widerrufen, falls jemand anders einen angelegt hat.',
    change: 'Passwort ändern',
    changed: 'Ihr Passwort ist geändert, und alle anderen Anmeldungen sind beendet.',
    elsewhere: 'Andere Geräte',
    everywhereText: 'Beendet alle Ihre Anmeldungen, auf diesem und allen anderen Geräten. Ihre API-Schlüssel bleiben.',
    everywhere: 'Überall abmelden',
    everywhereTitle: 'Überall abmelden?',
    noPassword: 'Sie sind durch ein anderes Programm bekannt; dort sind Ihr Passwort und Ihre Anmeldungen.',
    developer: 'Dieser Server ist im Entwicklungsmodus: Es gibt keine Passwörter, und ein Name genügt zur Anmeldung.',
  },
});

export default function YourAccount() {
  const { userId, email, name, roles, hasPassword } = user.value!;
  return (
    <>
      <PageHead title={say().title} />
      <div class="stack">
        <section class="card" aria-labelledby="who">
          <h2 id="who">{say().who}</h2>
          <dl class="facts">
            <dt>{say().userId}</dt><dd>{userId}</dd>
            <dt>{say().name}</dt><dd>{name ?? say().none}</dd>
            <dt>{say().email}</dt><dd>{email ?? say().none}</dd>
            <dt>{say().roles}</dt><dd><Roles of={roles} /></dd>
          </dl>
        </section>
        {hasPassword ? <><Password /><Elsewhere /></> : (
          <p class="notice">{server.value?.devMode === true ? say().developer : say().noPassword}</p>
        )}
      </div>
    </>
  );
}

function Password() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [keepTokens, setKeepTokens] = useState(false);
  const { busy, failure, fields, send } = useSending();
  const isOther = again !== '' && again !== next;
  const change = () => send(async () => {
    await api().changePassword({ body: { current, next, keepTokens } });
    for (const clear of [setCurrent, setNext, setAgain]) clear('');
    tell(say().changed);
    await enter();
  });
  return (
    <section class="card" aria-labelledby="password">
      <h2 id="password">{say().password}</h2>
      <form class="stack" onSubmit={(event) => {
        event.preventDefault();
        if (next === again) void change();
      }}>
        {failure !== null && Object.keys(fields).length === 0 && <Failure of={failure} />}
        {/* For password managers: whose it is. */}
        <input hidden type="text" autocomplete="username" value={user.value?.userId} readOnly />
        <TextField
          label={say().current} type="password" autocomplete="current-password" required value={current}
          onValue={setCurrent} problem={fields['current']}
        />
        <TextField
          label={say().next} hint={say().nextHint} type="password" autocomplete="new-password" minLength={10}
          maxLength={200} required value={next} onValue={setNext} problem={fields['next']}
        />
        <TextField
          label={say().again} type="password" autocomplete="new-password" required value={again} onValue={setAgain}
          problem={isOther ? say().differs : undefined}
        />
        <CheckField label={say().keepKeys} hint={say().keepKeysHint} checked={keepTokens} onChecked={setKeepTokens} />
        <div class="actions">
          <Button type="submit" look="primary" busy={busy} disabled={isOther}>{say().change}</Button>
        </div>
      </form>
    </section>
  );
}

function Elsewhere() {
  const end = async (): Promise<void> => {
    const isSure = await confirmed({
      title: say().everywhereTitle, text: say().everywhereText, action: say().everywhere, dangerous: true,
    });
    if (isSure) await attempt(() => logOut({ everywhere: true }));
  };
  return (
    <section class="card" aria-labelledby="elsewhere">
      <h2 id="elsewhere">{say().elsewhere}</h2>
      <div class="row spread">
        <p class="grow">{say().everywhereText}</p>
        <Button icon={LogOut} onClick={() => void end()}>{say().everywhere}</Button>
      </div>
    </section>
  );
}
