// What an agent's phone remembers, in IndexedDB: a site's day, the signed list, and what was typed until the server
// has it. Every event is written here, to disk, before anything else is done with it.
import { openDB, type DBSchema, type IDBPDatabase } from "idb";

export interface Brought { material: string; volume_l: number; weight_kg: number; pieces: number }
export interface Passage {
  kind: "passage"; event_id: string; at: string; badge: string; vehicle: string; trailer: string; brought: Brought[];
  override: string | null; opened: boolean; seen: "server" | "list" | "none";
}
export interface Level { kind: "level"; event_id: string; at: string; skip: number; percent: number; full: boolean }
export interface Incident { kind: "incident"; event_id: string; at: string; incident: string; sentence: string }
export type Told = Passage | Level | Incident;

/** An event in the phone's memory: waiting to be sent, refused by the server, or accepted with a remark. */
export interface Kept { seq?: number; account: string; site: string; label: string; state: "waiting" | "refused" | "remarked"; sentence: string; told: Told }

export interface Choice { code: string; label: string }
export interface Skip {
  id: number; code: string; label: string; material: string; volume_l: number; percent: number | null;
  at: string | null; source: "probe" | "seen" | null; haulage_status: "asked" | "planned" | null;
}
export interface SiteState {
  sites: Choice[]; site: string; site_name: string; hours: string[]; closed_reason: string;
  categories: Record<string, string>; materials: Record<string, string>; vehicles: Choice[]; declares: string[];
  skips: Skip[]; counters: { day: string; entered: number; refused: number; to_check: number; categories: Record<string, number> };
  keys: { public_key: string; badge_key: string } | null;
}

interface Memory extends DBSchema {
  events: { key: number; value: Kept };
  sites: { key: string; value: { account: string; state: SiteState } };
  lists: { key: string; value: { account: string; bytes: Uint8Array<ArrayBuffer> } };
}

let opened: Promise<IDBPDatabase<Memory>> | undefined;

function memory(): Promise<IDBPDatabase<Memory>> {
  opened ??= openDB<Memory>("glaneur-agent", 1, {
    upgrade(database) {
      database.createObjectStore("events", { keyPath: "seq", autoIncrement: true });
      database.createObjectStore("sites");
      database.createObjectStore("lists");
    },
    terminated() { opened = undefined; },
  }).catch((error) => { opened = undefined; throw error; });
  return opened;
}

/** Write an event; when this returns it survives the browser's end. */
export async function keep(event: Kept): Promise<void> {
  const work = (await memory()).transaction("events", "readwrite", { durability: "strict" });
  await work.store.add(event);
  await work.done;
}

/** Every event of this account in the order they were made, and how many wait for other accounts. */
export async function kept(account: string): Promise<{ own: Kept[]; others: number }> {
  const all = await (await memory()).getAll("events");
  return {
    own: all.filter((one) => one.account === account),
    others: all.filter((one) => one.account !== account && one.state === "waiting").length,
  };
}

/** The server has answered: what it accepted leaves; a refusal or a remark stays to be read, without the number. */
export async function settle(event: Kept, outcome: "accepted" | "already" | "refused", sentence: string): Promise<void> {
  const database = await memory();
  if (outcome !== "refused" && !sentence) { await database.delete("events", event.seq!); return; }
  const told = event.told.kind === "passage" ? { ...event.told, badge: "" } : event.told;
  await database.put("events", { ...event, told, state: outcome === "refused" ? "refused" : "remarked", sentence });
}

export async function dismiss(event: Kept): Promise<void> {
  await (await memory()).delete("events", event.seq!);
}

export async function keptSite(account: string, site: string): Promise<SiteState | null> {
  return (await (await memory()).get("sites", `${account}/${site}`))?.state ?? null;
}

export async function keepSite(account: string, state: SiteState): Promise<void> {
  await (await memory()).put("sites", { account, state }, `${account}/${state.site}`);
}

export async function keptList(account: string): Promise<Uint8Array<ArrayBuffer> | null> {
  return (await (await memory()).get("lists", account))?.bytes ?? null;
}

export async function keepList(account: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await (await memory()).put("lists", { account, bytes }, account);
}

/** At sign-out: the list, its keys and the kept page go; what is not yet sent stays until its agent signs in again. */
export async function forget(account: string): Promise<void> {
  const database = await memory();
  await database.delete("lists", account);
  for (const name of await database.getAllKeys("sites")) if (name.startsWith(`${account}/`)) await database.delete("sites", name);
  for (const name of await caches.keys()) {
    if (name.startsWith("glaneur-agent-")) await (await caches.open(name)).delete("/agent");
  }
}
