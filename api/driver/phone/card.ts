// The large card: one stop, what there is to do there, and the buttons to say what happened.
import { cubic, h, hour, kilograms, plural, whole } from "./dom";
import type { Container, Stop, TapKind } from "./round";
import { road } from "./way";

/** What the driver may do from the card. */
export interface CardActions {
  tap: (kind: TapKind, reason?: string, weight?: number | null) => void;
  ask: (why: boolean) => void;
}

const REASONS = ["Inaccessible", "Stationnement gênant", "Colonne endommagée", "Camion plein"];
const HEAVIEST_KG = 40_000;
const DONE = { start: "Départ", collect: "Fait", unload: "Déchargé", break: "Pause prise", end: "Je suis rentré" } as const;

export function stopName(stop: Stop): string {
  if (stop.kind === "break") return "Pause";
  if (stop.kind === "unload") return `Déchargement : ${stop.name}`;
  if (stop.kind === "end") return `Retour : ${stop.name}`;
  if (stop.kind === "start") return `Départ : ${stop.name}`;
  return stop.name;
}

export function statusWords(stop: Stop): string {
  if (stop.status === "not_done") return `Pas fait : ${stop.status_reason}`;
  if (stop.status === "done") return stop.weight_kg === null ? "Fait" : `Fait : ${kilograms(stop.weight_kg)}`;
  return "À faire";
}

/** The card's content; `before` is where one comes from, `asking` shows the reasons instead of the buttons, `may` is false before the round's day. */
export function card(stop: Stop, before: Stop | undefined, isNext: boolean, asking: boolean, may: boolean, act: CardActions): HTMLElement[] {
  const parts: HTMLElement[] = [
    h("p", { class: "eyebrow" }, isNext ? "Prochain arrêt" : `Arrêt ${stop.position}`, h("span", { class: "planned" }, `prévu à ${hour(stop.arrival_at)}`)),
    h("h2", { id: "stop-name", tabindex: -1 }, stopName(stop)),
  ];
  if (stop.commune) parts.push(h("p", { class: "commune" }, stop.commune));
  if (asking) return [...parts, reasons(act)];
  if (stop.access_note) parts.push(h("p", { class: "note access" }, h("strong", {}, "Accès : "), stop.access_note));
  if (stop.containers.length) parts.push(h("ul", { class: "containers", "aria-label": "Colonnes à vider" }, ...stop.containers.map(container)));
  if (stop.reason) parts.push(h("p", { class: "muted small" }, stop.reason));
  if (stop.lat !== null && stop.lon !== null) parts.push(way(stop, stop.lat, stop.lon));
  const drawn = road(stop, before);
  if (drawn) parts.push(drawn);
  if (stop.kind === "collect") parts.push(h("p", { class: "muted small" }, `À bord en repartant : ${cubic(stop.load_l)}, ${kilograms(stop.load_kg)}`));
  if (!may) return parts;
  if (stop.status !== "to_do") parts.push(said(stop, act));
  else parts.push(stop.kind === "unload" ? weighing(act) : buttons(stop, act));
  return parts;
}

function container(one: Container): HTMLElement {
  const full = `${whole(one.fill_percent)}\u00a0%`;
  return h("li", {},
    h("span", { class: "code" }, one.code, h("span", { class: "muted" }, ` ${one.stream}`)),
    h("meter", { min: 0, max: 100, high: 90, value: Math.min(100, one.fill_percent), "aria-label": `Remplissage attendu de ${one.code}` }, full),
    h("span", { class: "figure" }, full));
}

function way(stop: Stop, lat: number, lon: number): HTMLElement {
  const label = encodeURIComponent([stop.name, stop.commune].filter(Boolean).join(", "));
  return h("p", { class: "way" },
    h("a", { class: "button second", href: `geo:${lat},${lon}?q=${lat},${lon}(${label})` }, "Itinéraire"),
    h("a", { class: "button second", target: "_blank", rel: "noreferrer", href: `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=17/${lat}/${lon}` },
      "Carte", h("span", { class: "visually-hidden" }, " OpenStreetMap, nouvel onglet")));
}

