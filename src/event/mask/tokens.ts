/** Tokens, passwords and keys as they occur in log lines: by the name before them, or by their own form. */

/** Names whose values give access to something; also of fields and of keys of a document. */
const names =
  'passw(?:or)?d|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization|credentials?|session[_-]?id|cookie';

const secretName = new RegExp(`(?:^|[^A-Za-z]|[a-z])(?:${names})$`, 'iu');

/** Whether the values of a field of this name are tokens, whatever they look like: `password`, `user.accessToken`. */
export function namesToken(name: string): boolean {
  return secretName.test(name.slice(-64));
}

/**
 * `password=x`, `"password": "x"` (also inside JSON inside JSON), `Authorization: Bearer x`. The value is a quoted text, or goes on to
 * the next blank or sign.
 */
const named = new RegExp(
  `((?:${names})\\\\*["']?[ \\t]{0,8}[:=][ \\t]{0,8}(?:(?:bearer|basic|apikey|digest|token)[ \\t]{1,8})?)` +
    `(?!\\\\*["']?\\[token\\])(?:(\\\\*")(?:[^"\\\\]|\\\\[^"\\\\])*|(')[^']*|[^\\s,;&"'}\\])\\\\]+)`,
  'giu',
);

const forms: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/gu, '[token]'],
  [/\b(Bearer|Basic|ApiKey)([ \t]{1,8})[\w+/=.~-]{4,}/giu, '$1$2[token]'],
  [/\beyJ[\w-]{6,}(?:\.[\w-]*){0,4}/gu, '[token]'],
  [/(?<![\p{L}\p{N}])(?:AKIA|ASIA)[A-Z0-9]{12,}/gu, '[token]'],
  [
    /(?<![\p{L}\p{N}])(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|sk-|[sr]k_(?:live|test)_|AIza|npm_|SG\.)[\w.-]{10,}/gu,
    '[token]',
  ],
  [/(:\/\/[^\s/:@"']{0,200}:)(?!\[token\])[^\s/@"']{1,200}@/gu, '$1[token]@'],
];

export function maskTokens(text: string): string {
  const shown = text.replace(
    named,
    (_whole, head: string, double?: string, single?: string) => `${head}${double ?? single ?? ''}[token]`,
  );
  return forms.reduce((rest, [form, by]) => rest.replace(form, by), shown);
}
