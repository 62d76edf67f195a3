// The visitor in front of the agent: who comes with what, what the rules say, what the agent does. Draws, decides nothing.
import { h } from "../../driver/phone/dom";
import type { Brought, SiteState } from "./memory";
import type { Left, Looked } from "./sync";

/** A visitor being looked at; `said` is the server's or the list's word, null when neither could answer. */
export interface Visit {
  /** When it was read: a code holds a minute, whatever time the agent then takes. */
  at: string; badge: string; vehicle: string; trailer: string; brought: Brought[];
  said: Looked | null; seen: "server" | "list" | "none"; asking: boolean;
}
export interface Acts {
  identify: (badge: string, vehicle: string, trailer: string) => void;
  camera: () => void;
  declare: (brought: Brought[]) => void;
  enter: (reason: string | null) => void;
  refuse: () => void;
  cancel: () => void;
}

const TRAILERS = [["none", "Sans remorque"], ["empty", "Remorque vide"], ["loaded", "Remorque chargée"]] as const;
const REASONS = ["Badge oublié, identité vérifiée", "Consigne de la collectivité", "Erreur de droits signalée"];
const LITRES = 1000;

const select = (id: string, label: string, options: readonly (readonly [string, string])[], chosen: string) =>
  h("label", { for: id }, label, h("select", { id }, ...options.map(([code, text]) => h("option", { value: code, selected: code === chosen }, text))));

/** The form that asks who is there. */
export function arrival(site: SiteState, acts: Acts, canScan: boolean): HTMLElement[] {
  const badge = h("input", { id: "badge", autocomplete: "off", autocapitalize: "characters", spellcheck: false, maxlength: 1000, required: true, enterkeyhint: "go" });
  const vehicle = select("vehicle", "Véhicule", site.vehicles.map((one) => [one.code, one.label] as const), "car");
  const trailer = select("trailer", "Remorque", TRAILERS, "none");
  const submit = (event: Event) => {
    event.preventDefault();
    acts.identify(badge.value.trim(), vehicle.querySelector("select")!.value, trailer.querySelector("select")!.value);
  };
  return [
    h("h2", { id: "visit-title", tabindex: -1 }, "Qui se présente ?"),
    h("form", { class: "stack", onsubmit: submit },
      h("label", { for: "badge" }, "Badge ou plaque d'immatriculation", badge),
      h("div", { class: "pair" }, vehicle, trailer),
      h("button", { type: "submit", class: "big" }, "Contrôler"),
      canScan && h("button", { type: "button", class: "big second", onclick: acts.camera }, "Lire un QR code")),
  ];
}

/** The decision, the load, and what the agent may do. */
export function visitor(site: SiteState, visit: Visit, acts: Acts): HTMLElement[] {
  const { said } = visit;
  const category = said?.category ? site.categories[said.category] ?? said.category : "";
  const tone = said === null ? "check" : said.opens ? "yes" : "no";
  const title = said === null ? "À vérifier" : said.opens ? "Entrée possible" : "Entrée refusée";
  const text = said?.text ?? "Hors ligne et sans liste valable : laissez entrer si vous le jugez bon, le badge sera vérifié plus tard.";
  return [
    h("div", { class: `decision ${tone}`, role: "status" },
      h("h2", { id: "visit-title", tabindex: -1 }, title),
      h("p", {}, [category, text].filter(Boolean).join(" – ")),
      visit.seen === "list" && h("p", { class: "small" }, "Décidé par la liste de ce téléphone.")),
    ...(said?.warnings ?? []).map((one) => h("p", { class: "note" }, one)),
    ...leftovers(said?.left ?? [], site),
    ...priced(said, site),
    declaration(site, visit, said?.category ?? null, acts),
    visit.asking ? reasons(acts) : choices(visit, acts),
  ];
}

function leftovers(left: readonly Left[], site: SiteState): HTMLElement[] {
  if (!left.length) return [];
  return [h("ul", { class: "left", "aria-label": "Droits restants" }, ...left.map((one) => h("li", {},
    `${quantity(Math.max(0, one.limit - one.used), one.unit)} sur ${quantity(one.limit, one.unit)}`,
    one.material ? ` (${site.materials[one.material] ?? one.material})` : "")))];
}

function priced(said: Looked | null, site: SiteState): HTMLElement[] {
  const charges = said?.charges ?? [];
  if (!charges.length) return [];
  return [h("ul", { class: "left", "aria-label": "À facturer" }, ...charges.map((one) => h("li", {},
    `${one.amount.replace(".", ",")}\u00a0€ – ${one.material ? site.materials[one.material] ?? one.material : one.clause}`)))];
}

