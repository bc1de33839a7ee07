/**
 * The connection of the client, with bounds. An answer is read up to a number of bytes, which holds before and after unpacking. The whole
 * answer must arrive within the timeout of the request. The client itself limits neither the unpacked size nor the time of a slow answer.
 */
import { promisify } from 'node:util';
import { unzip } from 'node:zlib';
import { errors, UndiciConnection } from '@elastic/elasticsearch';
import { Nonsense, readBytes, TooLong } from '../../event/answer.ts';

type Params = Parameters<UndiciConnection['request']>[0];
type Options = Parameters<UndiciConnection['request']>[1];
type Answer = Awaited<ReturnType<UndiciConnection['request']>>;

const unzipped = promisify(unzip);

/** Maximum bytes of an answer if a request names no other bound. */
export const ANSWER_BYTES = 16 << 20;

export class BoundedConnection extends UndiciConnection {
  /** Rejects with Nonsense for an answer that is too long or cannot be unpacked. */
  override async request(params: Params, options: Options): Promise<Answer & { body: never }> {
    const { maxResponseSize: bytesMax = ANSWER_BYTES, timeout: withinMs = this.timeout, signal } = options;
    const late = AbortSignal.timeout(withinMs);
    try {
      const { statusCode, headers, body } = await super.request(params, {
        ...options,
        // This class has its own timeout (`late`), which also ends the reading of the body.
        timeout: this.timeout,
        signal: signal === undefined ? late : AbortSignal.any([signal, late]),
        asStream: true,
      });
      const packed = await readBytes(body, bytesMax);
      const bytes = await unpacked(packed, textOf(headers['content-encoding']), bytesMax);
      const type = textOf(headers['content-type']);
      const product = textOf(headers['x-elastic-product']);
      const read = { statusCode, headers: { 'content-type': type, 'x-elastic-product': product } };
      return { ...read, body: bytes.toString() as never };
    } catch (error) {
      if (late.aborted) throw new errors.TimeoutError(`no whole answer within ${withinMs / 1_000} s`);
      if (error instanceof Nonsense || error instanceof errors.ElasticsearchClientError) throw error;
      throw new errors.ConnectionError(error instanceof Error ? error.message : String(error));
    }
  }
}

/** Joins a header that came several times. */
function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : (header ?? []).join(', ');
}

async function unpacked(bytes: Buffer, encoding: string, bytesMax: number): Promise<Buffer> {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity' || bytes.length === 0) return bytes;
  if (name !== 'gzip' && name !== 'x-gzip' && name !== 'deflate')
    throw new Nonsense('the answer is packed in a way that was not asked for');
  try {
    return await unzipped(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ERR_BUFFER_TOO_LARGE'
      ? new TooLong(bytesMax)
      : new Nonsense('the answer cannot be unpacked');
  }
}
