import { useState } from 'preact/hooks';
import { Button } from '../../../console/parts/button.tsx';
import { Dialog } from '../../../console/parts/dialog.tsx';
import { attempt } from '../../../console/parts/messages.tsx';
import { Skeleton, View } from '../../../console/parts/view.tsx';
import { useLoad } from '../../../console/server/load.ts';
import { go } from '../../../console/shell/router.ts';
import { again, photosApi, type PhotoSet } from './photos-api.ts';
import { PresetChoice } from './preset-choice.tsx';
import { say } from './set-texts.ts';
import { usualWishes, WishFields, wishesFrom } from './wishes.tsx';

/** The same photos once more, with something else done to them. */
export function AgainDialog({ set, onClose }: { readonly set: PhotoSet; readonly onClose: () => void }) {
  const facts = useLoad(async (signal) => {
    const [{ presets }, { rules }] = await Promise.all([
      photosApi().listPresets({}, { signal }), photosApi().listRules({}, { signal }),
    ]);
    return { presets, rules, other: presets.find(({ name }) => name !== set.preset)?.name ?? set.preset };
  }, []);
  const [chosen, setChosen] = useState<string | null>(null);
  const [wished, setWished] = useState(usualWishes);
  const [isBusy, setBusy] = useState(false);
  const start = async (preset: string): Promise<void> => {
    setBusy(true);
    await attempt(async () => go(`/photos/${await again(set.id, preset, wishesFrom(wished))}`));
    setBusy(false);
  };
  return (
    <Dialog title={say().again} onClose={onClose} wide>
      <p class="quiet">{say().againLead}</p>
      <View of={facts} skeleton={<Skeleton lines={3} height="card" />}>
        {({ presets, rules, other }) => (
          <>
            <PresetChoice presets={presets} value={chosen ?? other} onValue={setChosen} />
            <WishFields rules={rules} value={wished} onValue={setWished} />
            <footer class="actions">
              <Button look="primary" busy={isBusy} onClick={() => void start(chosen ?? other)}>
                {say().againGo(set.progress.total)}
              </Button>
            </footer>
          </>
        )}
      </View>
    </Dialog>
  );
}
