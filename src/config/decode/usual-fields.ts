/** Where logs of many programs have what every rule asks for. It serves where no configuration says what fields there are. */

interface UsualField {
  readonly path: readonly string[];
  readonly type: 'keyword' | 'text';
  readonly normalise?: 'upper';
}

/** As in tocsin.yaml, by name. */
export const usualFields: Readonly<Record<'service' | 'level' | 'message', UsualField>> = {
  service: {
    path: [
      'service.name',
      'service',
      'service_name',
      'serviceName',
      'app',
      'application',
      'app_name',
      'appName',
      'component',
      'program',
      'SYSLOG_IDENTIFIER',
      'kubernetes.container_name',
      'container_name',
    ],
    type: 'keyword',
  },
  level: {
    path: [
      'log.level',
      'level',
      'severity',
      'lvl',
      'loglevel',
      'log_level',
      'logLevel',
      'levelname',
      'level_name',
      'severity_text',
      'severityText',
      '@l',
    ],
    type: 'keyword',
    normalise: 'upper',
  },
  message: {
    path: [
      'message',
      'msg',
      '@m',
      'short_message',
      'MESSAGE',
      'content',
      'text',
      'log',
      'body',
      '@mt',
      'event',
    ],
    type: 'text',
  },
};
