/** `tocsin explain`: shows a rule in prose, the words of its phrases, its queries to the archive, and what it keeps in memory. */
import type { Config } from '../config/config.ts';
import { joined, shown, type Shown } from '../event/shown.ts';
import { jsonText } from '../event/visible.ts';
import type { Explanation } from '../rule/explain.ts';
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import type { AddCommand } from './program.ts';
import { loadPaths, reportFindings } from './rule-paths.ts';
import { CommandError, exitCode, type ExitCode, type Terminal } from './terminal.ts';

interface ExplainFlags extends ConfigOption {
  readonly json?: true;
}

export const addExplain: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('explain'))
    .description('say what a rule means: in prose, as queries, and what it keeps in memory')
    .argument('<rule>', 'name of a rule of the configured folder, or a rule file')
    .option('--json', 'a line of NDJSON a rule')
    .action(async (rule: string, flags: ExplainFlags) => {
      const config = await configuration(flags.config, terminal, { environment: 'optional' });
      ended(await explain(rule, config, flags, terminal));
    });
};

async function explain(
  name: string,
  config: Config,
  { json }: ExplainFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const isFile = name.endsWith('.rule');
  const sets = await loadPaths(config, isFile ? [name] : []);
  const rules = sets.flatMap(({ load }) => load.ruleset?.rules ?? []);
  if (sets.some(({ load }) => load.ruleset === undefined)) {
    const found = sets.map((set) => ({ ...set, diagnostics: set.load.diagnostics }));
    return reportFindings(found, 'text', { ...terminal, out: terminal.err });
  }
  const chosen = isFile ? rules : rules.filter((rule) => rule.name === name);
  if (chosen.length === 0) {
    const { suggest } = await import('../event/did-you-mean.ts');
    const names = rules.map((rule) => rule.name);
    throw new CommandError(exitCode.setup, `there is no rule \`${name}\``, suggest(name, names, 'rules'));
  }
  const { explainRule } = await import('../rule/explain.ts');
  const { kibanaSearch } = await import('../app/past/kibana-search.ts');
  for (const rule of chosen) {
    const explanation = explainRule(rule, config.schema, config.language);
    const conditions = explanation.conditions.map((each) => ({
      ...each,
      kibana: kibanaSearch(config, each.kql),
    }));
    await (json
      ? terminal.out.json({ ...explanation, conditions })
      : terminal.out.print(explanationText({ ...explanation, conditions }, config.language)));
  }
  return exitCode.fine;
}

type Linked = Explanation & {
  readonly conditions: readonly (Explanation['conditions'][number] & {
    readonly kibana: string | undefined;
  })[];
};

const HEADINGS = {
  en: {
    words: 'words',
    shared: 'shared, from',
    none: 'none: every value is compared whole',
    memory: 'in memory',
    normalised: 'normalised',
  },
  zh: {
    words: '分词',
    shared: '共用，定义于',
    none: '无：各值按整体比较',
    memory: '内存中',
    normalised: '归一化',
  },
} as const;

function explanationText(of: Linked, language: 'en' | 'zh'): Shown {
  const heading = HEADINGS[language];
  const lines = [`${of.rule}: alert ${of.alert}`, '', of.prose];
  for (const { name, text, sharedFrom, phrases, elasticsearch, kql, kibana } of of.conditions) {
    lines.push('', `${name}: ${text}`);
    if (sharedFrom !== undefined) lines.push(`  ${heading.shared}: ${sharedFrom}`);
    const cut = phrases.map((phrase) => `${phrase.text} → ${phrase.tokens.join(' | ')}`);
    for (const line of cut.length === 0 ? [heading.none] : cut) lines.push(`  ${heading.words}: ${line}`);
    lines.push(`  Elasticsearch: ${jsonText(elasticsearch)}`, `  KQL: ${kql}`);
    if (kibana !== undefined) lines.push(`  Kibana: ${kibana}`);
  }
  for (const { field, as } of of.normalised)
    lines.push(
      '',
      language === 'zh'
        ? `${heading.normalised}: ${field} 的值先转为${as === 'upper' ? '大' : '小'}写再比较。`
        : `${heading.normalised}: values of ${field} are compared in ${as} case, whichever case they come in.`,
    );
  lines.push('', ...of.memory.map((line) => `${heading.memory}: ${line}`));
  return shown`${joined(lines, shown`\n`)}\n\n`;
}
