/** `tocsin run`: the pipeline until stopped. The first SIGTERM or SIGINT drains (at most 10 s), the second ends at once. */
import { join } from 'node:path';
import type { Check, Running } from '../app.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../event/telemetry.ts';
import type { HttpServer } from '../operate/http.ts';
import type { LogLevel } from '../operate/log.ts';
import type { Metrics } from '../operate/metrics.ts';
import { onShutdown } from '../operate/shutdown.ts';
import { wholeLine } from './alerts.ts';
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import type { AddCommand } from './program.ts';
import { CommandError, exitCode, version, type ExitCode, type Terminal } from './terminal.ts';

/** Longer than the 10 s that `Running.stop` takes at most: only a defect gets here. */
const stopLimitMs = 11_000;

export const addRun: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('run'))
    .description('the pipeline until stopped; SIGTERM drains, SIGHUP or a changed file reloads the rules')
    .option('--log-level <level>', 'debug, info, warn, error', terminal.env['TOCSIN_LOG'] ?? 'info')
    .action(async (options: ConfigOption & { readonly logLevel: string }) => {
      const level = logLevel(options.logLevel);
      ended(await run(await configuration(options.config, terminal), level, terminal));
    });
};

const levels: readonly string[] = ['debug', 'info', 'warn', 'error'] satisfies readonly LogLevel[];

function logLevel(text: string): LogLevel {
  if (levels.includes(text)) return text as LogLevel;
  throw new CommandError(exitCode.setup, `"${text}" is no log level`, `write one of ${levels.join(', ')}`);
}

async function run(config: Config, level: LogLevel, terminal: Terminal): Promise<ExitCode> {
  const [{ runPipelines }, { createLog }, { createMetrics, createTelemetry }] = await Promise.all([
    import('../app.ts'),
    import('../operate/log.ts'),
    import('../operate/metrics.ts'),
  ]);
  const log = createLog({ level, version });
  const metrics = createMetrics({ process: true });
  let running: Running | undefined;
  const shutdown = onShutdown({
    atOnce: () => process.exit(exitCode.interrupted),
    reload: () => running?.reloadRules(),
  });
  const starting: Check = { name: 'start', ok: false, fatal: true, detail: 'starting' };
  let http: HttpServer | undefined;
  try {
    http = await listen(config, metrics, () => running?.ready() ?? [starting], log);
    running = await runPipelines(config, {
      telemetry: createTelemetry(log, metrics),
      terminal: terminal.stdout,
    });
    log.info({ 'event.action': 'start', 'tocsin.config': config.file }, 'running');
    const signal = await Promise.race([shutdown.asked, running.ended]);
    if (signal !== undefined) log.info({ 'event.action': 'stop', 'tocsin.signal': signal }, 'draining');
    await within(running.stop(), stopLimitMs);
    log.info({ 'event.action': 'stopped' }, 'stopped');
    return signal === 'SIGINT' ? exitCode.interrupted : exitCode.fine;
  } catch (error) {
    await running?.stop().catch(() => undefined);
    throw error;
  } finally {
    shutdown.dispose();
    await http?.close();
  }
}

async function listen(
  config: Config,
  metrics: Metrics,
  ready: () => readonly Check[],
  log: Log,
): Promise<HttpServer | undefined> {
  const { http } = config;
  if (http === undefined) return undefined;
  const { startHttp } = await import('../operate/http.ts');
  const store = await import('../detect/store.ts');
  try {
    const server = await startHttp({
      listen: http,
      metrics,
      ready,
      alert: (id) => alertById(store, config, id),
    });
    log.info({ 'event.action': 'listen', 'url.full': server.url }, 'health and metrics');
    return server;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'another process listens there' : message;
    throw new CommandError(
      exitCode.setup,
      `cannot listen on ${http.host}:${http.port}: ${why}`,
      'stop that process, choose another address for `http.listen`, or remove `http` from the configuration',
    );
  }
}

type Store = typeof import('../detect/store.ts');

function alertById(
  { openAlertReader, StoreError }: Store,
  { dataDir }: Config,
  id: string,
): object | undefined {
  const alerts = openAlertReader(join(dataDir, 'state.db'));
  try {
    const stored = alerts?.episode(id);
    return stored && wholeLine(stored);
  } catch (error) {
    if (error instanceof StoreError) return undefined; // The beginning of several ids.
    throw error;
  } finally {
    alerts?.close();
  }
}

async function within(work: Promise<void>, limitMs: number): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `not stopped after ${limitMs / 1_000} s: what was not finished is read again at the next start`;
    reject(new CommandError(exitCode.setup, message));
  }, limitMs);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
