// Draw a planning on the shared map: one line and numbered stops a truck, what is left out as small rings.
import type { GeoJSONSource } from "maplibre-gl";
import { createMap, type MapLibreMap } from "../web/map";
import { ask } from "../web/server";

export interface Stop {
  id: number; kind: string; number: number | null; name: string | null; commune: string;
  lat: number | null; lon: number | null; arrival_at: string; status: string; reason: string;
}
export interface Round {
  id: number; vehicle: string; vehicle_name: string; version: number; status: string; stops: Stop[];
}
export interface Planning {
  id: number; revision: string; status: string; progress: number; message: string; rounds: Round[];
  left_out: { point: string; commune: string; lat: number; lon: number; why: string; required: boolean }[];
}

const HOUR = new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Paris" });
const DASHES: [number, number][] = [[1, 0], [3, 1.5], [1, 1.5], [5, 2], [2, 1], [4, 1]];

/** The road to each stop but a round's first; null where none is known. */
interface RoundWays { round: number; stops: { stop: number; way: { line: [number, number][] } | null }[] }

let making: Promise<MapLibreMap | null> | undefined;
let framed = "";
let drawing = "";

/** Show these rounds; the view moves only when the places change. */
export async function drawRounds(planning: Planning, colours: Record<string, string>): Promise<void> {
  const element = document.getElementById("carte");
  if (!element) return;
  writeLegend(planning, colours);
  making ??= createMap(element).then((map) => { if (map) addLayers(map); return map; });
  const map = await making;
  if (!map) return;
  const lines = (roads: RoundWays[]) => planning.rounds.map((round, rank) => ({
    type: "Feature" as const,
    geometry: { type: "LineString" as const, coordinates: along(round, roads.find((one) => one.round === round.id)) },
    properties: { colour: colours[round.vehicle] ?? "#444", rank: rank % DASHES.length },
  })).filter((way) => way.geometry.coordinates.length > 1);
  const stops = planning.rounds.flatMap((round) => round.stops
    .filter((stop) => stop.lat !== null && (stop.kind === "collect" || stop.kind === "unload" || stop.kind === "start"))
    .map((stop) => dot(stop.lon!, stop.lat!, {
      colour: colours[round.vehicle] ?? "#444",
      label: stop.kind === "collect" ? String(stop.number) : stop.kind === "unload" ? "V" : "D",
      done: stop.status === "done",
      text: `${round.vehicle_name}, ${HOUR.format(new Date(stop.arrival_at))} : ${[stop.commune, stop.name].filter(Boolean).join(", ")}. ${stop.reason}`,
    })));
  const left = planning.left_out.map((one) => dot(one.lon, one.lat, {
    required: one.required, text: `${one.commune}, ${one.point} : laissée de côté. ${one.why}`,
  }));
  set(map, "ways", lines([])); // straight, until the roads come
  set(map, "stops", stops);
  set(map, "left", left);
  frame(map, stops.length ? stops : left);
  drawing = planning.revision;
  if (!stops.length) return;
  try {
    const roads = await ask<RoundWays[]>("GET", `/api/v1/plannings/${planning.id}/ways`);
    if (drawing === planning.revision) set(map, "ways", lines(roads));
  } catch { /* straight lines say the order all the same */ }
}

/** The round's line: its roads where they are known, straight from stop to stop elsewhere. */
function along(round: Round, roads?: RoundWays): number[][] {
  const known = new Map(roads?.stops.map((one) => [one.stop, one.way?.line ?? []]));
  return round.stops.filter((stop) => stop.lat !== null)
    .flatMap((stop) => [...(known.get(stop.id) ?? []), [stop.lon!, stop.lat!]]);
}

function dot(lon: number, lat: number, properties: Record<string, unknown>) {
  return { type: "Feature" as const, geometry: { type: "Point" as const, coordinates: [lon, lat] }, properties };
}

function set(map: MapLibreMap, source: string, features: unknown[]): void {
  (map.getSource(source) as GeoJSONSource).setData({ type: "FeatureCollection", features } as never);
}

function addLayers(map: MapLibreMap): void {
  for (const source of ["ways", "left", "stops"]) {
    map.addSource(source, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  }
  DASHES.forEach((dash, rank) => map.addLayer({
    id: `ways-${rank}`, type: "line", source: "ways", filter: ["==", ["get", "rank"], rank],
    layout: { "line-join": "round" },
    paint: { "line-color": ["get", "colour"], "line-width": 3, "line-opacity": 0.8, "line-dasharray": dash },
  }));
  map.addLayer({
    id: "left", type: "circle", source: "left",
    paint: {
      "circle-radius": ["case", ["get", "required"], 7, 4.5], "circle-color": "#fff",
      "circle-stroke-width": 2, "circle-stroke-color": ["case", ["get", "required"], "#b91c1c", "#78716c"],
    },
  });
  map.addLayer({
    id: "stops", type: "circle", source: "stops",
    paint: {
      "circle-radius": 11, "circle-color": ["get", "colour"],
      "circle-stroke-width": ["case", ["get", "done"], 4, 2], "circle-stroke-color": ["case", ["get", "done"], "#16a34a", "#fff"],
    },
  });
  map.addLayer({
    id: "stop-numbers", type: "symbol", source: "stops",
    layout: { "text-field": ["get", "label"], "text-font": ["sans-serif"], "text-size": 12, "text-allow-overlap": true },
    paint: { "text-color": "#fff" },
  });
  for (const layer of ["stops", "left"]) {
    map.on("click", layer, (event) => {
      const text = String(event.features?.[0]?.properties.text ?? "");
      void import("maplibre-gl").then(({ Popup }) => new Popup({ maxWidth: "22rem" }).setLngLat(event.lngLat).setText(text).addTo(map));
    });
    map.on("mouseenter", layer, () => { map.getCanvas().style.cursor = "pointer"; });
    map.on("mouseleave", layer, () => { map.getCanvas().style.cursor = ""; });
  }
}

function frame(map: MapLibreMap, features: { geometry: { coordinates: number[] } }[]): void {
  const lons = features.map((one) => one.geometry.coordinates[0]!);
  const lats = features.map((one) => one.geometry.coordinates[1]!);
  if (!lons.length) return;
  const box: [number, number, number, number] = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
  if (box.join() === framed) return;
  framed = box.join();
  map.fitBounds(box, { padding: 50, maxZoom: 13, animate: false });
}

function writeLegend(planning: Planning, colours: Record<string, string>): void {
  const legend = document.getElementById("legende");
  if (!legend) return;
  legend.replaceChildren(...planning.rounds.map((round) => {
    const line = document.createElement("li");
    const swatch = document.createElement("span");
    swatch.className = "legend-swatch";
    swatch.style.background = colours[round.vehicle] ?? "#444";
    line.append(swatch, round.vehicle_name);
    return line;
  }));
  if (planning.rounds.length || planning.left_out.length) {
    for (const words of ["V : vidage, D : dépôt", "Anneau : laissée de côté"]) {
      const line = document.createElement("li");
      line.textContent = words;
      legend.append(line);
    }
  }
}
