// Three small drawings of one device: messages a day, battery, radio.
import uPlot from "uplot";

export interface DeviceSeries {
  since: string; now: string;
  points: { at: string; battery_percent: number | null; rssi_dbm: number | null; snr_db: number | null }[];
  days: { day: string; messages: number }[];
}

const LEAF = "#15803d", SKY = "#1e40af", SOFT = "#57534e", LINE = "#e7e5e4";
const HEIGHT = 180;
const zone = { timeZone: "Europe/Paris" };
const DAY = new Intl.DateTimeFormat("fr-FR", { day: "numeric", month: "short", ...zone });
const MOMENT = new Intl.DateTimeFormat("fr-FR", { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit", ...zone });
const seconds = (at: string) => Date.parse(at) / 1000;

interface Kind { label: string; unit: string; colour: string; bars?: boolean; range: uPlot.Range.MinMax | ((chart: uPlot, low: number, high: number) => uPlot.Range.MinMax) }

function draw(element: HTMLElement, data: uPlot.AlignedData, from: number, to: number, kind: Kind): void {
  element.replaceChildren();
  if (!data[1]!.some((value) => value != null)) {
    const none = document.createElement("p");
    none.className = "muted small";
    none.textContent = "Aucune donnée sur cette période.";
    element.append(none);
    return;
  }
  const chart = new uPlot({
    width: element.clientWidth, height: HEIGHT,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Europe/Paris"),
    scales: { x: { time: true, range: [from, to] }, y: { range: kind.range as uPlot.Scale.Range } },
    cursor: { drag: { x: false, y: false } },
    legend: { show: true },
    series: [
      { label: "Le", value: (_, at) => at == null ? "–" : (kind.bars ? DAY : MOMENT).format(at * 1000) },
      {
        label: kind.label, stroke: kind.colour, width: 2, spanGaps: true,
        ...(kind.bars ? { fill: kind.colour, paths: uPlot.paths.bars!({ size: [0.7, 40], align: 1 }), points: { show: false } } : { points: { size: 4, fill: kind.colour } }),
        value: (_, value) => value == null ? "–" : `${Math.round(value * 10) / 10} ${kind.unit}`.replace(".", ","),
      },
    ],
    axes: [
      { stroke: SOFT, grid: { stroke: LINE }, space: 60, values: (_, marks) => marks.map((at) => DAY.format(at * 1000)), incrs: [1, 2, 3, 7, 14, 28].map((days) => days * 86_400) },
      { stroke: SOFT, grid: { stroke: LINE }, size: 44 },
    ],
  }, data, element);
  new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT })).observe(element);
}

/** Fill the three places of the page. */
export function drawDevice(place: (key: string) => HTMLElement, series: DeviceSeries): void {
  const [from, to] = [seconds(series.since), seconds(series.now)];
  const at = series.points.map((point) => seconds(point.at));
  // A day of Paris begins one or two hours before that of UTC; for a bar's place an hour is nothing.
  const days = series.days.map((day) => Date.parse(`${day.day}T00:00:00+01:00`) / 1000);
  draw(place("messages"), [days, series.days.map((day) => day.messages)], days[0] ?? from, to, {
    label: "Messages", unit: "", colour: SKY, bars: true, range: (_, __, high) => [0, Math.max(4, high * 1.1)],
  });
  draw(place("battery"), [at, series.points.map((point) => point.battery_percent)], from, to, {
    label: "Pile", unit: "%", colour: LEAF, range: [0, 104],
  });
  draw(place("radio"), [at, series.points.map((point) => point.rssi_dbm)], from, to, {
    label: "Signal", unit: "dBm", colour: LEAF, range: (_, low, high) => [Math.min(-120, low - 5), Math.max(-60, high + 5)],
  });
}
