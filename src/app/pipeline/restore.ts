/** The detector as it was: the last snapshot, then what the match log holds behind it. */
import { createDetector, restoreDetector, type Detector } from '../../detect/detector.ts';
import type { StateStore } from '../../detect/store/store.ts';

/** Throws FixableError for a snapshot of another version. What the replay gives was told before: it is in the outbox. */
export function restored(store: StateStore): Detector {
  const { checkpoint, inputs } = store.load();
  const detector = checkpoint === undefined ? fresh() : restoreDetector(checkpoint);
  for (const { input } of inputs) detector.step(input);
  return detector;
}

function fresh(): Detector {
  const schema = { fields: [], byName: new Map(), searchFields: [] };
  return createDetector({ rules: [], schema }, { sources: [] });
}
