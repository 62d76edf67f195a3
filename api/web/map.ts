// A map with a background: tiles when they can be reached, else a plain ground with the communes' names drawn
// from our own data. Knows nothing of containers or rounds: the page adds its own sources and layers.
//
// In a template: {% with map_id = "carte", map_label = "Carte des points" %}{% include "web/_map.html" %}{% endwith %}
// In an island:  const map = await createMap(element); if (map) { map.addSource(…); map.addLayer(…); }
import type { LngLatBoundsLike, Map as MapLibreMap, StyleSpecification } from "maplibre-gl";
import { ask } from "./server";

export type { MapLibreMap };

export interface Commune { insee: string; name: string; postcode: string; population: number; lat: number; lon: number }
export interface MapOptions {
  /** What to show first; all the communes when absent. */
  bounds?: LngLatBoundsLike;
}

const GROUND = "#eef0e6";
const PATIENCE_MS = 4000; // without a first tile by then, the names are drawn; a late tile takes them away

const WORDS = {
  "AttributionControl.ToggleAttribution": "Afficher ou masquer les crédits",
  "Map.Title": "Carte",
  "Marker.Title": "Repère",
  "NavigationControl.ResetBearing": "Remettre le nord en haut",
  "NavigationControl.ZoomIn": "Agrandir",
  "NavigationControl.ZoomOut": "Réduire",
  "Popup.Close": "Fermer",
  "ScaleControl.Meters": "m",
  "ScaleControl.Kilometers": "km",
  "CooperativeGesturesHandler.WindowsHelpText": "Ctrl + molette pour agrandir la carte",
  "CooperativeGesturesHandler.MacHelpText": "⌘ + molette pour agrandir la carte",
  "CooperativeGesturesHandler.MobileHelpText": "Deux doigts pour déplacer la carte",
};

/**
 * Make the map of a `web/_map.html` element; resolves once layers can be added, or with null (and a sentence in the
 * element) when this browser cannot draw maps: the page's list then stands alone.
 */
export async function createMap(element: HTMLElement, options: MapOptions = {}): Promise<MapLibreMap | null> {
  try {
    const [library, communes] = await Promise.all([
      import("maplibre-gl"),
      ask<Commune[]>("GET", "/api/v1/communes").catch(() => []),
    ]);
    library.setWorkerUrl(element.dataset.worker!);
    const bounds = options.bounds ?? around(communes);
    const map = new library.Map({
      container: element.querySelector<HTMLElement>(".map-canvas")!,
      style: ground(communes),
      ...(bounds ? { bounds, fitBoundsOptions: { padding: 40 } } : { center: [2.5, 46.6], zoom: 5 }),
      maxZoom: 18,
      fadeDuration: 0, // figures change often: a fade would keep the page drawing
      attributionControl: false,
      cooperativeGestures: true,
      dragRotate: false,
      pitchWithRotate: false,
      locale: WORDS,
    });
    map.touchZoomRotate.disableRotation();
    map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new library.ScaleControl(), "bottom-left");
    map.addControl(new library.AttributionControl({ compact: false }));
    map.getCanvas().setAttribute("aria-label", element.dataset.label ?? "Carte");
    await map.once("load");
    addBackground(map, element);
    element.dataset.ready = "yes";
    return map;
  } catch (problem) {
    console.info("map: not drawn", problem);
    element.classList.add("without-map");
    element.querySelector(".map-without")?.removeAttribute("hidden");
    element.dataset.ready = "no";
    return null;
  }
}

function around(places: { lat: number; lon: number }[]): [number, number, number, number] | undefined {
  if (!places.length) return undefined;
  const lons = places.map((place) => place.lon);
  const lats = places.map((place) => place.lat);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

function ground(communes: Commune[]): StyleSpecification {
  return {
    version: 8,
    sources: {
      communes: {
        type: "geojson",
        data: {
          type: "FeatureCollection",
          features: communes.map((commune) => ({
            type: "Feature",
            geometry: { type: "Point", coordinates: [commune.lon, commune.lat] },
            properties: { name: commune.name, population: commune.population },
          })),
        },
      },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": GROUND } },
      {
        id: "communes", type: "circle", source: "communes", layout: { visibility: "none" },
        paint: { "circle-radius": 2.5, "circle-color": "#78716c" },
      },
      {
        id: "commune-names", type: "symbol", source: "communes",
        // No glyph server: the browser draws the letters with its own fonts.
        layout: {
          visibility: "none", "text-field": ["get", "name"], "text-font": ["sans-serif"], "text-size": 12,
          "text-variable-anchor": ["top", "bottom", "left", "right"], "text-radial-offset": 0.5, "text-padding": 1,
          "symbol-sort-key": ["-", ["get", "population"]],
        },
        paint: { "text-color": "#44403c", "text-halo-color": GROUND, "text-halo-width": 1.5 },
      },
    ],
  };
}

function addBackground(map: MapLibreMap, element: HTMLElement): void {
  const note = element.querySelector<HTMLElement>(".map-note");
  const drawNames = (wanted: boolean) => {
    for (const layer of ["communes", "commune-names"]) {
      map.setLayoutProperty(layer, "visibility", wanted ? "visible" : "none");
    }
  };
  const { tiles, credit } = element.dataset;
  if (!tiles) return drawNames(true);

  let reached = false;
  const doWithout = () => {
    if (reached) return;
    drawNames(true);
    if (note) note.hidden = false;
  };
  map.on("error", (event) => { if ("tile" in event) doWithout(); else console.error(event.error); });
  map.on("sourcedata", (event) => {
    if (reached || event.sourceId !== "plan" || event.tile?.state !== "loaded") return;
    reached = true;
    drawNames(false);
    if (note) note.hidden = true;
  });
  map.addSource("plan", { type: "raster", tiles: [tiles], tileSize: 256, maxzoom: 18, attribution: credit ?? "" });
  map.addLayer({ id: "plan", type: "raster", source: "plan" }, "communes");
  setTimeout(doWithout, PATIENCE_MS);
}
