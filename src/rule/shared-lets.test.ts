import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderContext, orderSchema } from '../../test/support/rule-context.ts';
import { formatDiagnostics } from './diagnostics.ts';
import { explainRule } from './explain.ts';
import { formatRuleText } from './format.ts';
import { lintRules } from './lint/all.ts';
import { mended } from './mending.ts';
import { loadRuleFiles, loadRules, loadRuleTexts, type RuleLoad } from './load.ts';

/** Loads files by name. */
const load = (files: Readonly<Record<string, string>>): RuleLoad =>
  loadRuleTexts(
    Object.entries(files).map(([file, text]) => ({ file, text })),
    orderContext,
  );
const briefly = ({ diagnostics }: RuleLoad): readonly string[] =>
  diagnostics.map(({ code, file, line, message }) => `${code} ${file}:${line} ${message}`);
const meanings = ({ ruleset }: RuleLoad): ReadonlyMap<string, string> =>
  new Map(ruleset!.rules.map(({ name, meaning }) => [name, meaning]));

const PAY = `rule pay_down {
  alert count(payment_error) >= 5 within 5m by service
}
`;
const LET = 'let payment_error = service:payment AND status:(FAILED OR TIMEOUT)\n';
const INLINED = PAY.replace('  alert', `  ${LET.trim()}\n  alert`);

