/** The HTTP server of `tocsin run`: health, readiness, metrics, single alerts. */
import type { ReadinessCheck } from '../app/types.ts';
import type { Config } from '../config/config.ts';
import { createMask, type Mask } from '../event/mask/mask.ts';
import { redactKnown } from '../event/redact.ts';
import type { Log } from '../event/telemetry.ts';
import { sleep } from '../event/waiting.ts';
import type { HttpServer } from '../operate/http.ts';
import type { Metrics } from '../operate/metrics.ts';
import { wholeLine } from './alerts.ts';
import { CommandError, exitCode } from './terminal.ts';

/** Starts the server; undefined where none is configured. `patienceMs`: how long an address that is in use is tried again. */
export async function listen(
  config: Config,
  metrics: Metrics,
  ready: () => readonly ReadinessCheck[],
  log: Log,
  defect: (error: unknown) => void,
  patienceMs: number,
): Promise<HttpServer | undefined> {
  const { http } = config;
  if (http === undefined) return undefined;
  const [{ startHttp }, { isLoopback }, { alertForPage }] = await Promise.all([
    import('../operate/http.ts'),
    import('../operate/doorkeeper.ts'),
    import('../app/past/alerts.ts'),
  ]);
  const mask = createMask(config.mask);
  const giveUpAtMs = performance.now() + patienceMs;
  for (;;) {
    try {
      const server = await startHttp({
        listen: { host: http.host, port: http.port },
        metrics,
        ready: () => ready().map((check) => ({ ...check, ...masked(check, mask) })),
        alert(id) {
          const stored = alertForPage(config, id, mask);
          return stored && wholeLine(stored);
        },
        log,
        ...(http.token !== undefined && { token: http.token }),
        ...(http.baseUrl !== undefined && { baseUrl: http.baseUrl }),
        defect,
      });
      log.info({ 'event.action': 'listen', 'url.full': server.url }, 'health and metrics');
      if (http.token === undefined && !isLoopback(http.host))
        log.warn(
          { 'event.action': 'pages-left-out', 'url.full': server.url },
          'alerts are not shown there: others can reach it; set http.token to a secret that who may read logs is given',
        );
      return server;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const isInUse = code === 'EADDRINUSE';
      if (!isInUse || performance.now() > giveUpAtMs) {
        throw new CommandError(
          exitCode.setup,
          `cannot listen on ${http.host}:${http.port}: ${isInUse ? 'another process listens there' : message}`,
          'stop that process, choose another address for `http.listen`, or remove `http` from the configuration',
        );
      }
      await sleep(200);
    }
  }
}

/**
 * Masks the detail of a check, because a service that refuses a line may quote it. Secrets are redacted before a mask could leave half of
 * one.
 */
function masked({ detail }: ReadinessCheck, mask: Mask): Pick<ReadinessCheck, 'detail'> {
  return detail === undefined ? {} : { detail: mask.text(redactKnown(detail)) };
}
