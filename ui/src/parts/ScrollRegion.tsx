// What a table stands in: it scrolls where there is no room, by the keyboard too, and shows on which side there is more.
import {
  createContext,
  type CSSProperties,
  type ReactNode,
  type RefCallback,
  useCallback,
  useRef,
  useState,
} from 'react';

import classes from './ScrollRegion.module.css';

interface Room {
  more: 'left' | 'right' | 'both' | undefined;
  /** How much of the frame the scroll bars take, and what is free below a list that ends sooner. */
  beside: number;
  below: number;
}
const ENOUGH: Room = { more: undefined, beside: 0, below: 0 };
/** Less is rounding: a browser lays out in fractions of a pixel and tells whole ones. */
const HIDDEN_PX = 1;

/** Of the region that a table stands in: a table that it watches tells it when it grows. Null outside of any. */
export const ScrollRegionContext = createContext<RefCallback<Element> | null>(null);

interface Props {
  children: ReactNode;
  className?: string | undefined;
  /** Said to screen readers: what scrolls. */
  label?: string;
  labelledBy?: string;
  /** May be reached by the keyboard even where nothing is hidden sideways: it scrolls down. */
  tall?: boolean;
}

export function ScrollRegion({ children, className, label, labelledBy, tall = false }: Props) {
  const { room, box, watch, look } = useRoom();
  const named = tall || room.more !== undefined;
  return (
    <div
      className={classes.frame}
      data-more={room.more}
      style={{ '--beside': `${room.beside}px`, '--below': `${room.below}px` } as CSSProperties}
    >
      <div
        ref={box}
        className={`${classes.box ?? ''} ${className ?? ''}`}
        onScroll={look}
        {...(named && { role: 'group', tabIndex: 0, 'aria-label': label, 'aria-labelledby': labelledBy })}
      >
        <ScrollRegionContext value={watch}>{children}</ScrollRegionContext>
      </div>
    </div>
  );
}

/** What of the box is out of sight, looked at when it scrolls and when it or a table in it changes its size. */
function useRoom() {
  const [room, setRoom] = useState(ENOUGH);
  const around = useRef<HTMLDivElement>(null);
  const look = useCallback(() => {
    const found = around.current ? roomOf(around.current) : ENOUGH;
    setRoom((known) => (same(known, found) ? known : found));
  }, []);
  const watch = useCallback<RefCallback<Element>>(
    (element) => {
      if (!element) return undefined;
      // Told when the page has been laid out: asking for it before would have it laid out once more.
      const observer = new ResizeObserver(look);
      observer.observe(element);
      return () => {
        observer.disconnect();
      };
    },
    [look],
  );
  const box = useCallback<RefCallback<HTMLDivElement>>(
    (element) => {
      around.current = element;
      return watch(element);
    },
    [watch],
  );
  return { room, box, watch, look };
}

function roomOf(box: HTMLElement): Room {
  const left = box.scrollLeft > HIDDEN_PX;
  const right = box.scrollWidth - box.clientWidth - box.scrollLeft > HIDDEN_PX;
  if (!left && !right) return ENOUGH;
  const frame = box.parentElement ?? box;
  return {
    more: left && right ? 'both' : left ? 'left' : 'right',
    beside: frame.clientWidth - box.clientWidth,
    below: frame.clientHeight - box.clientHeight,
  };
}

function same(one: Room, other: Room): boolean {
  return one.more === other.more && one.beside === other.beside && one.below === other.below;
}
