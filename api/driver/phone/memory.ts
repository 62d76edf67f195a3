// What the phone remembers, in IndexedDB: the driver's round and their taps, until the server has them.
// Every tap is written here, to disk, before anything else is done with it.
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import { withTaps, type KeptTap, type Round } from "./round";

interface Memory extends DBSchema {
  taps: { key: number; value: KeptTap };
  rounds: { key: string; value: { account: string; round: Round } };
}

let opened: Promise<IDBPDatabase<Memory>> | undefined;

function memory(): Promise<IDBPDatabase<Memory>> {
  opened ??= openDB<Memory>("glaneur-driver", 1, {
    upgrade(database) {
      database.createObjectStore("taps", { keyPath: "seq", autoIncrement: true });
      database.createObjectStore("rounds");
    },
    terminated() { opened = undefined; },
  }).catch((error) => { opened = undefined; throw error; });
  return opened;
}

/** Write a tap; when this returns it survives the browser's end. */
export async function keepTap(tap: KeptTap): Promise<void> {
  const work = (await memory()).transaction("taps", "readwrite", { durability: "strict" });
  await work.store.add(tap);
  await work.done;
}

/** Every tap of this account in the order they were made, and how many wait for other accounts. */
export async function keptTaps(account: string): Promise<{ own: KeptTap[]; others: number }> {
  const all = await (await memory()).getAll("taps");
  return {
    own: all.filter((tap) => tap.account === account),
    others: all.filter((tap) => tap.account !== account && tap.state === "waiting").length,
  };
}

/** The server has answered: an accepted tap becomes part of the round and leaves; a refusal or a remark stays to be read. */
export async function settleTap(tap: KeptTap, outcome: "accepted" | "already" | "refused", sentence: string): Promise<void> {
  const work = (await memory()).transaction(["taps", "rounds"], "readwrite", { durability: "strict" });
  const taps = work.objectStore("taps");
  if (outcome === "refused") await taps.put({ ...tap, state: "refused", sentence });
  else {
    if (sentence) await taps.put({ ...tap, state: "remarked", sentence });
    else await taps.delete(tap.seq!);
    for (let at = await work.objectStore("rounds").openCursor(); at; at = await at.continue()) {
      if (at.value.account === tap.account && at.value.round.id === tap.round_id) {
        await at.update({ ...at.value, round: withTaps(at.value.round, [{ ...tap, state: "waiting" }]) });
      }
    }
  }
  await work.done;
}

/** The driver has read the refusal or the remark. */
export async function dismissTap(tap: KeptTap): Promise<void> {
  await (await memory()).delete("taps", tap.seq!);
}

const key = (account: string, wanted: string) => `${account}/${wanted || "own"}`;

export async function keptRound(account: string, wanted: string): Promise<Round | null> {
  return (await (await memory()).get("rounds", key(account, wanted)))?.round ?? null;
}

export async function keepRound(account: string, wanted: string, round: Round | null): Promise<void> {
  if (round) await (await memory()).put("rounds", { account, round }, key(account, wanted));
  else await (await memory()).delete("rounds", key(account, wanted));
}

/** At sign-out: the rounds and the kept page go; taps not yet sent stay until their driver signs in again. */
export async function forget(account: string): Promise<void> {
  const work = (await memory()).transaction("rounds", "readwrite");
  for (let at = await work.store.openCursor(); at; at = await at.continue()) {
    if (at.value.account === account) await at.delete();
  }
  await work.done;
  for (const name of await caches.keys()) {
    if (name.startsWith("glaneur-driver-")) await (await caches.open(name)).delete("/chauffeur");
  }
}
