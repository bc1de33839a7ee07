/** What deploy/ promises, as far as it can be held to without a container engine. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { indexPatterns, indexTemplate } from '../../src/archive/elasticsearch/index-template.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblems } from '../../src/config/problem.ts';
import { ALLOWED_LICENCES, licences, LICENCES_FILE, licencesPage } from '../support/licences.ts';

const read = (file: string): string => readFileSync(join('deploy', file), 'utf8');

function config(file: string): Config {
  const { config: loaded, problems } = loadConfig(file, {});
  expect(formatProblems(problems).text).toBe('');
  return loaded!;
}

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: object;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly read_only?: boolean;
}

const compose = parse(read('compose.yaml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};

describe('the compose file', () => {
  const services = Object.entries(compose.services);

  it('has the four of the picture, every image with its version and the hash of what is in it', () => {
    expect(Object.keys(compose.services)).toEqual(
      expect.arrayContaining(['kafka', 'elasticsearch', 'kibana', 'tocsin']),
    );
    for (const [, { image, build }] of services) {
      if (build === undefined) expect(image).toMatch(/:\d+\.\d+\.\d+@sha256:[0-9a-f]{64}$/u);
      else expect(existsSync(join('deploy', build.context, build.dockerfile))).toBe(true);
    }
  });

  it('gives nobody rights that they do not need, and Tocsin nothing to write to but its volume', () => {
    for (const [, { cap_drop: dropped, security_opt: options }] of services) {
      expect(dropped).toEqual(['ALL']);
      expect(options).toEqual(['no-new-privileges:true']);
    }
    expect(compose.services['tocsin']?.read_only).toBe(true);
  });

  it('waits only for services that exist, and for health only where it is checked', () => {
    for (const [, { depends_on: needed = {} }] of services) {
      for (const [name, { condition }] of Object.entries(needed)) {
        const service = compose.services[name];
        expect(service).toBeDefined();
        if (condition === 'service_healthy') expect(service?.healthcheck).toBeDefined();
      }
    }
  });

  it('mounts what is there and listens on this machine only', () => {
    for (const [, { volumes = [], ports = [] }] of services) {
      for (const [from] of volumes.map((volume) => volume.split(':') as [string])) {
        if (from.startsWith('.')) expect(existsSync(join('deploy', from))).toBe(true);
        else expect(compose.volumes).toHaveProperty(from);
      }
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/u);
    }
  });

  it('gives Tocsin a configuration that is valid and names the other services', () => {
    const { sources, archive, http } = config('deploy/tocsin.compose.yaml');
    expect(sources[0]?.kind).toMatchObject({ kind: 'kafka', brokers: ['kafka:19092'], topic: 'order-logs' });
    expect(archive).toMatchObject({ kind: 'elasticsearch', node: 'http://elasticsearch:9200' });
    expect(http).toEqual({ host: '0.0.0.0', port: 7080 });
  });
});

describe('the container', () => {
  const dockerfile = read('Dockerfile');

  it('is not root, has a health check and the Node that the product is tested on', () => {
    const { version } = JSON.parse(readFileSync('node_modules/node/package.json', 'utf8')) as {
      version: string;
    };
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gmu)].map(([, image]) => image);
    expect(new Set(bases).size).toBe(1);
    const [tag, digest] = bases[0]!.split('@');
    expect(tag).toBe(`node:${version}-slim`);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/u);
    expect(dockerfile).toMatch(/^USER node$/mu);
    expect(dockerfile).toMatch(/^HEALTHCHECK /mu);
  });
});

interface SavedObject {
  readonly id: string;
  readonly type: string;
  readonly coreMigrationVersion: string;
  readonly typeMigrationVersion: string;
  readonly references: readonly { readonly id: string; readonly name: string; readonly type: string }[];
  readonly attributes: {
    readonly title: string;
    readonly timeFieldName?: string;
    readonly columns?: readonly string[];
    readonly sort?: readonly (readonly [string, string])[];
    readonly kibanaSavedObjectMeta?: { readonly searchSourceJSON: string };
  };
}

describe('the Kibana objects', () => {
  const objects = read('kibana/tocsin.ndjson')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as SavedObject);
  const { schema, archive, kibana } = config('deploy/tocsin.compose.yaml');
  const index = archive.kind === 'elasticsearch' ? archive.index : '';
  const { mappings } = indexTemplate(schema, index).template;
  const view = objects.find(({ type }) => type === 'index-pattern');

  it('show exactly the indices of the archive, under the id that alerts link to', () => {
    expect(view?.id).toBe(kibana?.dataView);
    expect(view?.attributes.title).toBe(`${index}-*`);
    const prefix = view!.attributes.title.slice(0, -1);
    for (const pattern of indexPatterns(index)) expect(pattern.startsWith(prefix)).toBe(true);
    expect(mappings.properties[view!.attributes.timeFieldName!]).toMatchObject({ type: 'date' });
  });

  it('name only fields that the index template has', () => {
    const searches = objects.filter(({ type }) => type === 'search');
    expect(searches.length).toBeGreaterThan(0);
    for (const { attributes } of searches) {
      const source = JSON.parse(attributes.kibanaSavedObjectMeta!.searchSourceJSON) as {
        readonly query: { readonly query: string; readonly language: string };
      };
      const asked = [...source.query.query.matchAll(/([\w.@]+)\s*:/gu)].map(([, name]) => name!);
      const named = [...attributes.columns!, ...attributes.sort!.map(([name]) => name), ...asked];
      expect(asked.length).toBeGreaterThan(0);
      for (const name of named) expect(mappings.properties).toHaveProperty([name]);
    }
  });

  it('refer to one another by ids that are in the file, in versions that Kibana 8 reads', () => {
    const ids = new Set(objects.map(({ type, id }) => `${type}/${id}`));
    for (const { references, coreMigrationVersion, typeMigrationVersion } of objects) {
      for (const { type, id } of references) expect(ids).toContain(`${type}/${id}`);
      expect([coreMigrationVersion, typeMigrationVersion]).toEqual(['8.8.0', '8.0.0']);
    }
  });

  it('fit the configuration that the product ships', () => {
    const shipped = indexTemplate(config('tocsin.yaml').schema, index).template.mappings.properties;
    expect(Object.keys(shipped)).toEqual(Object.keys(mappings.properties));
  });
});

describe('a release', () => {
  const text = readFileSync('.github/workflows/release.yml', 'utf8');
  const workflow = parse(text) as {
    readonly permissions: object;
    readonly jobs: Readonly<
      Record<string, { readonly steps: readonly { readonly uses?: string; readonly run?: string }[] }>
    >;
  };
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it('uses nothing that can change under its name, and has no rights but those of a job', () => {
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/@[0-9a-f]{40}$/u);
    expect(workflow.permissions).toEqual({});
    expect(text).not.toContain('secrets.');
  });

  it('publishes what passed every test, and says where it comes from', () => {
    const runs = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
    expect(runs.indexOf('.ci/run')).toBeGreaterThan(0);
    const published = runs.findIndex((run) => run.startsWith('npm publish'));
    expect(published).toBeGreaterThan(runs.indexOf('.ci/run'));
    expect(runs[published]).toContain('--provenance');
  });
});

describe('the licences of what comes with it', () => {
  it('are listed, as the lock file has them', () => {
    expect(readFileSync(LICENCES_FILE, 'utf8')).toBe(licencesPage());
  });

  it('are of those that ask for no more than a notice', () => {
    expect(licences().filter(([, , licence]) => !ALLOWED_LICENCES.includes(licence))).toEqual([]);
  });
});
