import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** A bound is `xMax` or `xMin`. */
const noOtherBounds = {
  regex:
    '^(most|least|fewest|longest|shortest|highest|largest)[A-Z]|^(MOST|LEAST|FEWEST|LONGEST|SHORTEST|MAX|MIN)(_|$)|(?<!at)(Most|Least)$|_(MOST|LEAST)$',
  match: false,
};

/** Parameters and properties are bounds when they are called so alone, other variables may be findings. */
const norBareOnes = { regex: `^(most|least|fewest|longest)$|${noOtherBounds.regex}`, match: false };

/** naming-convention knows patterns of a module for objects like any other. */
const patternsUpperCase = ['Program', 'ExportNamedDeclaration'].map((parent) => ({
  selector: `${parent} > VariableDeclaration[kind="const"] > VariableDeclarator[init.regex][id.name=/[a-z]/]`,
  message: 'Patterns of a module are UPPER_CASE.',
}));

/** A sentence that begins so leaves its subject to be guessed. */
const NO_SUBJECT = /(?:^|[.!?] )(What|Of|Those|Whether)\b/u;

/** Comments name their subject by an identifier or a word of the glossary. */
const subjects = {
  create: ({ sourceCode, report }) => ({
    Program() {
      for (const comment of sourceCode.getAllComments()) {
        const begins = NO_SUBJECT.exec(comment.value.replaceAll(/\s*\n\s*\*?\s*|^[*\s]+/gu, ' ').trim())?.[1];
        if (begins !== undefined)
          report({
            loc: comment.loc,
            message: `No sentence of a comment begins with "${begins}": name its subject.`,
          });
      }
    },
  }),
};

/** Members of a literal stand in it themselves; one that may be absent is `...(x !== undefined && { x })`. */
const plainMembers = [
  {
    selector: 'ObjectExpression > SpreadElement > ObjectExpression',
    message: 'Write the members where the spread is.',
  },
  {
    selector:
      'ObjectExpression > SpreadElement > ConditionalExpression > ObjectExpression[properties.length=0]',
    message: 'Write `...(condition && { member })`.',
  },
];

/** A class has its state to itself, also at run time. */
const privateByName = {
  selector: ':matches(PropertyDefinition, MethodDefinition[kind!="constructor"])[accessibility]',
  message: 'Write `#name`.',
};

/** Holds in every file; a part that adds to it repeats it, since the later list of a rule replaces the earlier. */
const everywhere = [...patternsUpperCase, ...plainMembers, privateByName];

export default tseslint.config(
  // AssemblyScript has types of its own, which its compiler checks.
  { ignores: ['dist/', 'grammar/rule.js', 'node_modules/', '.cache/', 'src/event/kernel/assembly/'] },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, ...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers and ids in messages need no String() around them.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // Bounds are checked by noUncheckedIndexedAccess; a loop that has just compared the index may say so with `!`.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...everywhere],
      '@typescript-eslint/naming-convention': [
        'error',
        {
          // Numbers, texts and lists of a module; functions, tables and schemas are camelCase.
          selector: 'variable',
          modifiers: ['const', 'global'],
          types: ['boolean', 'number', 'string', 'array'],
          format: ['UPPER_CASE'],
          custom: noOtherBounds,
        },
        { selector: 'variable', format: null, custom: noOtherBounds },
        { selector: ['parameter', 'typeProperty', 'classProperty'], format: null, custom: norBareOnes },
      ],
    },
  },
  {
    // A function fits a screen, and waits only with the limits of event/waiting.ts. Tests are lists of cases.
    files: ['src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    plugins: { tocsin: { rules: { subjects } } },
    rules: {
      'tocsin/subjects': 'error',
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'node:timers/promises',
              importNames: ['setTimeout'],
              message: 'Wait with `sleep`, `within` or `orLate` of event/waiting.ts.',
            },
          ],
        },
      ],
    },
  },
  {
    // ADR 16: the time is passed in.
    files: ['src/**/*.ts'],
    ignores: ['src/app/clock.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'Date',
          property: 'now',
          message: 'Ask the Clock that was passed in (src/event/clock.ts).',
        },
      ],
    },
  },
  {
    // What a command shows goes through the outputs of terminal.ts, which take text for a screen and JSON, nothing else.
    files: ['src/cli/**/*.ts'],
    ignores: ['src/cli/terminal.ts', '**/*.test.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...everywhere,
        {
          selector: 'CallExpression[callee.property.name="write"]',
          message: 'Print through `terminal.out` or `terminal.err`.',
        },
        {
          selector: 'MemberExpression[object.name="process"][property.name=/^std(out|err)$/]',
          message: 'Print through `terminal.out` or `terminal.err`.',
        },
      ],
    },
  },
  { files: ['**/*.js', '**/*.cjs'], extends: [js.configs.recommended] },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs', globals: { __dirname: 'readonly' } } },
);
