/** The slots that an instant has touched, each once, in the order in which they were touched first. Mostly there are one or two. */

/** Up to so many are looked through one by one. */
const LISTED_MAX = 16;
const GONE = -1;

export class TouchedSlots {
  readonly #list: number[] = [];
  /** The same slots, once there are more than `LISTED_MAX`. */
  readonly #set = new Set<number>();

  clear(): void {
    if (this.#list.length > LISTED_MAX) this.#set.clear();
    this.#list.length = 0;
  }

  add(slot: number): void {
    const list = this.#list;
    if (list.length <= LISTED_MAX ? list.includes(slot) : this.#set.has(slot)) return;
    list.push(slot);
    if (list.length <= LISTED_MAX) return;
    if (list.length > LISTED_MAX + 1) this.#set.add(slot);
    else for (const each of list) if (each !== GONE) this.#set.add(each);
  }

  delete(slot: number): void {
    const at = this.#list.indexOf(slot);
    if (at < 0) return;
    this.#list[at] = GONE;
    this.#set.delete(slot);
  }

  /** Calls `visit` with each slot. A slot that is deleted meanwhile is left out. */
  each(visit: (slot: number) => void): void {
    for (let i = 0; i < this.#list.length; i++) {
      const slot = this.#list[i]!;
      if (slot !== GONE) visit(slot);
    }
  }
}
