/** Checks addresses: whether they can be used, and whether they would show a secret to people. */
import { redactText } from '../event/redact.ts';
import { parseAddress, splitAddress } from './address.ts';
import type { Path, Report } from './problem.ts';

export function checkUrl(path: Path, text: string, report: Report, schemes = ['http:', 'https:']): void {
  if (schemes.includes(URL.parse(text)?.protocol ?? '')) return;
  const example = schemes.map((scheme) => `${scheme}//…`).join(' or ');
  report(path, `\`${path.join('.')}\` is no URL that can be used`, `write ${example}`);
}

/** Checks a URL to which paths are appended. With a query in it, they would become part of the query. */
export function checkBase(path: Path, text: string, report: Report): void {
  checkUrl(path, text, report);
  const url = URL.parse(text);
  if (url === null || url.search + url.hash === '') return;
  report(
    path,
    `\`${path.join('.')}\` has a query or a fragment, which is never sent`,
    'remove what follows `?` or `#`',
  );
}

/** Checks a URL that links in messages begin with. Everybody who gets a message would see a secret in it. */
export function checkLink(path: Path, text: string, report: Report): void {
  checkBase(path, text, report);
  if (splitAddress(text).username === undefined) return;
  report(
    path,
    `\`${path.join('.')}\` holds a user name or password, and messages show it to everybody`,
    'remove `user:password@`; people sign in with their own',
  );
}

export function checkHostPort(path: Path, text: string, report: Report): void {
  if (parseAddress(text) === undefined)
    report(path, `"${redactText(text)}" is not host:port`, 'write for example "127.0.0.1:9092"');
}
