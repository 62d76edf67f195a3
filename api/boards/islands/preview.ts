// Draw the panels of a board from the figures in the page. Each drawing has its table beside it: nothing is only here.
import uPlot from "uplot";
import { drawPlaces, type Place } from "../places";
import { cellColour, COLOURS, nameOf, SHORT_DAY, write } from "../words";

interface Series { name: string; values: (number | null)[]; colour: string | null }
interface Drawing {
  kind: string; unit: string; suffix: string; stacked: boolean;
  x?: number[]; names?: string[]; series: Series[]; places?: Place[];
}
const HEIGHT = 240;

for (const data of document.querySelectorAll<HTMLScriptElement>("script[data-panel]")) {
  const drawing = JSON.parse(data.textContent ?? "null") as Drawing | null;
  if (!drawing) continue;
  if (drawing.places) {
    void drawPlaces(document.getElementById(`carte-${data.dataset.panel}`)!, drawing.places);
    continue;
  }
  const element = document.getElementById(`dessin-${data.dataset.panel}`)!;
  if (drawing.kind === "status-history") drawCells(element, drawing);
  else if (drawing.x) drawTime(element, drawing);
  else drawBars(element, drawing);
}

/** Lines or stacked bars over time. */
function drawTime(element: HTMLElement, drawing: Drawing): void {
  addKeys(element, drawing.series);
  const place = document.createElement("div");
  element.append(place);
  const bars = drawing.stacked;
  // Stacked: each series is drawn on the sum of those before it, the tallest first so that all are seen.
  const heights = bars ? sums(drawing.series) : drawing.series.map((one) => one.values);
  const order = drawing.series.map((_, at) => (bars ? drawing.series.length - 1 - at : at));
  const step = drawing.x!.length > 1 ? Math.min(...drawing.x!.slice(1).map((at, n) => at - drawing.x![n]!)) : 86_400;
  const around = drawing.x!.length > 1 ? step / 2 : 3 * step; // a day alone is shown among days
  const chart = new uPlot({
    width: Math.max(200, element.clientWidth), height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false } },
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Europe/Paris"),
    scales: {
      x: { range: () => [drawing.x![0]! - around, drawing.x!.at(-1)! + around] },
      y: { range: (_, low, high) => (low < 0 ? [low - 5, Math.min(0, high + 5)] : [0, Math.max(high * 1.08, 1e-9)]) },
    },
    axes: [
      { values: (_, splits, __, ___, gap) => splits.map((at) => nameOf(at, gap)), size: 34, stroke: "#57534e", grid: { stroke: "#e7e5e4" } },
      { values: (_, splits) => splits.map((value) => write(value, drawing)), size: widthOf, incrs: stepsOf(heights, drawing.unit), stroke: "#57534e", grid: { stroke: "#e7e5e4" } },
    ],
    series: [{}, ...order.map((at) => ({
      label: drawing.series[at]!.name, stroke: colourOf(drawing.series, at), width: 2, spanGaps: true,
      ...(bars ? { fill: colourOf(drawing.series, at), paths: uPlot.paths.bars!({ size: [0.8, 60] }), points: { show: false } } : { points: { show: drawing.x!.length < 3 } }),
    }))],
  }, [drawing.x!, ...order.map((at) => heights[at]!)] as uPlot.AlignedData, place);
  new ResizeObserver(() => chart.setSize({ width: Math.max(200, element.clientWidth), height: HEIGHT })).observe(element);
}

/** What the longest label of the axis takes, in pixels. */
function widthOf(_: uPlot, labels: string[] | null): number {
  return 24 + 7 * Math.max(5, ...(labels ?? []).map((one) => one.length));
}

/** Steps an axis may take: whole ones for things that are counted, those of a clock for durations. */
function stepsOf(heights: (number | null)[][], unit: string): number[] | undefined {
  if (unit === "s") return [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 21_600, 86_400, 604_800, 2_592_000, 31_536_000];
  if (unit !== "short" || heights.flat().some((one) => one !== null && !Number.isInteger(one))) return undefined;
  return Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((one) => one * 10 ** power)).flat();
}

