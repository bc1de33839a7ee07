/** Import directions (ARCHITECTURE.md). test/support/imports.test.ts holds the canaries: each rule reports what it forbids. */
const steps = ['ingest', 'archive', 'match', 'detect', 'notify'];

/** Files of app that its folders share; they import no folder of app. */
const sharedInApp = [
  'archived-events.ts',
  'clock.ts',
  'decoding.ts',
  'rulebook.ts',
  'start-error.ts',
  'types.ts',
];

/**
 * The folders inside of app, detect and notify, the files that they share, and what each may import of its room. One way only, so
 * that no two import each other. Files of a room that are not named here wire the others together: they may import all of them, and
 * nothing that is named imports them.
 */
const inside = {
  app: {
    'archived-events.ts': [],
    'clock.ts': [],
    'decoding.ts': [],
    'rulebook.ts': [],
    'start-error.ts': [],
    'types.ts': [],
    backup: [],
    delivery: sharedInApp,
    health: sharedInApp,
    past: sharedInApp,
    pipeline: sharedInApp,
    rules: sharedInApp,
  },
  detect: {
    'operator.ts': ['columns', 'input'],
    columns: ['input'],
    forms: ['columns', 'input', 'operator.ts'],
    input: [],
    lifecycle: ['columns', 'input', 'operator.ts'],
    store: ['input'],
    time: ['columns', 'input'],
  },
  notify: {
    'channel.ts': ['notice.ts'],
    'notice.ts': [],
    'outbox-row.ts': ['notice.ts'],
    channels: ['channel.ts', 'message', 'notice.ts', 'templates'],
    message: ['channel.ts', 'notice.ts', 'outbox-row.ts'],
    outbox: ['channel.ts', 'notice.ts', 'outbox-row.ts'],
    templates: ['message'],
  },
};

const pathOf = (part) => (part.endsWith('.ts') ? part.replace('.', '\\.') + '$' : part + '/');

const insideRules = Object.entries(inside).flatMap(([room, parts]) => [
  ...Object.entries(parts).map(([part, others]) => ({
    name: `${room}-${part.replace('.ts', '')}-imports-no-neighbour`,
    severity: 'error',
    comment: `src/${room}/${part} may import of ${room} only: ${[part, ...others].join(', ')}.`,
    from: { path: `^src/${room}/${pathOf(part)}`, pathNot: '\\.test\\.ts$' },
    to: {
      path: `^src/${room}(/|\\.ts$)`,
      pathNot: [part, ...others].map((each) => `^src/${room}/${pathOf(each)}`),
    },
  })),
  {
    name: `${room}-folders-are-named`,
    severity: 'error',
    comment: `A new folder of ${room} says in .dependency-cruiser.cjs what it may import.`,
    from: {
      path: `^src/${room}/[^/]+/`,
      pathNot: Object.keys(parts).map((part) => `^src/${room}/${pathOf(part)}`),
    },
    to: { path: `^src/${room}(/|\\.ts$)` },
  },
]);

module.exports = {
  forbidden: [
    ...steps.map((step) => ({
      name: `${step}-imports-no-other-step`,
      severity: 'error',
      comment: 'Steps share only the types in event, rule and config; app wires them.',
      from: { path: `^src/${step}/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: `^src/(${step}|event|rule|config)/` },
    })),
    ...insideRules,
    {
      name: 'detect-imports-no-store',
      severity: 'error',
      comment: 'The detector does no input or output: app saves its state and feeds it the journal.',
      from: { path: '^src/detect/', pathNot: ['^src/detect/store/', '\\.test\\.ts$'] },
      to: { path: '^src/detect/store/' },
    },
    {
      name: 'channel-kinds-stand-alone',
      severity: 'error',
      comment: 'A kind of channel shares with the others only what lies beside their folders.',
      from: { path: '^src/notify/channels/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/notify/channels/[^/]+/', pathNot: '^src/notify/channels/$1/' },
    },
    {
      name: 'event-stands-alone',
      severity: 'error',
      from: { path: '^src/event/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/event/' },
    },
    {
      name: 'rule-knows-only-events',
      severity: 'error',
      from: { path: '^src/rule/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(rule|event)/' },
    },
    {
      name: 'config-knows-only-events',
      severity: 'error',
      from: { path: '^src/config/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(config|event)/' },
    },
    {
      name: 'cli-imports-no-step',
      severity: 'error',
      comment: 'What a command needs of the steps is offered by app, which puts them together.',
      from: { path: '^src/(cli/|main)', pathNot: '\\.test\\.ts$' },
      to: { path: `^src/(${steps.join('|')})/` },
    },
    {
      name: 'only-cli-and-main-above-app',
      severity: 'error',
      from: { path: '^src/(app|operate)', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/(cli|main)' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'src-imports-no-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: require('node:path').join(__dirname, 'tsconfig.json') },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
