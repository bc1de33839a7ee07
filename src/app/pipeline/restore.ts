/** Restores the detector: from the last checkpoint, then from the journal after it. */
import { createDetector, restoreDetector, type Detector } from '../../detect/detector.ts';
import type { StateStore } from '../../detect/store/store.ts';

/**
 * Loads the checkpoint and replays the journal. Throws FixableError for a checkpoint of another version. The transitions of the replay are
 * ignored, because their messages are already in the outbox.
 */
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
