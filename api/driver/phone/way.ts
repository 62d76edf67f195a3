// The road to the stop on the card: drawn and told, from what the phone holds; no map is fetched.
import { h, metres } from "./dom";
import type { Stop, Way } from "./round";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 320;
const HEIGHT = 180;
const EDGE = 16;

type Point = [number, number];

/** « Route » of the card: a drawing with north upwards and the list of turns; null when there is nothing to show. */
export function road(stop: Stop, before: Stop | undefined): HTMLElement | null {
  const straight: Point[] = [before, stop].flatMap((one) => one && one.lat !== null && one.lon !== null ? [[one.lon, one.lat] as Point] : []);
  const known = stop.way ?? null;
  const line = known && known.line.length > 1 ? known.line : straight;
  if (line.length < 2 || same(line)) return null;
  const total = known?.turns.reduce((sum, turn) => sum + turn.distance_m, 0) ?? 0;
  // Opened, it comes up under the heading: the buttons stay in place below and would hide it.
  const shown = (event: Event) => {
    const box = event.target as HTMLDetailsElement;
    if (box.open) box.scrollIntoView({ block: "start" });
  };
  return h("details", { class: "road", ontoggle: shown },
    h("summary", {}, known ? `Route : ${metres(total)}` : "Direction (route inconnue)"),
    drawing(line, known !== null),
    known && known.turns.length > 0 && turns(known));
}

function same(line: readonly Point[]): boolean {
  return line.every(([lon, lat]) => Math.abs(lon - line[0]![0]) < 1e-5 && Math.abs(lat - line[0]![1]) < 1e-5);
}

function turns(way: Way): HTMLElement {
  return h("ol", { class: "turns" }, ...way.turns.map((turn) => h("li", {},
    h("span", {}, turn.text), turn.distance_m > 0 && h("span", { class: "muted" }, ` ${metres(turn.distance_m)}`))));
}

/** North upwards, both axes at one scale; a dashed line is not a road. */
function drawing(line: readonly Point[], isRoad: boolean): Node {
  const shrink = Math.cos((line[0]![1] * Math.PI) / 180);
  const flat = line.map(([lon, lat]): Point => [lon * shrink, -lat]);
  const xs = flat.map(([x]) => x);
  const ys = flat.map(([, y]) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [wide, high] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const scale = Math.min((WIDTH - 2 * EDGE) / (wide || 1e-9), (HEIGHT - 2 * EDGE) / (high || 1e-9));
  const at = flat.map(([x, y]): Point => [
    Math.round((x - left) * scale + (WIDTH - wide * scale) / 2), Math.round((y - top) * scale + (HEIGHT - high * scale) / 2),
  ]);
  const [from, to] = [at[0]!, at[at.length - 1]!];
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": isRoad ? "Tracé de la route, le nord en haut" : "Direction à vol d'oiseau, le nord en haut" },
    svg("polyline", { points: at.map((point) => point.join(",")).join(" "), class: isRoad ? "road-line" : "road-line straight" }),
    svg("circle", { cx: from[0], cy: from[1], r: 5, class: "road-from" }),
    svg("circle", { cx: to[0], cy: to[1], r: 8, class: "road-to" }));
}

function svg(tag: string, properties: Record<string, string | number>, ...children: Node[]): Node {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}
