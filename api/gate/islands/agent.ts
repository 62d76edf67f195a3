// The agent's page: who comes, what the rules say, what was done. Writes everything down first, sends when it can.
import { fill, h } from "../../driver/phone/dom";
import { now } from "../../web/clock";
import { toast } from "../../web/toast";
import { scanCode } from "../phone/camera";
import { arrival, visitor, type Acts, type Visit } from "../phone/card";
import { decide, openList, type GateList } from "../phone/list";
import { dismiss, forget, keep, kept, keptList, keptSite, type Brought, type Kept, type SiteState, type Told } from "../phone/memory";
import { look, sync } from "../phone/sync";
import { showHeading, showNotices, showSites, showSkips, showState, type Around } from "../phone/view";

const page = document.getElementById("agent")!;
const account = page.dataset.account!;
const box = document.getElementById("visit")!;
const CHOSEN = `glaneur-agent-site/${account}`;
const REFRESH_MS = 30_000;
const FIRST_RETRY_MS = 3_000;
const LAST_RETRY_MS = 120_000;
const TO_CHECK = "À vérifier : décidé hors ligne, sans liste";

const around: Around = { link: "ok", online: navigator.onLine, sentence: "", events: [], others: 0, ready: false, listed: false, read: false };
let wanted = localStorage.getItem(CHOSEN) ?? "";
let site: SiteState | null = null;
let list: GateList | null = null;
let visit: Visit | null = null;
let retry = FIRST_RETRY_MS;
let timer = 0;
let running = false;
let again = false;
let step = 0; // makes the card anew for each visitor

async function read(): Promise<void> {
  const { own, others } = await kept(account);
  site = (await keptSite(account, wanted)) ?? site;
  const bytes = site?.keys ? await keptList(account) : null;
  list = bytes && site?.keys ? await openList(bytes, site.keys.public_key) : null;
  Object.assign(around, { events: own, others, listed: list !== null, read: true });
  show();
}

function show(): void {
  showSites(site, (code) => { wanted = code; localStorage.setItem(CHOSEN, code); site = null; visit = null; void read().then(run); });
  showHeading(site, around.events);
  showState(around);
  showNotices(around, (one) => void dismiss(one).then(read));
  showSkips(site, around.events, (skip, percent, full) => void tell(`${skip.label} : ${full ? "pleine" : `${percent} %`}`, {
    kind: "level", event_id: crypto.randomUUID(), at: now().toISOString(), skip: skip.id, percent, full,
  }));
  const canScan = !!navigator.mediaDevices?.getUserMedia;
  fill(box, [step, site?.site, site?.vehicles, visit], () => {
    if (!site) return [h("p", { class: "muted" }, around.link === "ok" ? "Chargement du site…" : around.sentence || "Le site n'est pas encore sur ce téléphone : il arrivera avec le réseau.")];
    return visit ? visitor(site, visit, acts) : arrival(site, acts, canScan);
  });
}

const acts: Acts = {
  identify: (badge, vehicle, trailer) => { if (badge) void examine({ at: now().toISOString(), badge, vehicle, trailer, brought: [], said: null, seen: "none", asking: false }); },
  camera: () => void read_code(),
  declare: (brought: Brought[]) => { if (visit) void examine({ ...visit, brought }); },
  enter: (reason) => {
    if (!visit) return;
    if (reason === "?") { visit = { ...visit, asking: true }; show(); document.getElementById("why")?.focus(); } else void done(true, reason);
  },
  refuse: () => void done(false, null),
  cancel: () => next(),
};

async function read_code(): Promise<void> {
  try {
    const text = await scanCode();
    if (text) acts.identify(text, "car", "none");
  } catch {
    toast("La caméra n'est pas disponible : tapez le numéro.", "problem");
  }
}

