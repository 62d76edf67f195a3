// The points on the board's map: each shows the worst of its containers, as the list has them now. The list is the
// only source: what it filters, the map filters.
import type { Feature, FeatureCollection, Point } from "geojson";
import type { GeoJSONSource, MapLayerMouseEvent } from "maplibre-gl";
import { createMap, type MapLibreMap } from "../web/map";
import { ask } from "../web/server";

interface Place { id: number; name: string; commune: string }
interface Points { features: { geometry: { type: "Point"; coordinates: [number, number] }; properties: Place }[] }

const LEVELS = ["urgent", "plan", "ok", "unknown"] as const; // the worst first
type Level = typeof LEVELS[number];
const COLOURS: Record<Level, string> = { urgent: "#b91c1c", plan: "#d97706", ok: "#15803d", unknown: "#64748b" };
// The shapes of `_marks.html`, drawn from their centre on a square of 20.
const SHAPES: Record<Level, string> = {
  urgent: "M10 1 19 18H1Z", plan: "M10 1 19 10 10 19 1 10Z",
  ok: "M10 3a7 7 0 1 0 .01 0Z", unknown: "M3 3H17V17H3Z",
};
const DRAW_EVERY_MS = 1000;
const SIZE = 44; // pixels of the drawing, shown at half

export function drawPoints(element: HTMLElement, rows: HTMLTableSectionElement): { update(): void } {
  let map: MapLibreMap | null = null;
  let points: Points = { features: [] };
  let drawn = "";
  let waiting = false;

  // The list comes first: the map is drawn at most once a second, whatever the number of events.
  function update(): void {
    if (waiting) return;
    waiting = true;
    setTimeout(() => { waiting = false; draw(); }, DRAW_EVERY_MS);
  }
  function draw(): void {
    if (!map) return;
    const collection = gather(points, rows);
    const text = JSON.stringify(collection);
    if (text === drawn) return;
    drawn = text;
    (map.getSource("points") as GeoJSONSource | undefined)?.setData(collection);
  }

  void (async () => {
    const [made, found] = await Promise.all([
      createMap(element),
      ask<Points>("GET", "/api/v1/points").catch((): Points => ({ features: [] })),
    ]);
    if (!made) return;
    map = made;
    points = found;
    addLayers(map, rows);
    draw();
  })();
  return { update };
}

/** The points that have a row in the list, with the level of their worst container. */
function gather(points: Points, rows: HTMLTableSectionElement): FeatureCollection<Point> {
  const worst = new Map<string, HTMLTableRowElement>();
  const rank = (row: HTMLTableRowElement) => LEVELS.indexOf(row.dataset.level as Level);
  for (const row of rows.rows) {
    const known = worst.get(row.dataset.point!);
    const worse = !known || rank(row) < rank(known)
      || (rank(row) === rank(known) && Number(row.dataset.fill) > Number(known.dataset.fill));
    if (worse) worst.set(row.dataset.point!, row);
  }
  return {
    type: "FeatureCollection",
    features: points.features.flatMap((point) => {
      const row = worst.get(String(point.properties.id));
      if (!row) return [];
      const { id, name, commune } = point.properties;
      const level = row.dataset.level as Level;
      const figure = row.dataset.fill ? `${Math.round(Number(row.dataset.fill))} %` : "?";
      return [{ type: "Feature" as const, geometry: point.geometry, properties: { id, name, commune, level, figure, order: -LEVELS.indexOf(level) } }];
    }),
  };
}

function drawing(level: Level): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d")!;
  pen.scale(SIZE / 22, SIZE / 22);
  pen.translate(1, 1);
  const shape = new Path2D(SHAPES[level]);
  pen.lineJoin = "round";
  pen.lineWidth = 2;
  pen.strokeStyle = "#ffffff";
  pen.stroke(shape);
  pen.fillStyle = COLOURS[level];
  pen.fill(shape);
  return pen.getImageData(0, 0, SIZE, SIZE);
}

function addLayers(map: MapLibreMap, rows: HTMLTableSectionElement): void {
  for (const level of LEVELS) map.addImage(level, drawing(level), { pixelRatio: 2 });
  map.addSource("points", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addLayer({
    id: "points", type: "symbol", source: "points",
    layout: {
      "icon-image": ["get", "level"], "icon-allow-overlap": true, "icon-ignore-placement": true,
      "symbol-sort-key": ["get", "order"],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 7, 0.5, 10, 0.85, 13, 1.1],
      "text-field": ["step", ["zoom"], "", 10.5, ["get", "figure"]], "text-font": ["sans-serif"], "text-size": 12,
      "text-anchor": "left", "text-offset": [0.9, 0], "text-optional": true,
    },
    paint: { "text-color": "#1c1917", "text-halo-color": "#ffffff", "text-halo-width": 1.5 },
  });
  map.on("mouseenter", "points", () => { map.getCanvas().style.cursor = "pointer"; });
  map.on("mouseleave", "points", () => { map.getCanvas().style.cursor = ""; });
  map.on("click", "points", (event) => { void openPopup(map, event, rows); });
}

/** The point whose mark is nearest to the click: marks and figures of neighbours overlap. */
function nearest(map: MapLibreMap, event: MapLayerMouseEvent): Feature<Point> | undefined {
  const found = (event.features ?? []).filter((each): each is typeof each & Feature<Point> => each.geometry.type === "Point");
  const away = (each: Feature<Point>) => map.project(each.geometry.coordinates as [number, number]).dist(event.point);
  return found.sort((one, other) => away(one) - away(other))[0];
}

async function openPopup(map: MapLibreMap, event: MapLayerMouseEvent, rows: HTMLTableSectionElement): Promise<void> {
  const feature = nearest(map, event);
  if (!feature) return;
  const { Popup } = await import("maplibre-gl");
  const { id, name, commune } = feature.properties as Place;
  const title = document.createElement("h3");
  title.textContent = `${name}, ${commune}`;
  const list = document.createElement("ul");
  list.className = "popup-rows";
  for (const row of [...rows.rows].filter((each) => each.dataset.point === String(id))) {
    const line = document.createElement("li");
    line.append(
      row.querySelector(".mark")!.cloneNode(true), " ", row.querySelector("a")!.cloneNode(true),
      ` ${row.querySelector(".stream")!.textContent} · ${row.querySelector(".figure")!.textContent}`,
    );
    list.append(line);
  }
  const content = document.createElement("div");
  content.append(title, list);
  new Popup({ offset: 12 }).setLngLat(feature.geometry.coordinates as [number, number]).setDOMContent(content).addTo(map);
}
