/**
 * The configured paths as a trie. A node stands for the keys before it, joined by dots, so `log.level` is one node, whether a line has the
 * key `log.level` or the key `level` in an object `log`. The edges of all nodes are in one small open table.
 */
import { SCRATCH, take } from './layout';

/** Greatest number of nodes. Node 0 is no node, node 1 the root. */
const NODES_MAX: i32 = 4_096;
const SLOTS: u32 = 16_384;
/** An edge: hash, node, node behind it, place and length of the key. */
const EDGE: u32 = 24;
const EDGES: usize = memory.data(16_384 * 24, 64);
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

function hashOf(node: u32, key: usize, length: u32): u32 {
  let hash = node * 0x9e3779b1 + length;
  let i: u32 = 0;
  for (; i + 4 <= length; i += 4) hash = rotl<u32>(hash ^ load<u32>(key + i), 13) * 0x85ebca6b;
  for (; i < length; i++) hash = rotl<u32>(hash ^ load<u8>(key + i), 7) * 0xc2b2ae35;
  return hash ^ (hash >> 15);
}

/** Returns the node behind `node` for a key; 0 if no path goes that way. */
export function follow(node: u32, key: usize, length: u32): u32 {
  const hash = hashOf(node, key, length);
  let slot = hash & (SLOTS - 1);
  while (true) {
    const edge = EDGES + slot * EDGE;
    const from = load<u32>(edge, 4);
    if (from === 0) return 0;
    if (load<u32>(edge) === hash && from === node && isKey(edge, key, length)) return load<u32>(edge, 8);
    slot = (slot + 1) & (SLOTS - 1);
  }
}

function isKey(edge: usize, key: usize, length: u32): bool {
  return load<u32>(edge, 16) === length && memory.compare(load<u32>(edge, 12), key, length) === 0;
}

/** Returns a new node; 0 if there is no room for one. */
export function addNode(): u32 {
  if (nodes === NODES_MAX) return 0;
  nodes += 1;
  return nodes - 1;
}

/** Leads from a node to another by the key of `length` bytes at the start of `SCRATCH`. */
export function addEdge(node: u32, length: u32, to: u32): void {
  const hash = hashOf(node, SCRATCH, length);
  let slot = hash & (SLOTS - 1);
  while (load<u32>(EDGES + slot * EDGE, 4) !== 0) slot = (slot + 1) & (SLOTS - 1);
  const edge = EDGES + slot * EDGE;
  const key = take(length);
  memory.copy(key, SCRATCH, length);
  store<u32>(edge, hash);
  store<u32>(edge, node, 4);
  store<u32>(edge, to, 8);
  store<u32>(edge, <u32>key, 12);
  store<u32>(edge, length, 16);
  store<u8>(INNER + node, 1);
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

/** Notes that a line has a value at a node; returns false if it has had one there before. */
export function visit(node: u32, line: u32): bool {
  const place = SEEN_IN + (node << 2);
  if (load<u32>(place) === line) return false;
  store<u32>(place, line);
  return true;
}
