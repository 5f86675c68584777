import { CheckField, SelectField, TextField } from '../../../console/parts/field.tsx';
import { texts } from '../../../console/language/language.ts';
import type { Rule, Wishes } from './photos-api.ts';

const say = texts({
  en: {
    more: 'More',
    rule: 'Saved rule',
    noRule: 'None: as above',
    ruleHint: 'Says what to do in place of the above.',
    format: 'File type of the results',
    formats: {
      png: 'PNG, can be transparent', webp: 'WebP, smaller, can be transparent', jpeg: 'JPEG, never transparent',
    },
    background: 'Colour behind transparent parts',
    quality: 'Quality, from 1 to 100',
    force: 'Deliver doubtful cut-outs too',
    forceHint: 'Else they fail, are not charged, and can be used one by one.',
  },
  de: {
    more: 'Mehr',
    rule: 'Gespeicherte Regel',
    noRule: 'Keine: wie oben',
    ruleHint: 'Bestimmt anstelle des Obigen, was geschieht.',
    format: 'Dateityp der Ergebnisse',
    formats: {
      png: 'PNG, auch durchsichtig', webp: 'WebP, kleiner, auch durchsichtig', jpeg: 'JPEG, nie durchsichtig',
    },
    background: 'Farbe hinter durchsichtigen Stellen',
    quality: 'Qualität von 1 bis 100',
    force: 'Auch zweifelhafte Ausschnitte liefern',
    forceHint: 'Sonst schlagen sie fehl, kosten nichts und lassen sich einzeln übernehmen.',
  },
});

type Format = NonNullable<NonNullable<Wishes['output']>['format']>;

export interface Wished {
  readonly ruleId: string;
  readonly format: Format;
  readonly background: string;
  readonly quality: string;
  readonly force: boolean;
}

export const usualWishes: Wished = { ruleId: '', format: 'png', background: '#ffffff', quality: '90', force: false };

/** As the server is told. */
export function wishesFrom({ ruleId, format, background, quality, force }: Wished): Wishes {
  const share = Math.min(100, Math.max(1, Math.round(Number(quality)) || 90));
  return {
    ...(ruleId !== '' && { ruleId }),
    ...(force && { force }),
    output: {
      format, ...(format !== 'png' && { quality: share }), ...(format === 'jpeg' && { background }),
    },
  };
}

/** What most people leave as it is. */
export function WishFields({ rules, value, onValue }: {
  readonly rules: readonly Rule[];
  readonly value: Wished;
  readonly onValue: (value: Wished) => void;
}) {
  const change = (changes: Partial<Wished>): void => onValue({ ...value, ...changes });
  const formats = Object.entries(say().formats);
  return (
    <details class="wishes">
      <summary>{say().more}</summary>
      <div class="wish-fields">
        {rules.length > 0 && (
          <SelectField
            label={say().rule} hint={say().ruleHint} value={value.ruleId} onValue={(ruleId) => change({ ruleId })}
            options={[['', say().noRule], ...rules.map(({ ruleId, name }) => [ruleId, name] as const)]}
          />
        )}
        <SelectField
          label={say().format} value={value.format} options={formats}
          onValue={(format) => change({ format: format as Format })}
        />
        {value.format === 'jpeg' && (
          <TextField
            label={say().background} type="color" value={value.background}
            onValue={(background) => change({ background })}
          />
        )}
        {value.format !== 'png' && (
          <TextField
            label={say().quality} type="number" min={1} max={100} value={value.quality}
            onValue={(quality) => change({ quality })}
          />
        )}
        <CheckField
          label={say().force} hint={say().forceHint} checked={value.force} onChecked={(force) => change({ force })}
        />
      </div>
    </details>
  );
}
