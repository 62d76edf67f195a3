// The level of one container over the last weeks and the next days: readings, emptyings, thresholds, forecast.
import uPlot from "uplot";

export interface Series {
  since: string; now: string; plan_percent: number; urgent_percent: number;
  levels: { at: string; fill_percent: number | null; quality: string }[];
  emptyings: { emptied_at: string; source: string; before_percent: number | null; after_percent: number | null }[];
  forecast: { at: string; low: number; expected: number; high: number }[];
  full_at: string | null; full_early: string | null; full_late: string | null;
  no_forecast: "no_level" | "no_rate" | "no_memory" | null;
  estimated: boolean;
}

const LEAF = "#15803d", SKY = "#1e40af", AMBER = "#b45309", RED = "#b91c1c", SOFT = "#57534e";
const HEIGHT = 320;
const seconds = (at: string) => Date.parse(at) / 1000;
const zone = { timeZone: "Europe/Paris" };
const DAY = new Intl.DateTimeFormat("fr-FR", { day: "numeric", month: "short", ...zone });
const MOMENT = new Intl.DateTimeFormat("fr-FR", { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit", ...zone });
const percent = (value: number | null | undefined) => value == null ? "–" : `${Math.round(value)} %`;

/** Columns of the chart: time, level, low, expected, high. */
function columns(series: Series): uPlot.AlignedData {
  const past = series.levels.map((level) => [seconds(level.at), level.fill_percent, null, null, null]);
  const next = series.forecast.map((point) => [seconds(point.at), null, point.low, point.expected, point.high]);
  const lines = [...past, ...next];
  if (!lines.length) lines.push([seconds(series.since), null, null, null, null], [seconds(series.now), null, null, null, null]);
  return [0, 1, 2, 3, 4].map((column) => lines.map((line) => line[column] ?? null)) as uPlot.AlignedData;
}

function upright(chart: uPlot, at: number, colour: string, label: string, dash: number[] = []): void {
  const x = Math.round(chart.valToPos(at, "x", true));
  const { ctx: pen, bbox } = chart;
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  pen.save();
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = devicePixelRatio;
  pen.setLineDash(dash.map((each) => each * devicePixelRatio));
  pen.beginPath();
  pen.moveTo(x, bbox.top);
  pen.lineTo(x, bbox.top + bbox.height);
  pen.stroke();
  if (label) {
    pen.font = `600 ${12 * devicePixelRatio}px system-ui, sans-serif`;
    const right = x + pen.measureText(label).width + 8 > bbox.left + bbox.width;
    pen.textAlign = right ? "right" : "left";
    pen.textBaseline = "top";
    pen.fillText(label, x + (right ? -5 : 5) * devicePixelRatio, bbox.top + bbox.height * 0.55);
  }
  pen.restore();
}

function threshold(chart: uPlot, level: number, colour: string): void {
  const { ctx: pen, bbox } = chart;
  const y = Math.round(chart.valToPos(level, "y", true));
  pen.save();
  pen.strokeStyle = colour;
  pen.lineWidth = devicePixelRatio;
  pen.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio]);
  pen.beginPath();
  pen.moveTo(bbox.left, y);
  pen.lineTo(bbox.left + bbox.width, y);
  pen.stroke();
  pen.restore();
}

function emptied(chart: uPlot, at: number): void {
  const { ctx: pen, bbox } = chart;
  const x = chart.valToPos(at, "x", true);
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  const size = 6 * devicePixelRatio;
  const y = bbox.top + bbox.height;
  pen.save();
  pen.fillStyle = SOFT;
  pen.beginPath();
  pen.moveTo(x - size, y - 2 * size);
  pen.lineTo(x + size, y - 2 * size);
  pen.lineTo(x, y);
  pen.fill();
  pen.restore();
}

function options(width: number, current: () => Series): uPlot.Options {
  return {
    width, height: HEIGHT,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Europe/Paris"),
    scales: { x: { time: true }, y: { range: [0, 104] } },
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    legend: { show: true },
    series: [
      { label: "Le", value: (_, at) => at == null ? "–" : MOMENT.format(at * 1000) },
      { label: "Mesure", stroke: LEAF, width: 2, points: { size: 4, fill: LEAF }, value: (_, value) => percent(value) },
      { label: "Au moins", stroke: "transparent", points: { show: false }, value: (_, value) => percent(value) },
      { label: "Prévision", stroke: SKY, width: 2, dash: [8, 5], points: { show: false }, value: (_, value) => percent(value) },
      { label: "Au plus", stroke: "transparent", points: { show: false }, value: (_, value) => percent(value) },
    ],
    bands: [{ series: [4, 2], fill: "rgb(30 64 175 / .14)" }],
    axes: [
      { stroke: SOFT, grid: { stroke: "#e7e5e4" }, space: 70, values: (_, marks) => marks.map((at) => DAY.format(at * 1000)), incrs: [1, 2, 3, 7, 14, 28].map((days) => days * 86_400) },
      { stroke: SOFT, grid: { stroke: "#e7e5e4" }, size: 56, values: (_, marks) => marks.map((value) => `${value} %`), splits: [0, 20, 40, 60, 80, 100] },
    ],
    hooks: {
      draw: [(chart) => {
        const series = current();
        threshold(chart, series.plan_percent, AMBER);
        threshold(chart, series.urgent_percent, RED);
        for (const each of series.emptyings) emptied(chart, seconds(each.emptied_at));
        upright(chart, seconds(series.now), SOFT, "");
        if (series.full_at && series.full_at > series.now) upright(chart, seconds(series.full_at), RED, `100 % ${MOMENT.format(Date.parse(series.full_at))}`, [4, 3]);
      }],
    },
  };
}

/** Draw in `element`; returns how to show fresh figures. The drawing follows the element's width. */
export function drawChart(element: HTMLElement, first: Series): (fresh: Series) => void {
  let shown = first;
  const chart = new uPlot(options(element.clientWidth, () => shown), columns(shown), element);
  new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT })).observe(element);
  return (fresh) => {
    shown = fresh;
    chart.setData(columns(fresh));
  };
}
