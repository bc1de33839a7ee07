/** Finds where a key of the configuration stands in its file. */
import { isAlias, isMap, isScalar, isSeq, type Document, type Node } from 'yaml';
import type { KeyProblem } from './issues.ts';
import { readYaml } from './yaml-text.ts';

/** Returns the line and the column (from 1) of the deepest part of the path that the text has. */
export function placeOfKey(
  text: string,
  path: readonly string[],
): { readonly line: number; readonly column: number } {
  const { document, lines } = readYaml(text);
  if (document === undefined) return { line: 1, column: 1 };
  const { line, col } = lines.linePos(locate(document, { path, atKey: true }).offset);
  return { line, column: col };
}

/** Finds the place of a key or its value in the file: that of the deepest part of the path that exists. */
export function locate(
  document: Document.Parsed,
  { path, atKey }: Pick<KeyProblem, 'path' | 'atKey'>,
): { offset: number; node?: Node } {
  let at: unknown = document.contents;
  let keyOffset = 0;
  for (const key of path) {
    if (isAlias(at)) at = at.resolve(document);
    if (isMap(at)) {
      const pair = at.items.find(
        ({ key: name }) => String(isScalar(name) ? name.value : name) === String(key),
      );
      if (pair === undefined) return { offset: keyOffset };
      keyOffset = (pair.key as Node | null)?.range?.[0] ?? keyOffset;
      at = pair.value;
    } else if (isSeq(at) && typeof key === 'number') {
      at = at.items[key];
      keyOffset = (at as Node | null | undefined)?.range?.[0] ?? keyOffset;
    } else {
      return { offset: keyOffset };
    }
  }
  const node = isScalar(at) || isMap(at) || isSeq(at) ? at : undefined;
  const offset = atKey ? keyOffset : (node?.range?.[0] ?? keyOffset);
  return { offset, ...(node !== undefined && { node }) };
}
