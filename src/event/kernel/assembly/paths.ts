/**
 * The configured paths as a trie. A node stands for the keys before it, joined by dots, so `log.level` is one node, whether a line has the
 * key `log.level` or the key `level` in an object `log`. The edges of all nodes are in one small open table.
 */
import { forgetGuesses } from './guesses';
import { SCRATCH, take } from './layout';

/** Greatest number of nodes. Node 0 is no node, node 1 the root. */
const NODES_MAX: i32 = 4_096;
const SLOTS: u32 = 16_384;
/** An edge: first and second 8 bytes of its key (of a longer key: its beginning and its place), node, node behind it, length of the key. */
const EDGE: u32 = 32;
const EDGES: usize = memory.data(16_384 * 32, 64);
export const ROOT: u32 = 1;

/** For each node the path that ends there plus 1, and if more keys may follow. */
const PATHS: usize = memory.data(NODES_MAX * 4, 8);
const INNER: usize = memory.data(NODES_MAX, 8);
/** For each node the last line that had a value there. */
const SEEN_IN: usize = memory.data(NODES_MAX * 4, 8);

let nodes: u32 = 2;

export function forgetLines(): void {
  memory.fill(SEEN_IN, 0, NODES_MAX * 4);
}

/** Returns the first 8 bytes of a key, or its second 8 bytes, with zeros behind it. */
function firstOf(key: usize, length: u32): u64 {
  return length >= 8 ? load<u64>(key) : load<u64>(key) & (((<u64>1) << (length << 3)) - 1);
}
function secondOf(key: usize, length: u32): u64 {
  if (length >= 16) return load<u64>(key, 8);
  return length <= 8 ? 0 : load<u64>(key, 8) & (((<u64>1) << ((length - 8) << 3)) - 1);
}

function slotOf(node: u32, a: u64, b: u64, length: u32): u32 {
  const hash = (a ^ (<u64>(node * 0x9e3779b1 + length))) * 0x9e3779b97f4a7c15 + b * 0xc2b2ae3d27d4eb4f;
  return (<u32>(hash >> 40)) & (SLOTS - 1);
}

/** Returns the node behind `node` for a key; 0 if no path goes that way. */
export function follow(node: u32, key: usize, length: u32): u32 {
  const a = firstOf(key, length);
  const b = secondOf(key, length);
  let slot = slotOf(node, a, b, length);
  while (true) {
    const edge = EDGES + slot * EDGE;
    const from = load<u32>(edge, 16);
    if (from === 0) return 0;
    if (
      from === node &&
      load<u64>(edge) === a &&
      load<u32>(edge, 24) === length &&
      isKey(edge, b, key, length)
    )
      return load<u32>(edge, 20);
    slot = (slot + 1) & (SLOTS - 1);
  }
}

function isKey(edge: usize, b: u64, key: usize, length: u32): bool {
  const second = load<u64>(edge, 8);
  return length <= 16 ? second === b : memory.compare(<usize>second, key, length) === 0;
}

/** Returns a new node; 0 if there is no room for one. */
export function addNode(): u32 {
  if (nodes === NODES_MAX) return 0;
  nodes += 1;
  return nodes - 1;
}

/** Leads from a node to another by the key of `length` bytes at the start of `SCRATCH`. */
export function addEdge(node: u32, length: u32, to: u32): void {
  const a = firstOf(SCRATCH, length);
  const b = secondOf(SCRATCH, length);
  let slot = slotOf(node, a, b, length);
  while (load<u32>(EDGES + slot * EDGE, 16) !== 0) slot = (slot + 1) & (SLOTS - 1);
  const edge = EDGES + slot * EDGE;
  store<u64>(edge, a);
  store<u64>(edge, length <= 16 ? b : <u64>copyOf(length), 8);
  store<u32>(edge, node, 16);
  store<u32>(edge, to, 20);
  store<u32>(edge, length, 24);
  store<u8>(INNER + node, 1);
  forgetGuesses();
}

function copyOf(length: u32): usize {
  const key = take(length);
  memory.copy(key, SCRATCH, length);
  return key;
}

export function endPath(node: u32, path: u32): void {
  store<u32>(PATHS + (node << 2), path + 1);
}

/** Returns the path that ends at a node plus 1; 0 if none does. */
export function pathAt(node: u32): u32 {
  return load<u32>(PATHS + (node << 2));
}

export function isInner(node: u32): bool {
  return load<u8>(INNER + node) !== 0;
}

/** Returns true if a line has a value at a node. */
export function isVisited(node: u32, line: u32): bool {
  return load<u32>(SEEN_IN + (node << 2)) === line;
}

/** Notes that a line has a value at a node; returns false if it has had one there before. */
export function visit(node: u32, line: u32): bool {
  const place = SEEN_IN + (node << 2);
  if (load<u32>(place) === line) return false;
  store<u32>(place, line);
  return true;
}