function quantity(amount: number, unit: string): string {
  if (unit === "l") return `${(amount / LITRES).toLocaleString("fr-FR")}\u00a0m³`;
  if (unit === "kg") return `${amount}\u00a0kg`;
  return `${amount} ${unit === "passages" ? "passage" : "pièce"}${amount > 1 ? "s" : ""}`;
}

function declaration(site: SiteState, visit: Visit, category: string | null, acts: Acts): HTMLElement {
  const must = category === null || site.declares.includes(category);
  const rows = h("ul", { class: "brought" }, ...visit.brought.map((one, index) => h("li", {},
    h("span", {}, site.materials[one.material] ?? one.material),
    h("span", {}, [one.volume_l ? quantity(one.volume_l, "l") : "", one.weight_kg ? `${one.weight_kg}\u00a0kg` : ""].filter(Boolean).join(", ")),
    h("button", { type: "button", class: "quiet", onclick: () => acts.declare(visit.brought.filter((_, at) => at !== index)) },
      "Retirer", h("span", { class: "visually-hidden" }, ` ${site.materials[one.material] ?? one.material}`)))));
  const left = Object.entries(site.materials).filter(([code]) => !visit.brought.some((one) => one.material === code));
  const material = select("material", "Déchet", left, "");
  const volume = h("input", { id: "volume", inputmode: "decimal", autocomplete: "off" });
  const weight = h("input", { id: "weight", inputmode: "numeric", autocomplete: "off" });
  const problem = h("p", { class: "problem", role: "alert", hidden: true }, "Écrivez un volume en m³ ou un poids en kg entiers.");
  const add = (event: Event) => {
    event.preventDefault();
    const litres = Math.round(Number(volume.value.trim().replace(",", ".")) * LITRES);
    const kg = Number(weight.value.trim());
    const right = Number.isInteger(litres) && Number.isInteger(kg) && litres >= 0 && kg >= 0 && litres + kg > 0;
    problem.hidden = right;
    if (right) acts.declare([...visit.brought, { material: material.querySelector("select")!.value, volume_l: litres, weight_kg: kg, pieces: 0 }]);
    else volume.focus();
  };
  return h("details", { class: "fold", open: must || visit.brought.length > 0 },
    h("summary", {}, "Ce qui est apporté"),
    visit.brought.length > 0 && rows,
    left.length > 0 && h("form", { class: "declare", onsubmit: add }, material,
      h("div", { class: "pair" }, h("label", { for: "volume" }, "m³", volume), h("label", { for: "weight" }, "ou kg", weight)),
      problem, h("button", { type: "submit", class: "second" }, "Ajouter")));
}

function choices(visit: Visit, acts: Acts): HTMLElement {
  const yes = visit.said === null || visit.said.opens;
  return h("div", { class: "actions" },
    yes
      ? h("button", { type: "button", class: "big", onclick: () => acts.enter(null) }, "Laisser entrer")
      : h("button", { type: "button", class: "big", onclick: acts.refuse }, "Refuser l'entrée"),
    yes
      ? h("button", { type: "button", class: "second", onclick: acts.refuse }, "Refuser l'entrée")
      : h("button", { type: "button", class: "second", onclick: () => acts.enter("?") }, "Laisser entrer malgré tout…"),
    h("button", { type: "button", class: "quiet", onclick: acts.cancel }, "Abandonner ce contrôle"));
}

function reasons(acts: Acts): HTMLElement {
  const other = h("input", { id: "other", maxlength: 180, autocomplete: "off" });
  const submit = (event: Event) => {
    event.preventDefault();
    if (other.value.trim()) acts.enter(other.value.trim());
    else other.focus();
  };
  return h("form", { class: "reasons", onsubmit: submit },
    h("fieldset", {}, h("legend", { id: "why", tabindex: -1 }, "Pourquoi laisser entrer ?"),
      ...REASONS.map((one) => h("button", { type: "button", class: "second", onclick: () => acts.enter(one) }, one)),
      h("label", { for: "other" }, "Autre raison (sans nom)", other),
      h("button", { type: "submit", class: "second" }, "Laisser entrer pour cette raison")),
    h("button", { type: "button", class: "quiet", onclick: acts.cancel }, "Abandonner ce contrôle"));
}

