/** Unpacks xz. The library unpacks one stream at a time in a thread, whoever asks, so each file is unpacked in a thread of its own. */
import { ReadableStream } from 'node:stream/web';
import xz from 'xz-decompress';
import type { PullBytes } from './bunzip2.ts';
import { Damage, TOO_SHORT } from './damage.ts';

/** The numbers that the library gives for what went wrong (enum xz_ret of XZ Embedded), in words. */
const REASONS: Readonly<Record<string, string>> = {
  3: 'it needs more memory than 64 MiB to unpack',
  4: 'it needs more memory than 64 MiB to unpack',
  6: 'it uses a filter or a checksum (SHA-256) that is not known here',
  7: 'a checksum is wrong',
  8: TOO_SHORT,
};

/** Yields the text in pieces. Throws Damage. */
export async function* unxz(pull: PullBytes): AsyncGenerator<Uint8Array> {
  const compressed = new ReadableStream<Uint8Array>({
    pull(controller) {
      const bytes = pull();
      if (bytes === undefined) controller.close();
      else controller.enqueue(bytes);
    },
  });
  try {
    for await (const piece of new xz.XzReadableStream(compressed)) yield piece;
  } catch (error) {
    const { message } = error as Error;
    const code = /error code (\d+)$/.exec(message)?.[1];
    if (code === undefined) throw error;
    throw new Damage(REASONS[code] ?? 'its bytes are no such stream');
  }
}
