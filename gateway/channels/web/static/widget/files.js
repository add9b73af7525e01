/** Files in the conversation: a picture small in the log and large in a window, anything else by its name.
 *
 * They are fetched with the conversation's token, which stays out of every address. Pictures are painted, so that
 * the page's policy needs no exception for them.
 */
import { showPicture } from "./dialogs.js";
import { el, icon } from "./dom.js";

const PICTURES = new Set(["image/jpeg", "image/png", "image/gif", "image/bmp"]);
const SMALL_PX = 480;
const LARGE_PX = 1_600;
const KIB = 1024;
const KEEP_ADDRESS_MS = 60_000;

export class Files {
  #say;
  #root;
  #load;

  /** `load(id)` gives the content; windows open in `root`. */
  constructor(say, root, load) {
    this.#say = say;
    this.#root = root;
    this.#load = load;
  }

  draw(file) {
    return PICTURES.has(file.media_type) ? this.#picture(file) : this.#document(file);
  }

  #picture(file) {
    const canvas = el("canvas", { "aria-hidden": "true" });
    const button = el(
      "button",
      { type: "button", class: "picture", "aria-label": this.#say("open_picture", { name: file.name }), onclick: () => this.#enlarge(file, button) },
      canvas,
    );
    this.#load(file.attachment_id)
      .then((content) => paint(canvas, content, SMALL_PX))
      .catch(() => button.replaceWith(this.#document(file)));
    return button;
  }

  #document(file) {
    const button = el(
      "button",
      { type: "button", class: "document", onclick: () => this.#save(file, button) },
      icon("file"), el("span", { class: "spoken" }, this.#say("download")), el("span", {}, el("span", { class: "text" }, file.name), el("small", {}, sizeWords(file.size))),
    );
    return button;
  }

  async #enlarge(file, button) {
    try {
      const canvas = el("canvas", { role: "img", "aria-label": file.name });
      await paint(canvas, await this.#load(file.attachment_id), LARGE_PX);
      showPicture(this.#root, this.#say, file.name, canvas, () => this.#save(file, button));
    } catch {
      this.#failed(button);
    }
  }

  async #save(file, button) {
    try {
      const content = await this.#load(file.attachment_id);
      // Whatever it is, the browser is to keep it and not to show it.
      const address = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
      el("a", { href: address, download: file.name }).click();
      setTimeout(() => URL.revokeObjectURL(address), KEEP_ADDRESS_MS);
    } catch {
      this.#failed(button);
    }
  }

  #failed(button) {
    if (button.nextElementSibling?.matches(".problem")) return;
    button.after(el("p", { class: "problem", role: "alert" }, this.#say("file_failed")));
  }
}

async function paint(canvas, content, longest) {
  const picture = await createImageBitmap(content);
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
}

function sizeWords(bytes) {
  return bytes < KIB * KIB ? `${Math.max(1, Math.round(bytes / KIB))} KB` : `${(bytes / KIB / KIB).toFixed(1)} MB`;
}
