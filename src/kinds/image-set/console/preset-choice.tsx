import { useId } from 'preact/hooks';
import { texts } from '../../../console/language/language.ts';
import { examples } from './examples.ts';
import type { Preset } from './photos-api.ts';
import { presetName, say as shared } from './texts.ts';

const say = texts({
  en: { legend: 'What shall be done?', example: 'Example: before on the left, after on the right' },
  de: { legend: 'Was soll geschehen?', example: 'Beispiel: links vorher, rechts nachher' },
});

/** Presets as pictures of what they do. */
export function PresetChoice({ presets, value, onValue }: {
  readonly presets: readonly Preset[];
  readonly value: string;
  readonly onValue: (name: string) => void;
}) {
  const id = useId();
  const texts: Readonly<Record<string, string | undefined>> = shared().presetTexts;
  return (
    <fieldset class="presets">
      <legend>{say().legend}</legend>
      {presets.map(({ name, description }) => (
        <label key={name} class={`preset${name === value ? ' chosen' : ''}`}>
          <ExamplePictures of={name} />
          <span class="preset-name">
            <input type="radio" name={id} value={name} checked={name === value} onChange={() => onValue(name)} />
            {presetName(name)}
          </span>
          <span class="quiet small">{texts[name] ?? description}</span>
        </label>
      ))}
    </fieldset>
  );
}

function ExamplePictures({ of }: { readonly of: string }) {
  const example = examples[of];
  return example === undefined ? null : (
    <span class="preset-pictures">
      <img src={example.before} alt="" width={400} height={300} />
      <img src={example.after} alt={say().example} class="preset-after" width={400} height={300} />
    </span>
  );
}

/** What can be made of photos, for who has not done it yet. */
export function Examples() {
  const texts: Readonly<Record<string, string | undefined>> = shared().presetTexts;
  return (
    <ul class="presets">
      {Object.keys(examples).map((name) => (
        <li key={name} class="preset-example">
          <ExamplePictures of={name} />
          <h2>{presetName(name)}</h2>
          <p class="quiet small">{texts[name]}</p>
        </li>
      ))}
    </ul>
  );
}
