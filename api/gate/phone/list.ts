// The signed list, read as a terminal reads it (api/gate/README.md): verified, opened, and asked for one number.
// It says who may come; what is left of a household's rights only the server knows.
import { blake2b } from "@noble/hashes/blake2.js";

const SIGNATURE_BYTES = 64;
const NAME_BYTES = 8;
const NAME_LETTERS = 11;

export interface Entry { category: string; state: string; from: string | null; until: string | null }
export interface GateList { version: number; expires: number; entries: Map<string, Entry> }
export interface Decision { opens: boolean; rule: string; text: string; category: string | null }

interface Document {
  format: number; version: number; expires_at: string;
  groups: [string, string | null, string, string][];
  badges: Record<string, [string, string | null, string, string | null, string | null]>;
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** The list, or null when its signature is not the installation's or this browser cannot tell. */
export async function openList(signed: Uint8Array<ArrayBuffer>, publicKey: string): Promise<GateList | null> {
  const signature = signed.slice(0, SIGNATURE_BYTES);
  const body = signed.slice(SIGNATURE_BYTES);
  try {
    const key = await crypto.subtle.importKey("raw", bytesOf(publicKey), "Ed25519", false, ["verify"]);
    if (!await crypto.subtle.verify("Ed25519", key, signature, body)) return null;
    const plain = await new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
    return indexed(JSON.parse(plain) as Document);
  } catch {
    return null;
  }
}

function indexed(document: Document): GateList | null {
  if (document.format !== 1) return null;
  const entries = new Map<string, Entry>();
  for (const [category, , state, names] of document.groups) {
    for (let at = 0; at < names.length; at += NAME_LETTERS) entries.set(names.slice(at, at + NAME_LETTERS), { category, state, from: null, until: null });
  }
  for (const [name, [category, , state, from, until]] of Object.entries(document.badges)) entries.set(name, { category, state, from, until });
  return { version: document.version, expires: Date.parse(document.expires_at), entries };
}

/** A number's name in the list; null when it is no badge's number. */
export function nameOf(number: string, badgeKey: string): string | null {
  const plain = number.replace(/[\s:.\-]/g, "").toUpperCase();
  if (!/^[A-Z0-9]{4,64}$/.test(plain)) return null;
  const hash = blake2b(new TextEncoder().encode(plain), { key: bytesOf(badgeKey), dkLen: 32 }).slice(0, NAME_BYTES);
  return btoa(String.fromCharCode(...hash)).replace(/=+$/, "");
}

const STATES: Record<string, string> = {
  blocked: "Badge bloqué.", lost: "Badge déclaré perdu.", replaced: "Badge remplacé : présentez le nouveau.",
};

/** What the list says of a number at an instant; null when the list cannot say (expired, or not a number). */
export function decide(list: GateList, number: string, badgeKey: string, at: Date): Decision | null {
  if (at.getTime() > list.expires) return null;
  const name = nameOf(number, badgeKey);
  const entry = name === null ? undefined : list.entries.get(name);
  if (!entry) return { opens: false, rule: "unknown_badge", text: "Badge inconnu de la liste.", category: null };
  if (entry.state !== "active") return { opens: false, rule: entry.state, text: STATES[entry.state] ?? "Badge refusé.", category: entry.category };
  if (entry.from && at.getTime() < Date.parse(entry.from)) return { opens: false, rule: "not_yet_valid", text: "Badge pas encore valable.", category: entry.category };
  if (entry.until && at.getTime() >= Date.parse(entry.until)) return { opens: false, rule: "expired", text: "Badge expiré.", category: entry.category };
  return { opens: true, rule: "list", text: "Badge connu. Les droits restants seront comptés au retour du réseau.", category: entry.category };
}
