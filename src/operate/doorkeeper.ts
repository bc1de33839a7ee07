/** Decides who may see which page over HTTP. Anybody may see if Tocsin is well; only visitors with the right to it may see the text of logs. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { jsonPage, type Page } from './pages-protocol.ts';

const thisMachine = new BlockList();
thisMachine.addSubnet('127.0.0.0', 8, 'ipv4');
thisMachine.addAddress('::1', 'ipv6');

/** Returns true when a host, of `http.listen` or of a request, is a name of this machine by which only the machine itself can reach it. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === 'localhost';
  return thisMachine.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The parts of a request that identify the visitor. */
export interface Visitor {
  readonly host: string | undefined;
  readonly authorization: string | undefined;
}

export interface Doorkeeper {
  /** Returns the refusal of a request that is not meant for this server; undefined when the visitor may come in. */
  wrongHost(visitor: Visitor): Page | undefined;
  /** Returns the refusal of a request for text of logs; undefined when the visitor may read it. */
  mayNotRead(visitor: Visitor): Page | undefined;
}

export interface DoorkeeperOptions {
  /** The host on which the server listens. */
  readonly host: string;
  readonly tokenHash?: string;
  readonly names: readonly string[];
}

export function createDoorkeeper({ host, tokenHash: expected, names }: DoorkeeperOptions): Doorkeeper {
  const known = new Set(names.map((name) => name.toLowerCase()));
  return {
    // A page of the web may give its own host name the address of this machine, and have a browser ask us for that page. The host name in
    // the request shows it.
    wrongHost: (visitor) => {
      if (!isLoopback(host) || visitor.host === undefined) return undefined;
      const name = hostName(visitor.host);
      return isLoopback(name) || known.has(name) ? undefined : misdirected;
    },
    mayNotRead: ({ authorization }) => {
      if (expected === undefined) return isLoopback(host) ? undefined : noToken;
      const token = tokenOf(authorization);
      return token !== undefined && isSame(tokenHash(token), expected) ? undefined : unknownVisitor;
    },
  };
}

/** Returns the host without its port and the brackets of IPv6, in small letters. */
function hostName(host: string): string {
  return host
    .replace(/:\d*$/u, '')
    .replace(/^\[(.*)\]$/u, '$1')
    .toLowerCase();
}

/** Returns the token of `Bearer TOKEN`, or the password of `Basic …`, which browsers ask people for. */
function tokenOf(authorization: string | undefined): string | undefined {
  const [, scheme, value] = /^(bearer|basic) +(\S+)$/iu.exec(authorization ?? '') ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return value;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : pair.slice(colon + 1);
}

function isSame(hash: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(expected, 'hex'));
}

const misdirected = jsonPage(421, {
  error: 'this server is asked for by a name that it does not know',
  fix: 'ask for 127.0.0.1 or localhost, or set http.base_url to the address under which people reach it',
});

const noToken = jsonPage(403, {
  error: 'alerts hold text of logs, and this server can be reached from other machines',
  fix: 'set http.token, or let http.listen be an address of this machine only (127.0.0.1)',
});

const unknownVisitor = jsonPage(401, {
  error: 'the token of http.token is needed',
  fix: 'send it as "Authorization: Bearer …", or type it as the password',
});
