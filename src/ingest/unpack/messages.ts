/** The messages between a thread that unpacks a file (unpack-worker.ts) and the thread that reads its text (unpack.ts). */

/** The value that the thread starts with. The descriptor stays open until the thread has ended. */
export interface UnpackWork {
  readonly kind: 'bzip2' | 'xz';
  readonly descriptor: number;
}

/** The answer to each request: the next text, its end, or why there is none. */
export type UnpackAnswer =
  | { readonly is: 'text'; readonly bytes: Uint8Array }
  | { readonly is: 'end' }
  | { readonly is: 'damage'; readonly message: string }
  /** The compressed bytes could not be read. */
  | {
      readonly is: 'unreadable';
      readonly message: string;
      readonly code: string | undefined;
      readonly syscall: string | undefined;
    };
