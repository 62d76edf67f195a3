// Read a QR code with the camera: the browser's own detector where there is one, else a decoder of ours.
import decodeQR from "qr/decode.js";
import { h } from "../../driver/phone/dom";

interface Detector { detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]> }
type DetectorClass = { new(options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> };

const EVERY_MS = 200;
const WIDEST = 640;

async function detector(): Promise<Detector | null> {
  const found = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (!found || !(await found.getSupportedFormats().catch(() => [] as string[])).includes("qr_code")) return null;
  return new found({ formats: ["qr_code"] });
}

/** The text of a QR code in these pixels, or null. */
export function textIn(image: ImageData): string | null {
  try {
    return decodeQR({ width: image.width, height: image.height, data: image.data });
  } catch {
    return null;
  }
}

/** Show the camera in a dialog until a code is read or it is closed: its text, or null. Throws when there is no camera. */
export async function scanCode(): Promise<string | null> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const video = h("video", { playsinline: true, muted: true, "aria-label": "Image de la caméra" });
  video.srcObject = stream;
  const close = h("button", { type: "button", class: "second" }, "Fermer");
  const dialog = h("dialog", { class: "camera", "aria-label": "Lire un QR code" }, h("p", {}, "Visez le QR code."), video, close);
  document.body.append(dialog);
  dialog.showModal();
  try {
    await video.play();
    return await read(video, dialog, close);
  } finally {
    for (const track of stream.getTracks()) track.stop();
    dialog.close();
    dialog.remove();
  }
}

async function read(video: HTMLVideoElement, dialog: HTMLDialogElement, close: HTMLButtonElement): Promise<string | null> {
  let open = true;
  const shut = () => { open = false; };
  close.addEventListener("click", shut);
  dialog.addEventListener("cancel", shut);
  const own = await detector();
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  while (open) {
    if (video.videoWidth) {
      const text = own ? (await own.detect(video).catch(() => []))[0]?.rawValue ?? null : fromFrame(video, canvas, context);
      if (text) return text;
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  return null;
}

function fromFrame(video: HTMLVideoElement, canvas: HTMLCanvasElement, context: CanvasRenderingContext2D): string | null {
  const scale = Math.min(1, WIDEST / video.videoWidth);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  return textIn(context.getImageData(0, 0, canvas.width, canvas.height));
}