function buttons(stop: Stop, act: CardActions): HTMLElement {
  return h("div", { class: "actions" },
    h("button", { type: "button", class: "big", onclick: () => act.tap("done") }, DONE[stop.kind]),
    stop.kind === "collect" && h("button", { type: "button", class: "big second", onclick: () => act.ask(true) }, "Pas fait"));
}

function said(stop: Stop, act: CardActions): HTMLElement {
  return h("div", { class: "said" },
    h("p", { class: `badge ${stop.status === "done" ? "ok" : "urgent"}` }, statusWords(stop)),
    stop.status_at && h("span", { class: "muted small" }, ` à ${hour(stop.status_at)}`),
    h("button", { type: "button", class: "second", onclick: () => act.tap("undone") }, "Annuler cette saisie"));
}

function reasons(act: CardActions): HTMLElement {
  const other = h("input", { id: "other-reason", maxlength: 200, autocomplete: "off", enterkeyhint: "send" });
  return h("form", {
    class: "reasons",
    onsubmit: (event) => {
      event.preventDefault();
      if (other.value.trim()) act.tap("not_done", `Autre : ${other.value.trim()}`);
      else other.focus();
    },
  },
    h("fieldset", {},
      h("legend", { tabindex: -1, id: "why" }, "Pourquoi n'est-ce pas fait ?"),
      ...REASONS.map((reason) => h("button", { type: "button", class: "second", onclick: () => act.tap("not_done", reason) }, reason)),
      h("label", { for: "other-reason" }, "Autre raison"),
      h("div", { class: "row other" }, other, h("button", { type: "submit" }, "Noter"))),
    h("button", { type: "button", class: "quiet", onclick: () => act.ask(false) }, "Retour"));
}

function weighing(act: CardActions): HTMLElement {
  const weight = h("input", { id: "weight", type: "text", inputmode: "numeric", autocomplete: "off", "aria-describedby": "weight-problem" });
  const problem = h("p", { id: "weight-problem", class: "problem", role: "alert", hidden: true });
  const submit = (event: Event) => {
    event.preventDefault();
    const kg = Number(weight.value.replace(/[\s\u00a0\u202f]/g, ""));
    if (weight.value.trim() && Number.isInteger(kg) && kg >= 0 && kg <= HEAVIEST_KG) act.tap("done", "", kg);
    else {
      problem.textContent = `Écrivez le poids en kilogrammes entiers, de 0 à ${whole(HEAVIEST_KG)}.`;
      problem.hidden = false;
      weight.setAttribute("aria-invalid", "true");
      weight.focus();
    }
  };
  return h("form", { class: "actions weighing", onsubmit: submit },
    h("label", { for: "weight" }, "Poids déchargé, au pont-bascule (kg)"), weight, problem,
    h("button", { type: "submit", class: "big" }, DONE.unload),
    h("button", { type: "button", class: "second", onclick: () => act.tap("done") }, "Déchargé sans pesée"),
    h("button", { type: "button", class: "second", onclick: () => act.ask(true) }, "Pas fait"));
}

/** One line about the tap just made, with the way back. */
export function lastSaid(stop: Stop, undo: () => void): HTMLElement {
  return h("p", { class: "last" }, h("span", {}, `${stopName(stop)} – ${statusWords(stop)}`),
    h("button", { type: "button", class: "quiet", onclick: undo }, "Annuler", h("span", { class: "visually-hidden" }, ` : ${stopName(stop)}`)));
}

/** The card when nothing is left to do. */
export function finished(stops: readonly Stop[]): HTMLElement[] {
  const collected = stops.filter((stop) => stop.kind === "collect");
  const missed = collected.filter((stop) => stop.status === "not_done").length;
  const weight = stops.reduce((sum, stop) => sum + (stop.kind === "unload" ? stop.weight_kg ?? 0 : 0), 0);
  return [
    h("p", { class: "eyebrow" }, "Tournée terminée"),
    h("h2", { id: "stop-name", tabindex: -1 }, missed ? `Bravo, il reste ${plural(missed, "arrêt non fait", "arrêts non faits")}` : "Bravo, tout est fait"),
    h("p", {}, `${plural(collected.length - missed, "point vidé", "points vidés")}${weight ? `, ${kilograms(weight)} déchargés` : ""}.`),
    h("p", { class: "muted small" }, "Pour corriger une saisie, touchez son arrêt dans la liste."),
  ];
}
