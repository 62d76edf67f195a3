// The large card: one door, what to bring, how to get in, and the buttons to say what happened. Two touches as a rule.
import { day, h, hour, plural } from "./dom";
import { degrees, type Door, type DoorKind, type MealRound, type Wellbeing } from "./meal-round";

/** What the card asks next: nothing yet, or how a delivery of this kind went. */
export type Asking = null | "delivered" | "neighbour" | "absent" | "refused" | "worry_delivered" | "worry_absent" | "worry_refused";
export interface Said { celsius?: number | null; wellbeing?: Wellbeing | null; note?: string }
export interface MealActions {
  tap: (kind: DoorKind, said?: Said) => void;
  depart: (celsius: number) => void;
  ask: (asking: Asking) => void;
  /** What was typed of this door's temperature. */
  celsius: string;
  type: (celsius: string) => void;
}

export const STATUS: Record<Door["status"], string> = {
  to_do: "À livrer", delivered: "Livré", neighbour: "Chez un voisin", absent: "Absent", refused: "Refusé", blocked: "Retenu",
};
const MOMENTS = { lunch: "déjeuner", dinner: "dîner" } as const;
const celsius = (value: number): string => `${value.toLocaleString("fr-FR", { signDisplay: "exceptZero", minimumFractionDigits: 1 })}\u00a0°C`;

export function statusLine(door: Door): string {
  const words = [STATUS[door.status]];
  if (door.wellbeing === "worry") words.push("inquiétude signalée");
  else if (door.wellbeing === "well") words.push("tout va bien");
  if (door.note && door.status !== "to_do") words.push(door.note);
  return words.join(", ");
}

/** The van's temperature on leaving: needed before the first tray, and below the limit. */
export function departureCard(round: MealRound, act: MealActions): HTMLElement[] {
  const warm = round.departure.state === "warm";
  const input = h("input", { id: "departure-c", type: "text", inputmode: "decimal", autocomplete: "off", required: true, "aria-describedby": "departure-problem" });
  const problem = h("p", { id: "departure-problem", class: "problem", role: "alert", hidden: true }, "Écrivez une température, par exemple 2,5.");
  return [
    h("p", { class: "eyebrow" }, "Départ", h("span", { class: "planned" }, `prévu à ${hour(round.starts_at)}`)),
    h("h2", { id: "meal-name", tabindex: -1 }, warm ? "Ne partez pas avec ces plateaux" : "Température du fourgon"),
    warm ? h("p", { class: "problem" }, `Mesuré ${celsius(round.departure.celsius!)}, pour ${celsius(round.limit_c)} au plus. Le CIAS est prévenu. Refroidissez, puis mesurez de nouveau.`)
      : h("p", {}, `${plural(round.doors.length, "porte", "portes")}, ${plural(round.doors.reduce((sum, door) => sum + door.trays.length, 0), "plateau", "plateaux")}. Au plus ${celsius(round.limit_c)} pour partir.`),
    h("form", { class: "actions", novalidate: true, onsubmit: (event) => {
      event.preventDefault();
      const value = degrees(input.value);
      if (value !== null) act.depart(value);
      else { problem.hidden = false; input.setAttribute("aria-invalid", "true"); input.focus(); }
    } },
      h("label", { for: "departure-c" }, "Température mesurée (°C)"), input, problem,
      h("button", { type: "submit", class: "big" }, warm ? "Noter la nouvelle mesure" : "Noter et partir")),
  ];
}

/** The card's content. */
export function doorCard(round: MealRound, door: Door, isNext: boolean, asking: Asking, act: MealActions): HTMLElement[] {
  const head = [
    h("p", { class: "eyebrow" }, isNext ? "Prochaine porte" : `Porte ${door.position}`, h("span", { class: "planned" }, `prévue à ${hour(door.arrival_at)}`)),
    h("h2", { id: "meal-name", tabindex: -1 }, door.name),
    h("p", { class: "commune" }, [door.address, door.commune].filter(Boolean).join(", ")),
  ];
  if (asking) return [...head, panel(asking, act)];
  return [
    ...head,
    ...(door.access_note ? [h("p", { class: "note access" }, h("strong", {}, "Accès : "), door.access_note)] : []),
    ...(door.window_from && door.window_until ? [h("p", { class: "muted small" }, `Souhaite être servi entre ${clock(door.window_from)} et ${clock(door.window_until)}.`)] : []),
    h("ul", { class: "trays", "aria-label": "Plateaux à remettre" }, ...door.trays.map((tray) => h("li", {},
      h("strong", {}, `${MOMENTS[tray.moment]} du ${day(tray.day)}`), tray.label && h("span", { class: "badge info" }, tray.label)))),
    links(door),
    door.status === "to_do" ? buttons(round, act) : said(door, act),
  ];
}

const clock = (text: string): string => `${Number(text.slice(0, 2))}\u00a0h\u00a0${text.slice(3, 5)}`;

function links(door: Door): HTMLElement {
  const label = encodeURIComponent([door.address, door.commune].filter(Boolean).join(", "));
  return h("p", { class: "way" },
    door.phone && h("a", { class: "button second", href: `tel:${door.phone.replace(/[^0-9+]/g, "")}` }, "Appeler"),
    door.lat !== null && door.lon !== null && h("a", { class: "button second", href: `geo:${door.lat},${door.lon}?q=${door.lat},${door.lon}(${label})` }, "Itinéraire"));
}

