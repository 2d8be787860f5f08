import { type Timeline } from './sandbox-clock.js';

interface Item {
  readonly id: string;
  readonly at: number;
  readonly sequence: number;
}

/**
 * Due moments in order, per timeline: binary heaps. An entry is not taken out when its work is moved or cleared; who
 * takes the next one checks that it still stands.
 */
export class DueQueue {
  private readonly heaps = new Map<Timeline, Item[]>();
  private nextSequence = 1;

  push(timeline: Timeline, id: string, at: number): void {
    const heap = this.heaps.get(timeline) ?? [];
    this.heaps.set(timeline, heap);
    const item = { id, at, sequence: this.nextSequence++ };
    let position = heap.length;
    heap.push(item);
    while (position > 0) {
      const parent = (position - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(item, above)) break;
      heap[position] = above;
      position = parent;
    }
    heap[position] = item;
  }

  peek(timeline: Timeline): Item | undefined {
    return this.heaps.get(timeline)?.[0];
  }

  pop(timeline: Timeline): Item | undefined {
    const heap = this.heaps.get(timeline);
    const first = heap?.[0];
    const last = heap?.pop();
    if (heap === undefined || first === undefined || last === undefined) return undefined;
    if (heap.length > 0) sink(heap, last);
    return first;
  }

  clear(): void {
    this.heaps.clear();
  }
}

function sink(heap: Item[], item: Item): void {
  let position = 0;
  for (;;) {
    const left = 2 * position + 1;
    const leftItem = heap[left];
    if (leftItem === undefined) break;
    const rightItem = heap[left + 1];
    const [child, childItem] =
      rightItem !== undefined && isBefore(rightItem, leftItem) ? [left + 1, rightItem] : [left, leftItem];
    if (!isBefore(childItem, item)) break;
    heap[position] = childItem;
    position = child;
  }
  heap[position] = item;
}

function isBefore(left: Item, right: Item): boolean {
  return left.at < right.at || (left.at === right.at && left.sequence < right.sequence);
}
