/**
 * `tocsin run`: runs the pipelines until it is stopped. The first SIGTERM or SIGINT drains (at most 10 s), the second ends the process at
 * once. A standby first waits until it takes over.
 */
import type { Running } from '../app.ts';
import type { ReadinessCheck } from '../app/types.ts';
import type { Config } from '../config/config.ts';
import { makeFilesPrivate } from '../event/private-files.ts';
import type { Log } from '../event/telemetry.ts';
import { orLate, within } from '../event/waiting.ts';
import type { HttpServer } from '../operate/http.ts';
import type { LogLevel } from '../operate/log.ts';
import { onShutdown, type Shutdown } from '../operate/shutdown.ts';
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import type { AddCommand } from './program.ts';
import { listen } from './run-http.ts';
import { CommandError, exitCode, VERSION, type ExitCode, type Terminal } from './terminal.ts';

/** How long the address of a process that has just ended may still be in use. */
const PORT_PATIENCE_MS = 10_000;
/** Longer than the 10 s that `Running.stop` takes at most, so that only a defect reaches it. */
const STOP_LIMIT_MS = 11_000;

interface RunFlags {
  readonly logLevel: string;
  readonly standby?: boolean;
}

export const addRun: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('run'))
    .description('the pipeline until stopped; SIGTERM drains, SIGHUP or a changed file reloads the rules')
    .option('--log-level <level>', 'debug, info, warn, error', terminal.env['TOCSIN_LOG'] ?? 'info')
    .option('--standby', 'wait while another process works on the data_dir, and take over when it ends')
    .action(async (options: ConfigOption & RunFlags) => {
      const level = logLevel(options.logLevel);
      const config = await configuration(options.config, terminal);
      ended(await run(config, level, options.standby === true, terminal));
    });
};

const LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error'] satisfies readonly LogLevel[];

function logLevel(text: string): LogLevel {
  if (LEVELS.includes(text)) return text as LogLevel;
  throw new CommandError(exitCode.setup, `"${text}" is no log level`, `write one of ${LEVELS.join(', ')}`);
}

async function run(asked: Config, level: LogLevel, isSpare: boolean, terminal: Terminal): Promise<ExitCode> {
  let config = asked;
  // Before a standby waits, because it creates files meanwhile as well.
  makeFilesPrivate();
  const [
    { isHeldElsewhere, runPipelines, standBy },
    { createLog },
    { createMetrics, createTelemetry },
    { logRuntimeWarnings },
  ] = await Promise.all([
    import('../app.ts'),
    import('../operate/log.ts'),
    import('../operate/metrics.ts'),
    import('../operate/runtime-warnings.ts'),
  ]);
  const log = createLog({ level, version: VERSION });
  logRuntimeWarnings(log);
  const metrics = createMetrics({ process: true });
  let running: Running | undefined;
  const shutdown = onShutdown({
    atOnce: () => process.exit(exitCode.interrupted),
    reload: () => running?.reloadRules(),
  });
  let notYet: ReadinessCheck = { name: 'start', ok: false, fatal: true, detail: 'starting' };
  let http: HttpServer | undefined;
  const listening = async (patienceMs: number): Promise<void> => {
    const defect = (error: unknown): void => running?.defect('pages', error);
    http ??= await listen(config, metrics, () => running?.ready() ?? [notYet], log, defect, patienceMs);
  };
  const wait = async (): Promise<NodeJS.Signals | undefined> => {
    notYet = { ...notYet, detail: `standing by: another process works on ${config.dataDir}` };
    // On the same machine the address belongs to the other process until that ends.
    await listening(0).catch(() => undefined);
    const stop = new AbortController();
    void shutdown.asked.then(() => stop.abort());
    await standBy(config.dataDir, log, stop.signal);
    notYet = { ...notYet, detail: 'starting' };
    config = await current(config, terminal, log);
    return stop.signal.aborted ? await shutdown.asked : undefined;
  };
  try {
    while (running === undefined) {
      const signal = isSpare ? await wait() : undefined;
      if (signal !== undefined) return endedBy(signal);
      try {
        await listening(isSpare ? PORT_PATIENCE_MS : 0);
        const telemetry = createTelemetry(log, metrics);
        running = await runPipelines(config, { telemetry, terminal: terminal.out.stream });
      } catch (error) {
        if (!isSpare || !isHeldElsewhere(error)) throw error;
      }
    }
    log.info({ 'event.action': 'start', 'tocsin.config': config.file }, 'running');
    return endedBy(await untilStopped(running, shutdown, log));
  } catch (error) {
    if (running !== undefined) await within(running.stop(), STOP_LIMIT_MS);
    throw error;
  } finally {
    shutdown.dispose();
    await http?.close();
  }
}

/**
 * Reads the configuration file again, because a standby may have waited for weeks. A configuration that cannot be used must not keep the
 * standby from taking over.
 */
async function current(config: Config, terminal: Terminal, log: Log): Promise<Config> {
  try {
    return await configuration(config.file, terminal);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const fields = { 'event.action': 'configuration-invalid', 'error.message': message };
    log.error(
      fields,
      `the configuration cannot be used; the one that this process began with holds: ${message}`,
    );
    return config;
  }
}

/** Resolves to the signal that stopped the run (undefined where its sources ended), once the stop is complete. */
async function untilStopped(
  running: Running,
  shutdown: Shutdown,
  log: Log,
): Promise<NodeJS.Signals | undefined> {
  const signal = await Promise.race([shutdown.asked, running.ended.then(() => undefined)]);
  if (signal !== undefined) log.info({ 'event.action': 'stop', 'tocsin.signal': signal }, 'draining');
  const owed = await orLate(running.stop(), STOP_LIMIT_MS, notStopped);
  if (owed.length > 0)
    throw new CommandError(
      exitCode.setup,
      `stopped, but ${owed.join('; ')}`,
      'mend that before the next start: it reads again what is not written down',
    );
  log.info({ 'event.action': 'stopped' }, 'stopped');
  return signal;
}

const endedBy = (signal: NodeJS.Signals | undefined): ExitCode =>
  signal === 'SIGINT' ? exitCode.interrupted : exitCode.fine;

function notStopped(): never {
  throw new CommandError(
    exitCode.setup,
    `not stopped after ${STOP_LIMIT_MS / 1_000} s: what was not finished is read again at the next start`,
  );
}