/** Ask the server; when it is away, the list; when there is none, it is for the agent to say. */
async function examine(given: Visit): Promise<void> {
  if (!site) return;
  let found: Visit = { ...given, said: null, seen: "none" };
  try {
    if (!navigator.onLine) throw new Error("offline");
    found = { ...given, said: await look(site.site, given.at, given.badge, given.vehicle, given.trailer, given.brought), seen: "server" };
  } catch (problem) {
    if (problem instanceof Error && "status" in problem && problem.status === 422) { toast(problem.message, "problem"); return; }
    const said = list && site.keys ? await decide(list, given.badge, site.keys, now()) : null;
    if (said) found = { ...given, said: { ...said, left: [], warnings: [], charges: [] }, seen: "list" };
  }
  visit = found;
  show();
  document.getElementById("visit-title")?.focus();
}

async function done(opened: boolean, reason: string | null): Promise<void> {
  if (!visit) return;
  const { at, badge, vehicle, trailer, brought, seen } = visit;
  const override = opened ? reason ?? (seen === "none" ? TO_CHECK : null) : null;
  const told: Told = { kind: "passage", event_id: crypto.randomUUID(), at, badge, vehicle, trailer, brought, override, opened, seen };
  if (await tell(opened ? "Entrée" : "Refus", told)) {
    navigator.vibrate?.(30);
    toast(opened ? "Entrée notée." : "Refus noté.");
    next();
  }
}

function next(): void {
  visit = null;
  step += 1;
  show();
  document.getElementById("badge")?.focus();
}

async function tell(label: string, told: Told): Promise<boolean> {
  if (!site) return false;
  try {
    await keep({ account, site: site.site, label, state: "waiting", sentence: "", told });
    void navigator.storage?.persist?.().catch(() => undefined);
  } catch {
    toast("Ce téléphone n'a pas pu garder la saisie : recommencez, ou prévenez la régulation.", "problem");
    return false;
  }
  await read();
  void run();
  return true;
}

/** Exchange with the server once, then plan the next time: soon after a failure, later and later. */
async function run(): Promise<void> {
  clearTimeout(timer);
  if (running) { again = true; return; }
  running = true;
  try {
    const went = navigator.onLine ? await sync(account, wanted) : { link: "away" as const, sentence: "", state: null };
    Object.assign(around, { link: went.link, sentence: went.sentence });
    if (went.state && !wanted) { wanted = went.state.site; localStorage.setItem(CHOSEN, wanted); }
  } finally {
    running = false;
  }
  await read();
  retry = around.link === "ok" ? FIRST_RETRY_MS : Math.min(LAST_RETRY_MS, retry * 2);
  if (again) { again = false; void run(); return; }
  const wait = around.link === "ok" ? REFRESH_MS : retry * (0.75 + Math.random() / 2);
  if (document.visibilityState === "visible" || around.events.some((one) => one.state === "waiting")) timer = window.setTimeout(() => void run(), wait);
}

function awake(): void {
  around.online = navigator.onLine;
  retry = FIRST_RETRY_MS;
  show();
  void run();
}

async function leave(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  if (navigator.onLine) await sync(account, wanted);
  const waiting = (await kept(account)).own.filter((one: Kept) => one.state === "waiting").length;
  if (waiting && !confirm(`Saisies pas encore envoyées : ${waiting}. Elles restent sur ce téléphone et partiront quand vous vous reconnecterez. Se déconnecter ?`)) return;
  await forget(account);
  form.submit();
}

async function keepPageOffline(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/agent/sw.js", { scope: "/agent" });
  await navigator.serviceWorker.ready;
  around.ready = true;
  show();
}

document.querySelector<HTMLFormElement>("#incident form")!.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  const data = new FormData(form);
  const sentence = String(data.get("sentence")).trim();
  if (!sentence) return;
  void tell("Incident", { kind: "incident", event_id: crypto.randomUUID(), at: now().toISOString(), incident: String(data.get("incident")), sentence })
    .then((written) => { if (written) { form.reset(); form.closest("details")!.open = false; toast("Incident noté."); } });
});
addEventListener("online", awake);
addEventListener("offline", () => { around.online = false; show(); });
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") awake(); });
document.querySelector<HTMLFormElement>("form.who")?.addEventListener("submit", (event) => void leave(event));

void read().catch(() => toast("Ce téléphone ne peut rien garder en mémoire : hors ligne, vos saisies seraient perdues.", "problem")).then(run);
void keepPageOffline().catch(() => undefined);
