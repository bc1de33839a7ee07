/**
 * The rules on the disk: the rules folder as it is, and the texts of the last valid set. These texts are kept in data_dir for a start at
 * which the folder is invalid.
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
  /** Returns a text that identifies the version of each file. Take it before the files are read. */
  state(): string;
  /** Reads the folder. Fails with OutOfDescriptors. */
  read(): RulesRead;
  /** Reads the folder in slices, so that the stream does not wait for long. Fails as `read` does. */
  readInSlices(): Promise<RulesRead>;
  /** Keeps the texts of a valid set for the next start. Rejects as the file system does. */
  keep(texts: RulesRead['texts']): Promise<void>;
  /** Reads the set that was kept last; undefined where none can be read. */
  kept(): RulesRead | undefined;
  /** Calls `told` whenever the files differ from the state `since`, and from each later state that was told, until the result is called. */
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
