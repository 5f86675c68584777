import { texts } from '../language/language.ts';
import type { Role } from '../shell/session.ts';
import { Badge } from './badge.tsx';
import { CheckField } from './field.tsx';

const say = texts({
  en: {
    roles: 'Roles',
    names: { user: 'User', operator: 'Operator', admin: 'Administrator' },
    hints: {
      user: 'Own jobs and credits.', operator: 'Runs workers, schedules and providers.',
      admin: 'Everything, of everybody.',
    },
  },
  de: {
    roles: 'Rollen',
    names: { user: 'Benutzer', operator: 'Betrieb', admin: 'Administrator' },
    hints: {
      user: 'Eigene Aufträge und eigenes Guthaben.', operator: 'Betreibt Worker, Zeitpläne und Anbieter.',
      admin: 'Alles, von allen.',
    },
  },
});

const allRoles: readonly Role[] = ['user', 'operator', 'admin'];

export function Roles({ of }: { readonly of: readonly Role[] }) {
  return <span class="badges">{of.map((role) => <Badge key={role}>{say().names[role]}</Badge>)}</span>;
}

/** At least one of them is to be chosen. `among`: those that can be given. */
export function RolesField({ value, onValue, among = allRoles }: {
  readonly value: readonly Role[];
  readonly onValue: (value: readonly Role[]) => void;
  readonly among?: readonly Role[];
}) {
  return (
    <fieldset class="roles">
      <legend>{say().roles}</legend>
      {allRoles.filter((role) => among.includes(role)).map((role) => (
        <CheckField
          key={role} label={say().names[role]} hint={say().hints[role]} checked={value.includes(role)}
          onChecked={(isChosen) =>
            onValue(allRoles.filter((each) => (each === role ? isChosen : value.includes(each))))}
        />
      ))}
    </fieldset>
  );
}