describe('shared lets', () => {
  it('are used by the rules of the folder of lets.rule and of the folders below it, and by no other', () => {
    const used = load({
      'lets.rule': LET,
      'pay.rule': PAY,
      'a/b/deep.rule': PAY.replace('pay_down', 'deep'),
    });
    expect(briefly(used)).toEqual([]);
    expect(used.ruleset!.rules.map(({ name }) => name)).toEqual(['pay_down', 'deep']);
    const beside = load({ 'a/lets.rule': LET, 'b/pay.rule': PAY });
    expect(briefly(beside)).toEqual(['TOC210 b/pay.rule:2 no `let` defines `payment_error`']);
  });

  it('leave the meaning of a rule as it is, so that moving one changes nothing', () => {
    expect(meanings(load({ 'lets.rule': LET, 'pay.rule': PAY }))).toEqual(
      meanings(load({ 'pay.rule': INLINED })),
    );
  });

  it('are those of the nearest folder', () => {
    const near = 'let payment_error = service:payment AND level:ERROR\n';
    const both = meanings(load({ 'lets.rule': LET, 'a/lets.rule': near, 'a/pay.rule': PAY }));
    expect(both).toEqual(meanings(load({ 'lets.rule': near, 'pay.rule': PAY })));
    expect(both).not.toEqual(meanings(load({ 'lets.rule': LET, 'pay.rule': PAY })));
  });

  it('have no order: one below another is used all the same', () => {
    const lets = 'let b = "two"\nlet a = "one"\n';
    const rule = 'rule r { alert a not followed by b within 5m by order_id }';
    expect(briefly(load({ 'z.rule': rule, 'lets.rule': lets }))).toEqual([]);
  });

  it('do not build on each other: a name in a condition is refused, with the way to search for the word', () => {
    const lets = 'let broken = level:ERROR\nlet worse = broken AND service:payment\nlet itself = itself\n';
    const rules =
      'rule r { when broken\n alert count(worse) > 1 within 5m }\nrule s { alert count(itself) > 1 within 5m }';
    const found = load({ 'lets.rule': lets, 'x.rule': rules });
    expect(briefly(found)).toEqual([
      'TOC235 lets.rule:2 `broken` is a `let` of lets.rule:1, and in a condition only a word to search for (used by `r` in x.rule:1)',
      'TOC235 lets.rule:3 `itself` is a `let` of lets.rule:3, and in a condition only a word to search for (used by `s` in x.rule:3)',
      'TOC235 x.rule:1 `broken` is a `let` of lets.rule:1, and in a condition only a word to search for',
    ]);
    const quoted = { 'lets.rule': lets.replace('= broken', '= "broken"').replace('= itself', '= "itself"') };
    expect(briefly(load({ ...quoted, 'x.rule': rules.replace('when broken', 'when "broken"') }))).toEqual([]);
  });

  it('may not have the name of an own let: both places are said', () => {
    expect(briefly(load({ 'lets.rule': `# shared\n${LET}`, 'a/pay.rule': INLINED }))).toEqual([
      'TOC234 a/pay.rule:2 `payment_error` is already a `let` of lets.rule:2, which this rule shares',
    ]);
  });

  it('name the rule that uses them when they are wrong, once, whether or not they can be read', () => {
    const rules = PAY + PAY.replace('pay_down', 'pay_slow');
    const field = load({ 'lets.rule': LET.replace('status:', 'statu:'), 'pay.rule': rules });
    expect(briefly(field)).toEqual([
      'TOC206 lets.rule:1 `statu` is not a declared field (used by `pay_down` in pay.rule:1 and 1 more)',
    ]);
    const unread = load({ 'lets.rule': '\nlet payment_error = AND\n', 'pay.rule': PAY });
    expect(briefly(unread)).toEqual([
      'TOC101 lets.rule:2 AND joins two conditions, but one side is missing (used by `pay_down` in pay.rule:1)',
    ]);
    expect(unread.ruleset).toBeUndefined();
    expect(formatDiagnostics(unread.diagnostics, unread.sources, 'text').text).toContain(
      ' 2 | let payment_error = AND\n',
    );
  });

  it('are checked even if no rule uses them, each name once', () => {
    const lets = 'let a = x\nlet a = y\nlet within = z\nlet c = nowhere:1\n';
    expect(briefly(load({ 'lets.rule': lets })).map((text) => text.slice(0, 18))).toEqual([
      'TOC212 lets.rule:2',
      'TOC213 lets.rule:3',
      'TOC206 lets.rule:4',
    ]);
  });

  it('stand in lets.rule and nowhere else, and nothing stands beside them', () => {
    expect(briefly(load({ 'pay.rule': `${LET}\n${PAY}` })).map((text) => text.slice(0, 17))).toEqual([
      'TOC233 pay.rule:1',
      'TOC210 pay.rule:4',
    ]);
    const mixed = load({ 'lets.rule': `defaults { severity high }\n${LET}\n${PAY}` });
    expect(briefly(mixed)).toEqual([
      'TOC233 lets.rule:1 a file `lets.rule` that has shared lets holds nothing else',
      'TOC233 lets.rule:4 a file `lets.rule` that has shared lets holds nothing else',
    ]);
  });

  it('a file lets.rule that holds rules alone is read as any other', () => {
    expect(meanings(load({ 'lets.rule': INLINED }))).toEqual(meanings(load({ 'pay.rule': INLINED })));
  });

  it('a misspelled name is mended by one of theirs', () => {
    const { diagnostics } = load({
      'lets.rule': LET,
      'pay.rule': PAY.replace('payment_error', 'payment_eror'),
    });
    expect(diagnostics[0]!.hint).toContain('payment_error');
  });

  it('a word `rule` in the condition of one ends it only where a line begins with it', () => {
    const lets = 'let a = message:rule\n  OR defaults\nlet b = "x"\n  AND let\n';
    const rule = 'rule r { alert a not followed by b within 5m by order_id }';
    expect(briefly(load({ 'lets.rule': lets, 'x.rule': rule }))).toEqual([]);
  });

  it('explain says where they stand', () => {
    const [rule] = load({ 'lets.rule': `\n${LET}`, 'pay.rule': PAY }).ruleset!.rules;
    const { conditions } = explainRule(rule!, orderSchema, 'en');
    expect(conditions.map(({ name, sharedFrom }) => [name, sharedFrom])).toEqual([
      ['payment_error', 'lets.rule:2'],
    ]);
  });

  it('fmt keeps their comments and empty lines, and asks for no empty line between them', () => {
    const text = '# of payments\nlet  a=x   # why\n\n\n# other\nlet b = "y" AND   z\nlet c = x\n# end\n';
    const wanted = '# of payments\nlet a = x # why\n\n# other\nlet b = "y" AND z\nlet c = x\n# end\n';
    expect(formatRuleText('lets.rule', text)).toEqual({ text: wanted });
    expect(formatRuleText('lets.rule', wanted)).toEqual({ text: wanted });
  });
});

