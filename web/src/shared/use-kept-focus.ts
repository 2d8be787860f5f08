import { type FocusEventHandler, type RefObject, useEffect, useRef } from 'react';

/** Marks a part of the page that was opened and will be closed again: the focus returns to what opened it. */
export const OPENED = { 'data-opened': true } as const;

const MOST_REMEMBERED = 10;
const OPENED_PARTS = '[role="dialog"], [data-opened]';
const CONTROLS = 'a[href], button, input, select, textarea, [tabindex]';

/** An element that had the focus, and what was around it, innermost first. */
interface Remembered {
  element: HTMLElement;
  around: Element[];
}

/**
 * Never leaves the focus nowhere. When the element that had it is taken away, by a dialogue that closes, a tab that
 * changes or a button that has done its work, the focus goes to the one before it that is still there or there again, or
 * to the next control around it, or to the tab that is shown.
 *
 * @returns what the element around the page needs; focus in dialogues reaches it as well, since React bubbles out of portals
 */
export function useKeptFocus(page: RefObject<HTMLElement | null>): {
  onFocus: FocusEventHandler;
  onBlur: FocusEventHandler;
} {
  const remembered = useRef<Remembered[]>([]);
  useEffect(() => {
    const observer = new MutationObserver(() => {
      const last = remembered.current[0]?.element;
      if (last === undefined || !isNowhere() || (last.isConnected && isDisabled(last))) return;
      targetOf(remembered.current, page.current)?.focus();
    });
    observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ['disabled'] });
    return () => observer.disconnect();
  }, [page]);
  return {
    onFocus: ({ target }) => {
      if (!(target instanceof HTMLElement)) return;
      const others = remembered.current.filter(({ element }) => element !== target);
      remembered.current = [{ element: target, around: ancestorsOf(target) }, ...others].slice(0, MOST_REMEMBERED);
    },
    onBlur: ({ target, relatedTarget }) => {
      // Who clicks beside the controls wants the focus nowhere.
      queueMicrotask(() => {
        if (relatedTarget === null && isNowhere() && target.isConnected && !isDisabled(target)) remembered.current = [];
      });
    },
  };
}

/** For the heading of a part that was opened: the focus begins there. */
export function focusOnOpening(heading: HTMLElement | null): void {
  heading?.focus();
}

function isNowhere(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

function targetOf(remembered: readonly Remembered[], page: HTMLElement | null): HTMLElement | undefined {
  for (const { element, around } of remembered) {
    if (element.role === 'tab') continue;
    if (element.isConnected) {
      if (canHaveFocus(element)) return element;
      continue;
    }
    if (around.some((one) => !one.isConnected && one.matches(OPENED_PARTS))) continue;
    const target = nearestControl(element, around);
    if (target !== undefined) return target;
  }
  return page?.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]') ?? undefined;
}

/** The control of the same name, or the first one inside the tab, in what is left around an element. */
function nearestControl(element: HTMLElement, around: readonly Element[]): HTMLElement | undefined {
  for (const part of around) {
    if (!part.isConnected) continue;
    if (part === document.body) return undefined;
    const controls = controlsIn(part);
    const same = controls.find((control) => nameOf(control) === nameOf(element));
    if (same !== undefined) return same;
    const isInsideTab = part.parentElement?.closest('[role="tabpanel"]') != null;
    if (isInsideTab && controls[0] !== undefined) return controls[0];
  }
  return undefined;
}

function ancestorsOf(element: HTMLElement): Element[] {
  const ancestors: Element[] = [];
  for (let one = element.parentElement; one !== null; one = one.parentElement) ancestors.push(one);
  return ancestors;
}

function controlsIn(part: Element): HTMLElement[] {
  return [...part.querySelectorAll<HTMLElement>(CONTROLS)].filter(canHaveFocus);
}

function canHaveFocus(element: HTMLElement): boolean {
  return element.tabIndex >= 0 && !isDisabled(element) && element.getClientRects().length > 0;
}

function isDisabled(element: Element): boolean {
  return element.matches(':disabled');
}

function nameOf(element: Element): string {
  return element.getAttribute('aria-label') ?? element.textContent ?? '';
}
