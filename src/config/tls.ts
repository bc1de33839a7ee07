/** TLS settings, which several kinds of sources and archives share. */
import { z } from 'zod';
import { word } from './values.ts';

export const tlsFiles = z.strictObject({
  ca: word('a file name', './ca.pem').optional(),
  cert: word('a file name', './client.pem').optional(),
  key: word('a file name', './client.key').optional(),
});

/** Absolute paths of PEM files. */
export interface TlsConfig {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export function buildTls(
  { ca, cert, key }: z.output<typeof tlsFiles>,
  at: (path: string) => string,
): TlsConfig {
  return {
    ...(ca !== undefined && { caFile: at(ca) }),
    ...(cert !== undefined && { certFile: at(cert) }),
    ...(key !== undefined && { keyFile: at(key) }),
  };
}