describe('lint', () => {
  const context = { schema: orderSchema, retentionMs: 30 * 86_400_000, readFile: () => undefined };
  const about = (files: Readonly<Record<string, string>>, whole = true): readonly string[] =>
    lintRules({ ...load(files), isWhole: whole }, context)
      .filter(({ file }) => file.endsWith('lets.rule'))
      .map(({ code, file, line }) => `${code} ${file}:${line}`);

  it('finds a shared let that no rule uses, where the whole folder was read', () => {
    const files = { 'lets.rule': `${LET}let unused = x\n`, 'pay.rule': PAY };
    expect(about(files)).toEqual(['TOC317 lets.rule:2']);
    expect(about(files, false)).toEqual([]);
  });

  it('finds one that hides another', () => {
    const other = PAY.replace('pay_down', 'other');
    expect(about({ 'lets.rule': LET, 'x.rule': other, 'a/lets.rule': LET, 'a/pay.rule': PAY })).toEqual([
      'TOC318 a/lets.rule:1',
    ]);
  });

  it('does not advise a name for a new let that is that of a shared one', () => {
    const lets = 'let every = level:DEBUG\nlet bad = level:ERROR\nlet good = level:INFO\n';
    const rule = 'rule r {\n  alert count(bad) / count(good) > 1 within 5m\n}\n';
    const files = { 'lets.rule': lets, 'x.rule': rule };
    const [ratio] = lintRules(load(files), context).filter(({ code }) => code === 'TOC314');
    const fixed = { ...files, 'x.rule': mended(rule, ratio!.fixes![0]!) };
    expect(briefly(load(fixed))).toEqual([]);
  });

  it('says what it advises of a shared condition once', () => {
    const lets = 'let payment_error = java.net.ConnectException AND level:ERROR\n';
    const rules = PAY + PAY.replace('pay_down', 'pay_slow').replace('5m', '10m');
    expect(about({ 'lets.rule': lets, 'pay.rule': rules })).toEqual(['TOC311 lets.rule:1']);
  });
});

describe('files that are named one by one', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tocsin-lets-'));
    mkdirSync(join(dir, 'rules', 'team'), { recursive: true });
    writeFileSync(join(dir, 'rules', 'lets.rule'), LET);
    writeFileSync(join(dir, 'rules', 'team', 'pay.rule'), PAY);
    writeFileSync(join(dir, 'lets.rule'), 'this is no rule file');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('have the shared lets up to the rules folder, and not those above it', () => {
    const rulesDir = join(dir, 'rules');
    const whole = loadRules(rulesDir, orderContext);
    const inFolder = loadRuleFiles(rulesDir, ['team/pay.rule'], orderContext, { rulesDir });
    const anywhere = loadRuleFiles(undefined, [join(rulesDir, 'team', 'pay.rule')], orderContext, {
      listsDir: rulesDir,
    });
    for (const loaded of [inFolder, anywhere]) {
      expect(briefly(loaded)).toEqual([]);
      expect(meanings(loaded)).toEqual(meanings(whole));
      expect(loaded.files).toHaveLength(1);
    }
  });

  it('outside of the rules and the working folder have those of their own folder alone', () => {
    const named = loadRuleFiles(undefined, [join(dir, 'rules', 'team', 'pay.rule')], orderContext, {});
    expect(named.diagnostics.map(({ code }) => code)).toEqual(['TOC210']);
    writeFileSync(join(dir, 'rules', 'pay.rule'), PAY);
    expect(briefly(loadRuleFiles(undefined, [join(dir, 'rules', 'pay.rule')], orderContext, {}))).toEqual([]);
  });

  it('a lets.rule that is no text is one finding, and not one more for each rule', () => {
    const rulesDir = join(dir, 'rules');
    writeFileSync(join(rulesDir, 'lets.rule'), Buffer.from([0xff, 0xfe, 0x72]));
    expect(loadRules(rulesDir, orderContext).diagnostics.map(({ code }) => code)).toEqual(['TOC122']);
  });
});

