/** Handles signals. The first one asks for an orderly end. The second one ends the process at once. */

export interface Shutdown {
  /** Resolves with the first signal. */
  readonly asked: Promise<NodeJS.Signals>;
  /** Stops listening to signals. */
  dispose(): void;
}

export interface ShutdownOptions {
  /** Called on a second signal, instead of waiting any longer. */
  readonly atOnce: () => void;
  /** Called on SIGHUP. */
  readonly reload?: () => void;
}

export function onShutdown({ atOnce, reload }: ShutdownOptions): Shutdown {
  const { promise: asked, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let count = 0;
  const stop = (signal: NodeJS.Signals): void => {
    count += 1;
    if (count === 1) resolve(signal);
    else atOnce();
  };
  const hangUp = (): void => {
    reload?.();
  };
  process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', hangUp);
  return {
    asked,
    dispose: () => {
      process.off('SIGTERM', stop).off('SIGINT', stop).off('SIGHUP', hangUp);
    },
  };
}
