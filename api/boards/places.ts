// Columns on the map of a board, coloured by their level.
import type { Map as MapLibreMap } from "maplibre-gl";
import { createMap } from "../web/map";

export interface Place { lat: number; lon: number; value: number | null; name: string }

export async function drawPlaces(element: HTMLElement, places: Place[]): Promise<void> {
  const lons = places.map((one) => one.lon), lats = places.map((one) => one.lat);
  const bounds: [number, number, number, number] = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
  const map: MapLibreMap | null = await createMap(element, { bounds });
  if (!map) return;
  map.addSource("columns", {
    type: "geojson",
    data: {
      type: "FeatureCollection",
      // The fullest last, so that they are drawn above.
      features: [...places].reverse().map((one) => ({
        type: "Feature" as const,
        geometry: { type: "Point" as const, coordinates: [one.lon, one.lat] },
        properties: { value: one.value ?? -1, name: one.name },
      })),
    },
  });
  map.addLayer({
    id: "columns", type: "circle", source: "columns",
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 4, 14, 9],
      "circle-color": ["step", ["get", "value"], "#64748b", 0, "#2f855a", 70, "#b7791f", 90, "#c53030"],
      "circle-stroke-color": "#ffffff", "circle-stroke-width": 1,
    },
  });
}