/** A folder of rules: each file with its rules, each rule with the conditions that it names. */
interface Generated {
  readonly folders: readonly string[];
  readonly files: readonly {
    readonly folder: number;
    readonly rules: readonly { readonly uses: readonly (readonly [level: number, number: number])[] }[];
  }[];
}

const FOLDERS = ['', 'a/', 'a/b/', 'a/b/c/', 'd/'];
const CONDITIONS = [
  'level:ERROR',
  '"order_timeout" OR stuck',
  'service:pay AND NOT status:OK',
  'duration_ms > 800',
];

const generated: fc.Arbitrary<Generated> = fc.record({
  folders: fc.constant(FOLDERS),
  files: fc.array(
    fc.record({
      folder: fc.nat(FOLDERS.length - 1),
      rules: fc.array(
        fc.record({
          uses: fc.uniqueArray(fc.tuple(fc.nat(3), fc.nat(CONDITIONS.length - 1)), {
            minLength: 2,
            maxLength: 3,
            selector: (use) => use.join(),
          }),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
    { minLength: 1, maxLength: 200, size: 'max' },
  ),
});

/** Writes the folder twice: with every let in its rule, and with each in a lets.rule above it. */
function bothWays({ folders, files }: Generated): readonly [Record<string, string>, Record<string, string>] {
  const inlined: Record<string, string> = {};
  const shared: Record<string, string> = {};
  const lets = new Map<string, string>();
  files.forEach(({ folder, rules }, i) => {
    const path = folders[folder]!;
    const above = folders.filter((each) => path.startsWith(each));
    const texts = rules.map(({ uses }, j) => {
      const named = uses.map(([level, number]) => {
        const place = above[level % above.length]!;
        const name = `c${folders.indexOf(place)}_${level}_${number}`;
        lets.set(`${place}${name}`, `let ${name} = ${CONDITIONS[number]!}`);
        return { name, text: `let ${name} = ${CONDITIONS[number]!}` };
      });
      const alert = `alert ${named.map(({ name }) => name).join(' then ')} within 5m by order_id`;
      return {
        inlined: `rule r${i}_${j} {\n${named.map(({ text }) => text).join('\n')}\n${alert}\n}\n`,
        shared: `rule r${i}_${j} {\n${alert}\n}\n`,
      };
    });
    inlined[`${path}f${i}.rule`] = texts.map((each) => each.inlined).join('');
    shared[`${path}f${i}.rule`] = texts.map((each) => each.shared).join('');
  });
  for (const [key, text] of lets) {
    const file = join(dirname(key), 'lets.rule');
    shared[file] = `${shared[file] ?? ''}${text}\n`;
  }
  return [inlined, shared];
}

it('rules mean the same with shared lets as with their own, in any folder of 1 to 200 files', () => {
  fc.assert(
    fc.property(generated, (folder) => {
      const [inlined, shared] = bothWays(folder).map(load);
      expect(briefly(inlined!)).toEqual([]);
      expect(briefly(shared!)).toEqual([]);
      expect(meanings(shared!)).toEqual(meanings(inlined!));
    }),
    { numRuns: 15 },
  );
});
