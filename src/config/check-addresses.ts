/** The addresses of a configuration: URLs and host:port that can be used, and nothing secret in those that people are shown. */
import { redactText } from '../event/redact.ts';
import { splitAddress } from './address.ts';
import { parseAddress } from './build.ts';
import type { ConfigFile } from './schema.ts';

export type Path = readonly (string | number)[];
export type Report = (path: Path, message: string, fix: string, atKey?: boolean) => void;

export function checkAddresses(values: ConfigFile, report: Report): void {
  const url = (path: Path, text: string | undefined, schemes = ['http:', 'https:']): void => {
    if (text === undefined || schemes.includes(URL.parse(text)?.protocol ?? '')) return;
    const example = schemes.map((scheme) => `${scheme}//…`).join(' or ');
    report(path, `\`${path.join('.')}\` is no URL that can be used`, `write ${example}`);
  };
  const address = (path: Path, text: string): void => {
    if (parseAddress(text) === undefined)
      report(path, `"${redactText(text)}" is not host:port`, 'write for example "127.0.0.1:9092"');
  };
  for (const [name, { kafka }] of Object.entries(values.sources)) {
    kafka?.brokers.forEach((broker, i) => {
      address(['sources', name, 'kafka', 'brokers', i], broker);
    });
  }
  /** What is put behind it would become part of the query. */
  const base = (path: Path, text: string | undefined): void => {
    url(path, text);
    const parsed = text === undefined ? null : URL.parse(text);
    if (parsed === null || parsed.search + parsed.hash === '') return;
    report(
      path,
      `\`${path.join('.')}\` has a query or a fragment, which is never sent`,
      'remove what follows `?` or `#`',
    );
  };
  /** Everybody who is told of an alert would see what is secret in it. */
  const link = (path: Path, text: string | undefined): void => {
    base(path, text);
    if (text === undefined || splitAddress(text).username === undefined) return;
    report(
      path,
      `\`${path.join('.')}\` holds a user name or password, and messages show it to everybody`,
      'remove `user:password@`; people sign in with their own',
    );
  };
  const { archive, channels, kibana, http } = values;
  base(['archive', 'elasticsearch', 'node'], archive.elasticsearch?.node);
  base(['channels', 'slack', 'api_url'], channels.slack?.api_url);
  base(['channels', 'dingtalk', 'api_url'], channels.dingtalk?.api_url);
  url(['channels', 'email', 'smtp'], channels.email?.smtp, ['smtp:', 'smtps:']);
  for (const [name, webhook] of Object.entries(channels.webhook ?? {})) {
    url(['channels', 'webhook', name, 'url'], webhook.url);
  }
  link(['kibana', 'url'], kibana?.url);
  link(['http', 'base_url'], http?.base_url);
  if (http !== undefined) address(['http', 'listen'], http.listen);
}
