// What is around the card: progress, network and waiting taps, remarks, the list of stops, other rounds.
import { day, fill, h, hour, kilometres, plural } from "./dom";
import { statusWords, stopName } from "./card";
import { progress, type KeptTap, type Round, type RoundChoice, type Stop } from "./round";
import type { Link } from "./sync";

const $ = (id: string) => document.getElementById(id)!;

export interface Around {
  link: Link; online: boolean; sentence: string; taps: readonly KeptTap[]; others: number; ready: boolean;
  /** The phone's memory was read: before, nothing can be said of what waits. */
  read: boolean;
}

/** The heading: how far, which truck, which day. */
export function showHeading(round: Round | null, today: boolean): void {
  fill($("truck"), [round?.vehicle, round?.stream, round?.day, today], () => [
    round ? `${round.vehicle} · ${round.stream}${today ? "" : ` · ${day(round.day)}`}` : "",
  ]);
  fill($("heading"), round && [progress(round), round.distance_m], () => {
    if (!round) return [h("h1", {}, "Ma tournée")];
    const { told, all } = progress(round);
    return [
      h("h1", {}, `${told} / ${plural(all, "arrêt", "arrêts")}, ${kilometres(round.distance_m)}`),
      h("progress", { max: Math.max(1, all), value: told, "aria-label": "Arrêts faits ou signalés" }),
    ];
  });
}

/** Network and outbox: short, in one line, and said aloud when it changes. */
export function showState({ link, online, taps, others, ready, read }: Around): void {
  const waiting = taps.filter((tap) => tap.state === "waiting").length;
  const offline = !online || link === "away";
  fill($("state"), [waiting, offline, others, ready, read], () => [
    offline && h("span", { class: "badge plan" }, "hors ligne"),
    waiting > 0 && h("span", { class: "badge info", "data-waiting": waiting }, `en attente d'envoi : ${waiting}`),
    read && !offline && waiting === 0 && h("span", { class: "badge ok" }, "tout est envoyé"),
    others > 0 && h("span", { class: "badge" }, `${plural(others, "saisie d'un autre compte attend", "saisies d'un autre compte attendent")} sa connexion`),
    ready && !offline && h("span", { class: "badge", "data-ready": true }, "prête hors ligne"),
  ]);
}

/** What needs the driver's eyes: sign in again, a refusal, a remark, words about stops no longer shown. */
export function showNotices({ link, sentence, taps }: Around, round: Round | null, dismiss: (tap: KeptTap) => void): void {
  const waiting = taps.filter((tap) => tap.state === "waiting");
  const told = taps.filter((tap) => tap.state !== "waiting");
  const elsewhere = waiting.filter((tap) => !round?.stops.some((stop) => stop.id === tap.stop_id));
  fill($("notices"), [link, sentence, told, elsewhere, waiting.length], () => [
    link === "signed_out" && h("div", { class: "problem", "data-notice": "signed_out" },
      h("p", {}, waiting.length
        ? `Votre session a expiré. Reconnectez-vous : ${plural(waiting.length, "saisie est gardée et partira", "saisies sont gardées et partiront")} aussitôt.`
        : "Votre session a expiré : reconnectez-vous."),
      h("a", { class: "button", href: `/connexion?suite=${encodeURIComponent(location.pathname + location.search)}` }, "Se reconnecter")),
    link === "other" && h("div", { class: "problem", "data-notice": "other" },
      h("p", {}, "Une autre personne s'est connectée sur ce téléphone. Vos saisies sont gardées jusqu'à votre retour."),
      h("a", { class: "button", href: "/chauffeur" }, "Voir sa tournée")),
    link === "trouble" && h("p", { class: "problem", "data-notice": "trouble" }, `L'envoi a échoué : ${sentence} Nouvel essai dans un moment.`),
    link === "ok" && sentence !== "" && h("p", { class: "problem" }, sentence),
    ...told.map((tap) => h("div", { class: tap.state === "refused" ? "problem" : "note", "data-notice": tap.state },
      h("p", {}, h("strong", {}, tap.state === "refused" ? "Saisie refusée – " : ""), `${tap.label}, ${hour(tap.happened_at)} : ${tap.sentence}`),
      h("button", { type: "button", class: "second", onclick: () => dismiss(tap) }, "J'ai lu"))),
    elsewhere.length > 0 && h("p", { class: "note" },
      `En attente d'envoi, hors de la tournée affichée : ${elsewhere.map((tap) => tap.label).join(", ")}.`),
  ]);
}

const MARKS = { to_do: "", done: "✓", not_done: "✕" } as const;

/** Every stop, one row each; a row keeps its place and focus while others change. */
export function showStops(round: Round | null, current: number | null, taps: readonly KeptTap[], choose: (stop: Stop) => void): void {
  const list = $("stops");
  list.parentElement!.hidden = !round;
  const stops = round?.stops ?? [];
  const wanted = new Set(stops.map((stop) => `stop-${stop.id}`));
  for (const row of [...list.children]) if (!wanted.has(row.id)) row.remove();
  stops.forEach((stop, index) => {
    const row = list.querySelector(`#stop-${stop.id}`) ?? h("li", { id: `stop-${stop.id}` });
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    const waits = taps.some((tap) => tap.stop_id === stop.id && tap.state === "waiting");
    const hadFocus = row.contains(document.activeElement);
    fill(row, [stop, waits, current === stop.id], () => [stopRow(stop, waits, current === stop.id, choose)]);
    if (hadFocus) row.querySelector("button")?.focus();
  });
}

function stopRow(stop: Stop, waits: boolean, current: boolean, choose: (stop: Stop) => void): HTMLElement {
  const codes = stop.containers.map((container) => container.code).join(", ");
  return h("button", { type: "button", class: `stop ${stop.status}`, "aria-current": current && "step", onclick: () => choose(stop) },
    h("span", { class: "mark", "aria-hidden": "true" }, MARKS[stop.status] || String(stop.position)),
    h("span", { class: "what" },
      h("span", { class: "name" }, stopName(stop)),
      h("span", { class: "muted small" }, [stop.commune, codes].filter(Boolean).join(" · ")),
      stop.status !== "to_do" && h("span", { class: `small told` }, statusWords(stop), waits ? " – en attente d'envoi" : "")),
    h("span", { class: "hour" }, hour(stop.arrival_at)));
}

/** Other rounds one may open. */
export function showChoices(choices: readonly RoundChoice[], current: number | null, title: string): void {
  const others = choices.filter((choice) => choice.id !== current);
  const box = $("choices");
  box.hidden = others.length === 0;
  fill(box, [others, title], () => [
    h("h2", {}, title),
    h("ul", { class: "choices" }, ...others.map((choice) => h("li", {},
      h("a", { href: `/chauffeur?round=${choice.id}` },
        h("span", { class: "name" }, `${choice.vehicle} · ${choice.stream}`),
        h("span", { class: "muted small" }, [
          day(choice.day), `${choice.stops_told} / ${plural(choice.stops, "arrêt", "arrêts")}`, kilometres(choice.distance_m),
          choice.driver ?? "sans chauffeur", choice.status === "done" ? "terminée" : "",
        ].filter(Boolean).join(" · ")))))),
  ]);
}
