/** Cuts out of a text what looks like a credential: the last guard before a log or a message for people. */

/** Credentials as they occur in texts: in URLs, Slack tokens, Authorization headers, key=value. */
const secretTexts: readonly (readonly [RegExp, string])[] = [
  [/(:\/\/[^\s/:@]*:)[^\s/@]+@/gu, '$1[redacted]@'],
  [/\bxox[a-z]-[\w-]+/gu, '[redacted]'],
  [/\b(Bearer|Basic|ApiKey)\s+[\w+/=.~-]+/gu, '$1 [redacted]'],
  [/\b((?:access_)?token|sign|secret|password|api_key)=[^\s&"']+/giu, '$1=[redacted]'],
];

/** A text without what looks like a credential. */
export function redactText(text: string): string {
  return secretTexts.reduce((clean, [pattern, by]) => clean.replace(pattern, by), text);
}
