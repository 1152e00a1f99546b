import { useComputedColorScheme } from '@mantine/core';
import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import { use, useEffect, useRef } from 'react';

import { DrawingContext } from '~/parts/drawing';

import classes from './Chart.module.css';
import { loadEngine } from './load';
import { CHART_COLOURS, type ChartColours } from './colours';

export interface ChartSize {
  width: number;
}

const PIXELS = 2; // sharp in a document too

interface Props {
  /** Draws from data to option; called again when the width or the scheme changes. */
  option: (colours: ChartColours, size: ChartSize) => EChartsCoreOption;
  /** What a screen reader says in place of the drawing; the table beside it has every number. */
  label: string;
  /** At least; a taller neighbour makes it taller. */
  height: number;
}

/** One canvas: owns its size, its scheme and its end. */
export function Chart({ option, label, height }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const scheme = useComputedColorScheme('light');
  const drawingRef = use(DrawingContext);
  const draw = useRef<() => void>(() => undefined);

  useEffect(() => {
    draw.current = () => {
      // Asking for a width has the page laid out: not before there is something to draw on.
      const width = chart.current === null ? 0 : (box.current?.clientWidth ?? 0);
      if (width > 0) chart.current?.setOption(option(CHART_COLOURS[scheme], { width }), { notMerge: true });
    };
    draw.current();
  }, [option, scheme]);

  useEffect(() => {
    if (!drawingRef) return;
    drawingRef.current = () =>
      chart.current?.getDataURL({
        type: 'png',
        pixelRatio: PIXELS,
        backgroundColor: CHART_COLOURS[scheme].surface,
      }) ?? '';
    return () => {
      drawingRef.current = null;
    };
  }, [drawingRef, scheme]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let gone = false;
    const sizeNow = () => `${element.clientWidth} ${element.clientHeight}`;
    let size = '';
    const watcher = new ResizeObserver(() => {
      // It also tells the size that is drawn already, once, when it begins.
      if (sizeNow() === size) return;
      size = sizeNow();
      chart.current?.resize();
      draw.current();
    });
    void loadEngine().then(({ init }) => {
      if (gone) return;
      chart.current = init(element, null, { renderer: 'canvas' });
      draw.current();
      size = sizeNow();
      watcher.observe(element);
    });
    return () => {
      gone = true;
      watcher.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, []);

  return (
    <div role="img" aria-label={label} className={classes.frame} style={{ minHeight: height }}>
      <div ref={box} className={classes.canvas} />
    </div>
  );
}
