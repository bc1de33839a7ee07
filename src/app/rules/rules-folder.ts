/**
 * The rules on the disk: the folder as it stands, and the texts of the last good set, which are kept in data_dir for a start on which
 * the folder is invalid.
 */
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { WorkTimers } from '../../event/clock.ts';
import { folderState, watchRules } from '../../rule/watch.ts';
import { readRules, readRulesInSlices, readRuleTexts, type RulesRead } from '../rulebook.ts';
import type { RulesWatcher } from '../types.ts';

export interface RulesFolder {
  /** Which version of each file is there; take it before the files are read. */
  state(): string;
  /** Fails with OutOfDescriptors. */
  read(): RulesRead;
  /** The same without keeping the stream waiting for long. */
  readInSlices(): Promise<RulesRead>;
  /** Keeps the texts of a good set for the next start. Rejects as the file system does. */
  keep(texts: RulesRead['texts']): Promise<void>;
  /** Those that were kept last; undefined where there are none that can be read. */
  kept(): RulesRead | undefined;
  /** Tells once the files have become others than those of the state `since`, and so on, until the result is called. */
  watch(since: string, told: RulesWatcher): () => void;
}

export function rulesFolder(config: Config, timers: Pick<WorkTimers, 'sleep' | 'workMs'>): RulesFolder {
  const keptPath = join(config.dataDir, 'last-good-rules.json');
  return {
    state: () => folderState(config.rulesDir) ?? '',
    read: () => readRules(config),
    readInSlices: () => readRulesInSlices(config, timers),
    async keep(texts) {
      await mkdir(dirname(keptPath), { recursive: true });
      await writeFile(`${keptPath}.new`, JSON.stringify([...texts]));
      await rename(`${keptPath}.new`, keptPath);
    },
    kept() {
      try {
        const texts = JSON.parse(readFileSync(keptPath, 'utf8')) as [string, string][];
        return readRuleTexts(
          config,
          texts.map(([file, text]) => ({ file, text })),
        );
      } catch {
        return undefined;
      }
    },
    watch(since, { onChange, onUnrest }) {
      const watcher = watchRules(config.rulesDir, onChange, { since, onUnrest });
      return () => watcher.close();
    },
  };
}
