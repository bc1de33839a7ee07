/** Import directions (ARCHITECTURE.md). test/support/imports.test.ts is the canary that a forbidden import is really reported. */
const steps = ['ingest', 'archive', 'match', 'detect', 'notify'];

module.exports = {
  forbidden: [
    ...steps.map((step) => ({
      name: `${step}-imports-no-other-step`,
      severity: 'error',
      comment: 'Steps share only the types in event, rule and config; app wires them.',
      from: { path: `^src/${step}/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: `^src/(${step}|event|rule|config)/` },
    })),
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
