/** The canaries of the import rules: with some TypeScript versions dependency-cruiser silently reports nothing. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const CONFIG_PATH = join(ROOT, '.dependency-cruiser.cjs');

function cruise(cwd: string, ...more: readonly string[]): Promise<{ code: number; output: string }> {
  const args = ['--config', CONFIG_PATH, ...more, 'src'];
  return new Promise((resolve) => {
    execFile(join(ROOT, 'node_modules/.bin/depcruise'), args, { cwd }, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout });
    });
  });
}

test('an import from one step to another is reported', async () => {
  const { code, output } = await cruise(join(ROOT, 'test/fixtures/imports'));
  expect(output).toContain('match-imports-no-other-step');
  expect(code).toBeGreaterThan(0);
});

/** Of each rule an import that it forbids: from a file, of a file. Inside a room even the import of a type is one. */
const forbidden: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'ingest-imports-no-other-step': ['src/ingest/a.ts', 'src/match/b.ts'],
  'archive-imports-no-other-step': ['src/archive/a.ts', 'src/ingest/b.ts'],
  'match-imports-no-other-step': ['src/match/a.ts', 'src/detect/b.ts'],
  'detect-imports-no-other-step': ['src/detect/a.ts', 'src/app/types.ts'],
  'notify-imports-no-other-step': ['src/notify/a.ts', 'src/archive/b.ts'],
  'app-archived-events-imports-no-neighbour': ['src/app/archived-events.ts', 'src/app/rulebook.ts'],
  'app-clock-imports-no-neighbour': ['src/app/clock.ts', 'src/app.ts'],
  'app-decoding-imports-no-neighbour': ['src/app/decoding.ts', 'src/app/pipeline/b.ts'],
  'app-rulebook-imports-no-neighbour': ['src/app/rulebook.ts', 'src/app/rules/b.ts'],
  'app-start-error-imports-no-neighbour': ['src/app/start-error.ts', 'src/app/rules/b.ts'],
  'app-types-imports-no-neighbour': ['src/app/types.ts', 'src/app/health/b.ts'],
  'app-backup-imports-no-neighbour': ['src/app/backup/a.ts', 'src/app/types.ts'],
  'app-delivery-imports-no-neighbour': ['src/app/delivery/a.ts', 'src/app/past/b.ts'],
  'app-health-imports-no-neighbour': ['src/app/health/a.ts', 'src/app/delivery/b.ts'],
  'app-past-imports-no-neighbour': ['src/app/past/a.ts', 'src/app/pipeline/b.ts'],
  'app-pipeline-imports-no-neighbour': ['src/app/pipeline/a.ts', 'src/app/timers.ts'],
  'app-rules-imports-no-neighbour': ['src/app/rules/a.ts', 'src/app/pipeline/b.ts'],
  'app-folders-are-named': ['src/app/attic/a.ts', 'src/app/types.ts'],
  'detect-operator-imports-no-neighbour': ['src/detect/operator.ts', 'src/detect/forms/b.ts'],
  'detect-columns-imports-no-neighbour': ['src/detect/columns/a.ts', 'src/detect/operator.ts'],
  'detect-forms-imports-no-neighbour': ['src/detect/forms/a.ts', 'src/detect/lifecycle/b.ts'],
  'detect-input-imports-no-neighbour': ['src/detect/input/a.ts', 'src/detect/columns/b.ts'],
  'detect-lifecycle-imports-no-neighbour': ['src/detect/lifecycle/a.ts', 'src/detect/time/b.ts'],
  'detect-store-imports-no-neighbour': ['src/detect/store/a.ts', 'src/detect/rule-run.ts'],
  'detect-time-imports-no-neighbour': ['src/detect/time/a.ts', 'src/detect/forms/b.ts'],
  'detect-folders-are-named': ['src/detect/attic/a.ts', 'src/detect/columns/b.ts'],
  'detect-imports-no-store': ['src/detect/detector.ts', 'src/detect/store/b.ts'],
  'notify-channel-imports-no-neighbour': ['src/notify/channel.ts', 'src/notify/outbox/b.ts'],
  'notify-notice-imports-no-neighbour': ['src/notify/notice.ts', 'src/notify/message/b.ts'],
  'notify-outbox-row-imports-no-neighbour': ['src/notify/outbox-row.ts', 'src/notify/outbox/b.ts'],
  'notify-channels-imports-no-neighbour': ['src/notify/channels/a.ts', 'src/notify/outbox/b.ts'],
  'notify-message-imports-no-neighbour': ['src/notify/message/a.ts', 'src/notify/templates/b.ts'],
  'notify-outbox-imports-no-neighbour': ['src/notify/outbox/a.ts', 'src/notify/message/b.ts'],
  'notify-templates-imports-no-neighbour': ['src/notify/templates/a.ts', 'src/notify/channels/b.ts'],
  'notify-folders-are-named': ['src/notify/attic/a.ts', 'src/notify/notice.ts'],
  'channel-kinds-stand-alone': ['src/notify/channels/slack/a.ts', 'src/notify/channels/email/b.ts'],
  'event-stands-alone': ['src/event/a.ts', 'src/rule/b.ts'],
  'rule-knows-only-events': ['src/rule/a.ts', 'src/match/b.ts'],
  'config-knows-only-events': ['src/config/a.ts', 'src/rule/b.ts'],
  'cli-imports-no-step': ['src/cli/a.ts', 'src/detect/b.ts'],
  'only-cli-and-main-above-app': ['src/operate/a.ts', 'src/cli/b.ts'],
  'src-imports-no-tests': ['src/cli/a.ts', 'test/b.ts'],
};