function buttons(round: MealRound, act: MealActions): HTMLElement {
  const left = round.departure.state === "warm";
  const input = h("input", { id: "tray-c", type: "text", inputmode: "decimal", autocomplete: "off", value: act.celsius, "aria-describedby": "tray-warm" });
  const problem = h("p", { id: "tray-warm", class: "problem", role: "alert" });
  const hold = h("button", { type: "button", class: "big danger", onclick: () => act.tap("blocked", { celsius: degrees(input.value) }) }, "Retenir ces plateaux");
  const hand = h("button", { type: "button", class: "big", onclick: () => act.ask("delivered") }, "Livré");
  const neighbour = h("button", { type: "button", class: "second", onclick: () => act.ask("neighbour") }, "Chez un voisin");
  // In place: a button made anew while a finger comes down on it would miss the touch.
  const judge = () => {
    const measured = degrees(input.value);
    const warm = measured !== null && measured > round.limit_c;
    problem.hidden = hold.hidden = !(warm || left);
    hand.hidden = neighbour.hidden = warm || left;
    problem.textContent = left ? "Le fourgon est parti trop chaud : ces plateaux ne se remettent pas."
      : warm ? `Plus de ${celsius(round.limit_c)} : ces plateaux ne se remettent pas.` : "";
  };
  input.addEventListener("input", () => { act.type(input.value); judge(); });
  judge();
  return h("div", { class: "meal-actions" },
    h("div", { class: "row tray-c" }, h("label", { for: "tray-c" }, "Température du plateau (°C), si mesurée"), input),
    problem,
    h("div", { class: "actions" }, hold, hand, h("div", { class: "three" }, neighbour,
      h("button", { type: "button", class: "second", onclick: () => act.ask("absent") }, "Absent"),
      h("button", { type: "button", class: "second", onclick: () => act.ask("refused") }, "Refusé"))));
}

function said(door: Door, act: MealActions): HTMLElement {
  const tone = door.wellbeing === "worry" || door.status === "blocked" ? "urgent" : door.status === "delivered" ? "ok" : "plan";
  return h("div", { class: "said" },
    h("p", { class: `badge ${tone}` }, statusLine(door)),
    door.status_at && h("span", { class: "muted small" }, ` à ${hour(door.status_at)}`),
    h("button", { type: "button", class: "second", onclick: () => act.tap("undone") }, "Annuler cette saisie"));
}

function panel(asking: Exclude<Asking, null>, act: MealActions): HTMLElement {
  const back = h("button", { type: "button", class: "quiet", onclick: () => act.ask(null) }, "Retour");
  const more = { celsius: degrees(act.celsius) };
  if (asking === "delivered" || asking === "refused") {
    return h("div", { class: "reasons" },
      h("fieldset", {},
        h("legend", { tabindex: -1, id: "meal-why" }, asking === "delivered" ? "Livré. Comment va la personne ?" : "Refusé. Comment va la personne ?"),
        h("button", { type: "button", class: "big", onclick: () => act.tap(asking, { ...more, wellbeing: "well" }) }, "Tout va bien"),
        h("button", { type: "button", class: "big danger", onclick: () => act.ask(`worry_${asking}`) }, "Inquiétude"),
        h("button", { type: "button", class: "second", onclick: () => act.tap(asking, more) }, "Pas vue")),
      back);
  }
  const worry = asking.startsWith("worry_");
  const kind = asking.replace("worry_", "") as "delivered" | "neighbour" | "absent" | "refused";
  const words = worry ? "Qu'est-ce qui vous inquiète ?" : kind === "neighbour" ? "Chez qui ?" : "Une précision ?";
  const input = h(worry ? "textarea" : "input", { id: "meal-note", maxlength: 300, autocomplete: "off", ...(worry ? { rows: 3 } : {}) });
  return h("form", { class: "reasons", onsubmit: (event) => {
    event.preventDefault();
    act.tap(kind, { ...more, wellbeing: worry ? "worry" : null, note: input.value.trim() });
  } },
    h("fieldset", {},
      h("legend", { tabindex: -1, id: "meal-why" }, worry ? "Inquiétude" : STATUS[kind]),
      h("label", { for: "meal-note" }, words), input,
      h("button", { type: "submit", class: worry ? "big danger" : "big" }, worry ? "Prévenir le CIAS" : "Noter"),
      kind === "absent" && !worry && h("button", { type: "button", class: "second", onclick: () => act.ask("worry_absent") }, "Inquiétude")),
    back);
}

/** One line about the tap just made, with the way back. */
export function lastDoor(door: Door, undo: () => void): HTMLElement {
  return h("p", { class: "last" }, h("span", {}, `${door.name} – ${statusLine(door)}`),
    h("button", { type: "button", class: "quiet", onclick: undo }, "Annuler", h("span", { class: "visually-hidden" }, ` : ${door.name}`)));
}

/** The card when nothing is left to do. */
export function roundOver(doors: readonly Door[]): HTMLElement[] {
  const handed = doors.filter((door) => door.status === "delivered" || door.status === "neighbour").length;
  const other = doors.length - handed;
  return [
    h("p", { class: "eyebrow" }, "Tournée terminée"),
    h("h2", { id: "meal-name", tabindex: -1 }, other ? `${plural(other, "porte sans remise", "portes sans remise")}` : "Bravo, tout est livré"),
    h("p", {}, `${plural(handed, "remise", "remises")}. Rapportez les plateaux non remis au froid.`),
    h("p", { class: "muted small" }, "Pour corriger une saisie, touchez sa porte dans la liste."),
  ];
}