function sums(series: Series[]): number[][] {
  const total: number[] = [];
  return series.map((one) => one.values.map((value, at) => (total[at] = (total[at] ?? 0) + (value ?? 0))));
}

/** Lying bars: one line a name, one bar a series. */
function drawBars(element: HTMLElement, drawing: Drawing): void {
  if (drawing.series.length > 1) addKeys(element, drawing.series);
  const total = (at: number) => drawing.series.reduce((sum, one) => sum + (one.values[at] ?? 0), 0);
  const tops = drawing.names!.map((_, at) =>
    drawing.stacked ? total(at) : Math.max(...drawing.series.map((one) => one.values[at] ?? 0)));
  const most = Math.max(...tops, 1e-9);
  const room = element.clientWidth < 480 ? 0.45 : 0.78; // what the figure beside the longest bar leaves
  const lines = document.createElement("div");
  lines.className = drawing.names!.length * (drawing.stacked ? 1 : drawing.series.length) > 24 ? "lines thin" : "lines";
  drawing.names!.forEach((name, at) => {
    const label = document.createElement("span");
    label.className = "label";
    label.textContent = name;
    const track = document.createElement("div");
    track.className = drawing.stacked ? "track stacked" : "track";
    drawing.series.forEach((one, number) => {
      const value = one.values[at] ?? null;
      if (drawing.stacked && !value) return;
      const bar = document.createElement("i");
      bar.style.width = `${(100 * (value ?? 0) / most * room).toFixed(2)}%`;
      bar.style.background = colourOf(drawing.series, number);
      if (drawing.stacked) { bar.style.height = "1.125rem"; track.append(bar); return; }
      const line = document.createElement("div");
      line.className = "bar";
      line.append(bar, strong(value === null ? "–" : write(value, drawing)));
      track.append(line);
    });
    if (drawing.stacked) track.append(strong(write(total(at), drawing)));
    lines.append(label, track);
  });
  element.append(lines);
}

/** One line a thing, one cell a day. */
function drawCells(element: HTMLElement, drawing: Drawing): void {
  const wrapper = document.createElement("div");
  wrapper.className = "cells";
  wrapper.tabIndex = 0;
  wrapper.setAttribute("role", "region");
  wrapper.setAttribute("aria-label", `${element.dataset.title}, jour par jour en couleurs`);
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  head.append(document.createElement("td"));
  const every = Math.max(1, Math.ceil(drawing.x!.length / 8));
  drawing.x!.forEach((at, number) => {
    const cell = document.createElement("th");
    if (number % every === 0) cell.textContent = SHORT_DAY.format(at * 1000);
    head.append(cell);
  });
  head.firstElementChild!.className = "first";
  const body = table.createTBody();
  for (const one of drawing.series) {
    const row = body.insertRow();
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = one.name;
    row.append(name);
    one.values.forEach((value, at) => {
      const cell = row.insertCell();
      cell.style.background = cellColour(value);
      cell.title = `${one.name}, ${SHORT_DAY.format(drawing.x![at]! * 1000)} : ${value === null ? "rien" : write(value, drawing)}`;
    });
  }
  wrapper.append(table);
  element.append(wrapper);
}

function colourOf(series: Series[], at: number): string {
  return series[at]!.colour ?? COLOURS[at % COLOURS.length]!;
}

function strong(text: string): HTMLElement {
  const made = document.createElement("b");
  made.textContent = text;
  return made;
}

function addKeys(element: HTMLElement, series: Series[]): void {
  const list = document.createElement("ul");
  list.className = "keys";
  series.forEach((one, at) => {
    const item = document.createElement("li");
    const key = document.createElement("span");
    key.style.background = colourOf(series, at);
    item.append(key, one.name);
    list.append(item);
  });
  element.append(list);
}
