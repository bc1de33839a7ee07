/** The `--config` option that every command has, and the error for a configuration that cannot be used. */
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import type { LoadOptions } from '../config/load.ts';
import { formatProblems } from '../config/problem.ts';
import { CommandError, exitCode, type Terminal } from './terminal.ts';

export interface ConfigOption {
  readonly config: string;
}

export function withConfigOption(command: Command): Command {
  return command.option('-c, --config <file>', 'configuration', 'tocsin.yaml');
}

/** Loads the configuration. Fails with CommandError (3) that lists every problem. */
export async function configuration(
  file: string,
  { env }: Terminal,
  options: LoadOptions = {},
): Promise<Config> {
  const { loadConfig } = await import('../config/load.ts');
  const { config, problems } = loadConfig(file, env, options);
  if (config === undefined) throw new CommandError(exitCode.setup, formatProblems(problems));
  return config;
}
