/** The slips that people make before the brace of a block: in a rule's name and title. */
import type { Diagnostic } from '../diagnostics.ts';
import { remove, write } from '../mending.ts';
import type { Token } from '../parse/lexer.ts';
import { quote } from '../print.ts';
import type { Stop } from './stop.ts';
import { after, atFound, before as rightBefore, between } from './stop.ts';

/** Returns the error if this stop is a known slip in the head of a block. */
export function headSlip(stop: Stop): Diagnostic | undefined {
  const { found, expected, tokens, index } = stop;
  const kind = tokens[0]?.text;
  if (kind !== 'rule' && kind !== 'defaults') return undefined;
  const open = headEnd(tokens);
  if (index === 0 || index > open || !(expected.literals.has('{') || expected.parts.has('ruleName')))
    return undefined;
  const head = tokens.slice(1, open);
  if (kind === 'defaults' && head.length > 0)
    return atFound(
      stop,
      'TOC101',
      '`defaults` has no name: they are those of the file',
      remove({ start: tokens[0]!.end, end: head.at(-1)!.end }, 'write `defaults {`'),
    );
  if (found === undefined || found.type === 'nl' || index === open)
    return head.length === 0
      ? undefined
      : atFound(
          stop,
          'TOC102',
          `\`{\` is missing behind the head of the ${kind}`,
          write(after(stop.before!), ' {', 'write `{` behind it'),
        );
  const title = head.find(({ type }) => type === 'string');
  const named = head.filter(({ type }) => type !== 'string');
  const words = named
    .map(({ text }) => text)
    .join(named.length > 1 && named.every(({ type }) => type === 'word') ? ' ' : '');
  if (named.length === 0 && title !== undefined) {
    const name = nameOf(title.value);
    return atFound(
      stop,
      'TOC101',
      'a rule needs a name before its title',
      write(rightBefore(title), `${name} `, `write \`rule ${name} ${title.text} {\``),
    );
  }
  const name = nameOf(words);
  const text = `${name} ${title === undefined ? quote(words) : title.text}`;
  return atFound(
    stop,
    'TOC101',
    'the name of a rule is one word of letters, digits and `_`',
    write(between(head[0]!, head.at(-1)!), text, `write rule ${text} {`),
  );
}

/** Returns the index of the brace or the line end that ends the head of a block. */
export function headEnd(tokens: readonly Token[]): number {
  const end = tokens.findIndex(({ type, text }) => type === 'nl' || (type === 'op' && text === '{'));
  return end < 0 ? tokens.length : end;
}

/** Makes the name of a rule out of any words. */
export function nameOf(words: string): string {
  const name = words
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/gu, '_')
    .replace(/^[^a-z]+/u, '')
    .replace(/_+$/u, '')
    .slice(0, 100);
  return name === '' ? 'my_rule' : name;
}
