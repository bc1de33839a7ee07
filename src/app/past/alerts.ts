/** Reads the alerts of data_dir, while another process may be writing them. */
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { AlertReader, StoredEpisode } from '../../detect/store/alerts.ts';
import { openAlertReader } from '../../detect/store/store.ts';
import { logText } from '../../event/mask/log-text.ts';
import type { Mask } from '../../event/mask/mask.ts';
import { changeEpisode } from '../../notify/message/notice-texts.ts';

export type { AlertReader, StoredEpisode };

/** Opens the alerts; undefined where there is no state yet. Throws FixableError. */
export function openAlerts({
  dataDir,
}: Pick<Config, 'dataDir'>): (AlertReader & { close(): void }) | undefined {
  return openAlertReader(join(dataDir, 'state.db'));
}

/**
 * Returns the alert of a whole id as a page may show it: without secrets, and masked. Undefined where there is none. Throws FixableError.
 */
export function alertForPage(
  config: Pick<Config, 'dataDir'>,
  id: string,
  mask: Mask,
): StoredEpisode | undefined {
  const alerts = openAlerts(config);
  try {
    const stored = alerts?.wholeId(id);
    return stored && { ...stored, episode: changeEpisode(stored.episode, logText(mask)) };
  } finally {
    alerts?.close();
  }
}
