// What is around the card: progress, network and waiting taps, remarks, the list of doors, other rounds of the day.
import { fill, h, hour, kilometres, plural } from "./dom";
import { statusLine } from "./meal-card";
import type { Door, KeptMealTap, MealChoice, MealRound } from "./meal-round";
import type { Link } from "./sync";

const $ = (id: string) => document.getElementById(id)!;

export interface MealsAround { link: Link; online: boolean; sentence: string; taps: readonly KeptMealTap[]; read: boolean; ready: boolean }

export function showMealHeading(round: MealRound | null): void {
  const told = round?.doors.filter((door) => door.status !== "to_do").length ?? 0;
  fill($("meal-van"), [round?.van, round?.shift], () => [round ? `${round.van} · ${round.shift}` : ""]);
  fill($("meal-heading"), round && [told, round.doors.length, round.distance_m], () => round ? [
    h("h1", {}, `${told} / ${plural(round.doors.length, "porte", "portes")}, ${kilometres(round.distance_m)}`),
    h("progress", { max: Math.max(1, round.doors.length), value: told, "aria-label": "Portes faites" }),
  ] : [h("h1", {}, "Mes repas")]);
}

export function showMealState({ link, online, taps, read, ready }: MealsAround): void {
  const waiting = taps.filter((tap) => tap.state === "waiting").length;
  const offline = !online || link === "away";
  fill($("meal-state"), [waiting, offline, read, ready], () => [
    offline && h("span", { class: "badge plan" }, "hors ligne"),
    waiting > 0 && h("span", { class: "badge info", "data-waiting": waiting }, `en attente d'envoi : ${waiting}`),
    read && !offline && waiting === 0 && h("span", { class: "badge ok" }, "tout est envoyé"),
    ready && !offline && h("span", { class: "badge", "data-ready": true }, "prête hors ligne"),
  ]);
}

export function showMealNotices({ link, sentence, taps }: MealsAround, dismiss: (tap: KeptMealTap) => void): void {
  const waiting = taps.filter((tap) => tap.state === "waiting").length;
  const told = taps.filter((tap) => tap.state !== "waiting");
  fill($("meal-notices"), [link, sentence, told, waiting], () => [
    link === "signed_out" && h("div", { class: "problem" },
      h("p", {}, waiting ? `Votre session a expiré. Reconnectez-vous : ${plural(waiting, "saisie est gardée et partira", "saisies sont gardées et partiront")} aussitôt.` : "Votre session a expiré : reconnectez-vous."),
      h("a", { class: "button", href: `/connexion?suite=${encodeURIComponent(location.pathname + location.search)}` }, "Se reconnecter")),
    link === "trouble" && h("p", { class: "problem" }, `L'envoi a échoué : ${sentence} Nouvel essai dans un moment.`),
    link === "ok" && sentence !== "" && h("p", { class: "problem" }, sentence),
    ...told.map((one) => h("div", { class: one.state === "refused" ? "problem" : "note" },
      h("p", {}, h("strong", {}, one.state === "refused" ? "Saisie refusée – " : ""), `${one.label}, ${hour(one.tap.happened_at)} : ${one.sentence}`),
      h("button", { type: "button", class: "second", onclick: () => dismiss(one) }, "J'ai lu"))),
  ]);
}

const MARKS = { to_do: "", delivered: "✓", neighbour: "✓", absent: "✕", refused: "✕", blocked: "✕" } as const;

/** Every door, one row each; a row keeps its place and focus while others change. */
export function showDoors(round: MealRound | null, current: number | null, taps: readonly KeptMealTap[], choose: (door: Door) => void): void {
  const list = $("meal-doors");
  list.parentElement!.hidden = !round;
  const doors = round?.doors ?? [];
  const wanted = new Set(doors.map((door) => `door-${door.id}`));
  for (const row of [...list.children]) if (!wanted.has(row.id)) row.remove();
  doors.forEach((door, index) => {
    const row = list.querySelector(`#door-${door.id}`) ?? h("li", { id: `door-${door.id}` });
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    const waits = taps.some(({ tap, state }) => state === "waiting" && "door_id" in tap && tap.door_id === door.id);
    const hadFocus = row.contains(document.activeElement);
    fill(row, [door, waits, current === door.id], () => [doorRow(door, waits, current === door.id, choose)]);
    if (hadFocus) row.querySelector("button")?.focus();
  });
}

function doorRow(door: Door, waits: boolean, current: boolean, choose: (door: Door) => void): HTMLElement {
  const tone = MARKS[door.status] === "✓" ? "done" : door.status === "to_do" ? "to_do" : "not_done";
  return h("button", { type: "button", class: `stop ${tone}`, "aria-current": current && "step", onclick: () => choose(door) },
    h("span", { class: "mark", "aria-hidden": "true" }, MARKS[door.status] || String(door.position)),
    h("span", { class: "what" },
      h("span", { class: "name" }, door.name),
      h("span", { class: "muted small" }, [door.commune, plural(door.trays.length, "plateau", "plateaux")].filter(Boolean).join(" · ")),
      door.status !== "to_do" && h("span", { class: "small told" }, statusLine(door), waits ? " – en attente d'envoi" : "")),
    h("span", { class: "hour" }, hour(door.arrival_at)));
}

/** Other rounds of meals of the day. */
export function showMealChoices(choices: readonly MealChoice[], current: number | null): void {
  const others = choices.filter((choice) => choice.id !== current);
  const box = $("meal-choices");
  box.hidden = others.length === 0;
  fill(box, others, () => [
    h("h2", {}, "Autres tournées de repas"),
    h("ul", { class: "choices" }, ...others.map((choice) => h("li", {},
      h("a", { href: `/chauffeur?repas=${choice.id}` },
        h("span", { class: "name" }, `${choice.van} · ${choice.shift}`),
        h("span", { class: "muted small" }, `${choice.doors_told} / ${plural(choice.doors, "porte", "portes")}${choice.status === "done" ? " · terminée" : ""}`))))),
  ]);
}
