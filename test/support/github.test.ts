/** .github keeps its promises: changes are tested as here, no action can change under its name, GitHub can show the forms. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: object;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Readonly<Record<string, string>>;
        readonly 'timeout-minutes'?: number;
        readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
      }
    >
  >;
}

const read = (file: string): unknown => parse(readFileSync(file, 'utf8'));

describe.each(globSync('.github/workflows/*.yml'))('%s', (file) => {
  const workflow = read(file) as Workflow;
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  it('uses no action by a name that may mean another one tomorrow', () => {
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/@[0-9a-f]{40}$/u);
  });

  it('has no rights but those of a job, and an end', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of jobs) {
      expect(job.permissions).toMatchObject({ contents: 'read' });
      expect(job['timeout-minutes']).toBeGreaterThan(0);
    }
  });

  it('runs .ci/run', () => {
    expect(steps.map(({ run }) => run)).toContain('.ci/run');
  });
});

it('every push to a branch and every pull request is tested', () => {
  const { on } = read('.github/workflows/tests.yml') as Workflow;
  expect(on).toEqual({ push: { branches: ['**'] }, pull_request: null });
});

describe.each(['bug.yml', 'rule-language.yml'])('the form %s', (name) => {
  const form = read(`.github/ISSUE_TEMPLATE/${name}`) as {
    readonly name: string;
    readonly description: string;
    readonly body: readonly {
      readonly type: string;
      readonly id?: string;
      readonly attributes: { readonly label?: string };
    }[];
  };
  const asked = form.body.filter(({ type }) => type !== 'markdown');

  it('has what GitHub needs to show it', () => {
    expect([typeof form.name, typeof form.description]).toEqual(['string', 'string']);
    for (const { type, id, attributes } of asked) {
      expect(['input', 'textarea']).toContain(type);
      expect([id, attributes.label]).toEqual([expect.stringMatching(/^\w+$/u), expect.any(String)]);
    }
    expect(new Set(asked.map(({ id }) => id)).size).toBe(asked.length);
  });

  it('asks for the version and for log lines', () => {
    expect(asked.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['version', expect.stringMatching(/^(?:log|lines)$/u)]),
    );
  });
});

it('dependabot looks at npm, actions and images, in folders that are there', () => {
  const { updates } = read('.github/dependabot.yml') as {
    readonly updates: readonly {
      readonly 'package-ecosystem': string;
      readonly directory?: string;
      readonly directories?: readonly string[];
    }[];
  };
  expect(updates.map((update) => update['package-ecosystem'])).toEqual(
    expect.arrayContaining(['npm', 'github-actions', 'docker']),
  );
  const folders = updates.flatMap(({ directory, directories = [] }) => [directory ?? [], directories].flat());
  expect(folders.filter((folder) => !existsSync(`.${folder}`))).toEqual([]);
});

it('people develop on the Node that the tests run on', () => {
  const { version } = JSON.parse(readFileSync('node_modules/node/package.json', 'utf8')) as {
    version: string;
  };
  expect(readFileSync('.nvmrc', 'utf8').trim()).toBe(version.split('.', 1)[0]);
  const bases = ['deploy', '.devcontainer'].map(
    (folder) => /^FROM (\S+)/mu.exec(readFileSync(`${folder}/Dockerfile`, 'utf8'))![1],
  );
  expect(bases[1]).toBe(bases[0]);
});