/** A tree in which each file has the imports of types that are named for it. */
function plant(imports: readonly (readonly [from: string, to: string])[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-imports-'));
  const byFile = new Map<string, string[]>();
  for (const [from, to] of imports) {
    byFile.set(to, byFile.get(to) ?? []);
    byFile.set(from, [...(byFile.get(from) ?? []), to]);
  }
  for (const [file, targets] of byFile) {
    const lines = targets.map((target, i) => {
      const path = relative(dirname(file), target);
      return `import type { T as T${i} } from '${path.startsWith('.') ? path : `./${path}`}';\nexport type U${i} = T${i};\n`;
    });
    mkdirSync(join(dir, dirname(file)), { recursive: true });
    writeFileSync(join(dir, file), `${lines.join('')}export interface T { readonly a: 1 }\n`);
  }
  return dir;
}

interface Cruised {
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { name: string };
    }[];
  };
}

test('each rule reports what it forbids, also where only a type is imported', async () => {
  const dir = plant(Object.values(forbidden));
  try {
    const { output } = await cruise(dir, '--output-type', 'json');
    const found = (JSON.parse(output) as Cruised).summary.violations;
    const silent = Object.entries(forbidden).filter(
      ([name, [from, to]]) =>
        !found.some((each) => each.rule.name === name && each.from === from && each.to === to),
    );
    expect(silent).toEqual([]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('no rule is without its canary', () => {
  const { forbidden: rules } = createRequire(import.meta.url)(CONFIG_PATH) as {
    forbidden: readonly { readonly name: string }[];
  };
  const unproven = rules.map(({ name }) => name).filter((name) => forbidden[name] === undefined);
  expect(unproven).toEqual(['no-cycles']);
});

test('a cycle is reported', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-imports-'));
  try {
    mkdirSync(join(dir, 'src'));
    for (const [name, other] of [
      ['a', 'b'],
      ['b', 'a'],
    ])
      writeFileSync(join(dir, `src/${name!}.ts`), `export { ${other!} } from './${other!}.ts';\n`);
    expect((await cruise(dir)).output).toContain('no-cycles');
  } finally {
    rmSync(dir, { recursive: true });
  }
});
