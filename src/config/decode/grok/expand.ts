/**
 * Expands grok to one regular expression of RE2, with a group of its own for each part that has a field. Grok is written for Oniguruma:
 * what RE2 writes otherwise is translated, and `event/pattern.ts` refuses what it does not have.
 */
import { suggest } from '../../../event/did-you-mean.ts';
import { CORE_PATTERNS } from './core.ts';

/** Patterns by their names. */
export type GrokPatterns = Readonly<Record<string, string>>;

interface GrokCapture {
  /** The name of its group in the regular expression. */
  readonly group: string;
  readonly field: string;
  readonly type: GrokType;
}

export interface ExpandedGrok {
  readonly regex: string;
  readonly captures: readonly GrokCapture[];
}

const TYPES = ['string', 'int', 'float'] as const;
type GrokType = (typeof TYPES)[number];

const UNITS_MAX = 20_000;
/** Far above what people write, far below the depth of the stack. */
const DEPTH_MAX = 100;

/** Throws RangeError, in words for its author, for a pattern that cannot be expanded. `own` goes before the core set. */
export function expandGrok(pattern: string, own: GrokPatterns = {}): ExpandedGrok {
  const expansion = new Expansion(own);
  const regex = expansion.of(pattern, []);
  return { regex, captures: expansion.captures };
}

/** `%{…}`, an escape, a class, a group that begins, an end of a line. */
const PIECE =
  /%\{(?<reference>[^{}]*)\}?|\\(?<escape>[^])|(?<class>\[\^?\]?(?:\\[^]|[^\]\\])*\])|\(\?P?<(?<name>[^>=!]+)>|(?<open>\((?!\?)|\(\?>)|\(\?(?<flags>[a-z-]*m[a-z-]*)(?=[:)])|(?<end>[$^])/gu;

class Expansion {
  readonly captures: GrokCapture[] = [];
  readonly #own: GrokPatterns;
  #units = 0;

  constructor(own: GrokPatterns) {
    this.#own = own;
  }

  /** `inside`: the names of the patterns that it is a part of. */
  of(pattern: string, inside: readonly string[]): string {
    if ((this.#units += pattern.length) > UNITS_MAX)
      throw new RangeError(`it grows beyond ${UNITS_MAX} characters when it is expanded`);
    return pattern.replaceAll(PIECE, (piece, ...rest) => {
      const { reference, escape, name, open, flags, end } = rest.at(-1) as Record<string, string | undefined>;
      if (reference !== undefined) return this.#reference(piece, reference, inside);
      if (escape !== undefined) return translatedEscape(escape);
      if (name !== undefined) return this.#opened(name, 'string');
      // Beside groups with names, those without take nothing. None is atomic.
      if (open !== undefined) return '(?:';
      // To Oniguruma, `m` is what others call `s`.
      if (flags !== undefined) return `(?${flags.replace('m', 's')}`;
      return end === undefined ? piece : `(?m:${end})`;
    });
  }

  #reference(piece: string, reference: string, inside: readonly string[]): string {
    const match = /^(\w+)(?::([^:]+)(?::(\w+))?)?$/u.exec(reference);
    if (match === null || !piece.endsWith('}'))
      throw new RangeError(`\`${piece}\` is none of %{NAME}, %{NAME:field} and %{NAME:field:int}`);
    const [, name, field, type = 'string'] = match;
    if (!isType(type)) throw new RangeError(`\`${piece}\` has no type that is known: write int or float`);
    const chain = [...inside, name!];
    if (inside.includes(name!))
      throw new RangeError(`\`${name!}\` is a part of itself: ${chain.join(' → ')}`);
    if (chain.length > DEPTH_MAX)
      throw new RangeError(
        `more than ${DEPTH_MAX} patterns stand inside of each other, down to \`${name!}\``,
      );
    const begin = field === undefined ? '(?:' : this.#opened(field, type);
    return `${begin}${this.of(this.#definition(name!, inside), chain)})`;
  }

  #definition(name: string, inside: readonly string[]): string {
    for (const patterns of [this.#own, CORE_PATTERNS])
      if (Object.hasOwn(patterns, name)) return patterns[name]!;
    const where = inside.length === 0 ? '' : ` (in ${inside.join(' → ')})`;
    const names = [...Object.keys(this.#own), ...Object.keys(CORE_PATTERNS)];
    throw new RangeError(`there is no pattern \`${name}\`${where}; ${suggest(name, names, 'patterns')}`);
  }

  #opened(written: string, type: GrokType): string {
    const field = fieldOf(written);
    if (field === '__proto__') throw new RangeError('no field can be called `__proto__`');
    const group = `g${this.captures.length}`;
    this.captures.push({ group, field, type });
    return `(?<${group}>`;
  }
}

const isType = (type: string): type is GrokType => (TYPES as readonly string[]).includes(type);

/** `[a][b]`, as Logstash writes it, is `a.b`. */
const fieldOf = (written: string): string =>
  /^(?:\[[^[\]]+\])+$/u.test(written) ? written.slice(1, -1).replaceAll('][', '.') : written;

const ESCAPES: Readonly<Record<string, string>> = {
  A: '^',
  z: '$',
  Z: '$',
  h: '[0-9A-Fa-f]',
  H: '[^0-9A-Fa-f]',
};

/** RE2 in JavaScript takes letters that it does not know for themselves. */
function translatedEscape(escape: string): string {
  if (/[a-zA-Z]/u.test(escape) && !/[abBdDfnprsStuvwWxPAzZhH]/u.test(escape))
    throw new RangeError(`RE2 has no \`\\${escape}\``);
  return ESCAPES[escape] ?? `\\${escape}`;
}
