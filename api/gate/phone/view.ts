// What is around the visitor: the site's day, network and outbox, skips, remarks. Draws from values only.
import { fill, h, hour, plural, whole } from "../../driver/phone/dom";
import type { Kept, SiteState, Skip } from "./memory";
import type { Link } from "./sync";

const $ = (id: string) => document.getElementById(id)!;

export interface Around { link: Link; online: boolean; sentence: string; events: readonly Kept[]; others: number; ready: boolean; listed: boolean; read: boolean }

/** The site's counters, with what waits on the phone counted too. */
export function showHeading(site: SiteState | null, events: readonly Kept[]): void {
  const waiting = events.filter((one) => one.state === "waiting" && one.told.kind === "passage" && one.site === site?.site);
  const added = waiting.filter((one) => one.told.kind === "passage" && one.told.opened).length;
  fill($("counters"), site && [site.counters, waiting.length, added, site.hours], () => {
    if (!site) return [];
    const { entered, refused, to_check } = site.counters;
    return [
      count(entered + added, "entrées"), count(refused + waiting.length - added, "refus"), count(to_check, "à vérifier"),
      h("p", { class: "hours" }, site.hours[0] === "00:00-24:00" ? "Pas d'horaires au règlement" : site.hours.length ? `Ouvert aujourd'hui ${site.hours.map((one) => one.replaceAll(":", " h ").replaceAll(" h 00", " h").replace("-", " – ")).join(", ")}` : "Fermé aujourd'hui"),
    ];
  });
}

const count = (value: number, label: string) => h("p", { class: "count" }, h("strong", {}, whole(value)), ` ${label}`);

export function showState({ link, online, events, others, ready, listed, read }: Around): void {
  const waiting = events.filter((one) => one.state === "waiting").length;
  const offline = !online || link === "away";
  fill($("state"), [waiting, offline, others, ready, listed, read], () => [
    offline && h("span", { class: "badge plan" }, listed ? "hors ligne, la liste décide" : "hors ligne, sans liste"),
    waiting > 0 && h("span", { class: "badge info", "data-waiting": waiting }, `en attente d'envoi : ${waiting}`),
    read && !offline && waiting === 0 && h("span", { class: "badge ok" }, "tout est envoyé"),
    others > 0 && h("span", { class: "badge" }, `${plural(others, "saisie d'un autre compte attend", "saisies d'un autre compte attendent")} sa connexion`),
    ready && !offline && h("span", { class: "badge", "data-ready": true }, listed ? "prête hors ligne, avec la liste" : "prête hors ligne"),
  ]);
}

export function showNotices({ link, sentence, events }: Around, dismiss: (one: Kept) => void): void {
  const told = events.filter((one) => one.state !== "waiting");
  const waiting = events.length - told.length;
  fill($("notices"), [link, sentence, told, waiting], () => [
    link === "signed_out" && h("div", { class: "problem" },
      h("p", {}, waiting ? `Votre session a expiré. Reconnectez-vous : ${plural(waiting, "saisie est gardée", "saisies sont gardées")}.` : "Votre session a expiré : reconnectez-vous."),
      h("a", { class: "button", href: "/connexion?suite=/agent" }, "Se reconnecter")),
    link === "other" && h("p", { class: "problem" }, "Une autre personne s'est connectée sur ce téléphone : rechargez la page."),
    link === "trouble" && h("p", { class: "problem" }, `${sentence} Nouvel essai dans un moment.`),
    ...told.map((one) => h("div", { class: one.state === "refused" ? "problem" : "note" },
      h("p", {}, h("strong", {}, one.state === "refused" ? "Saisie refusée – " : ""), `${one.label}, ${hour(one.told.at)} : ${one.sentence}`),
      h("button", { type: "button", class: "second", onclick: () => dismiss(one) }, "J'ai lu"))),
  ]);
}

/** The skips, with what was just told of them. */
export function showSkips(site: SiteState | null, events: readonly Kept[], tell: (skip: Skip, percent: number, full: boolean) => void): void {
  const box = $("skips");
  box.parentElement!.hidden = !site?.skips.length;
  const waiting = events.flatMap((one) => one.state === "waiting" && one.told.kind === "level" ? [one.told] : []);
  fill(box, site && [site.skips, waiting], () => (site?.skips ?? []).map((skip) => {
    const mine = waiting.filter((one) => one.skip === skip.id).at(-1);
    const percent = mine?.percent ?? skip.percent;
    const asked = mine?.full || skip.haulage_status !== null;
    return h("li", {},
      h("div", { class: "skip-head" }, h("span", { class: "name" }, skip.label),
        h("span", { class: "muted small" }, percent === null ? "pas encore vue" : `${whole(percent)}\u00a0%`, skip.source === "probe" && !mine ? " (sonde)" : "")),
      h("meter", { min: 0, max: 100, high: 90, value: Math.min(100, percent ?? 0), "aria-label": `Remplissage de ${skip.label}` }),
      asked
        ? h("p", { class: "badge info" }, skip.haulage_status === "planned" ? "enlèvement prévu" : "enlèvement demandé")
        : h("div", { class: "levels" },
          ...[25, 50, 75].map((level) => h("button", { type: "button", class: "second", "aria-label": `${skip.label} : ${level} %`, onclick: () => tell(skip, level, false) }, `${level}\u00a0%`)),
          h("button", { type: "button", "aria-label": `${skip.label} : pleine`, onclick: () => tell(skip, 100, true) }, "Pleine")));
  }));
}

export function showSites(site: SiteState | null, choose: (code: string) => void): void {
  fill($("site"), site && [site.sites, site.site], () => {
    if (!site) return [];
    if (site.sites.length < 2) return [h("h1", {}, site.site_name)];
    return [h("h1", { class: "visually-hidden" }, site.site_name), h("label", { for: "site-choice" }, h("span", { class: "visually-hidden" }, "Site"),
      h("select", { id: "site-choice", onchange: (event) => choose((event.target as HTMLSelectElement).value) },
        ...site.sites.map((one) => h("option", { value: one.code, selected: one.code === site.site }, one.label))))];
  });
}
